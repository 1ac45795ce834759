// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace tickgate::gateway {

// Who tries one credential after the other is slowed down, by where he comes from: host_of() his
// address. Shared by all shards; any thread.
class AddressLimits {
 public:
  virtual ~AddressLimits() = default;
  // May this host have a credential looked at now? Asked before each.
  virtual bool may_try(std::uint64_t host) = 0;
  // What it showed was not accepted.
  virtual void failed(std::uint64_t host) = 0;
};

}  // namespace tickgate::gateway
