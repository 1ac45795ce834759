// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "gateway/access/address_limits.h"
#include "gateway/net/address_table.h"
#include "gateway/net/clock.h"

namespace tickgate::gateway {

// What an address may do about credentials, as the table of all shards has it. Any thread.
class AddressTries final : public AddressLimits {
 public:
  explicit AddressTries(AddressTable& table) : table_(table) {}  // it outlives this

  bool may_try(std::uint64_t host) override { return table_.may_try(host, monotonic_now()); }
  void failed(std::uint64_t host) override { table_.failed(host, monotonic_now()); }

 private:
  AddressTable& table_;
};

}  // namespace tickgate::gateway
