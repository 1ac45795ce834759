// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>

#include "gateway/net/clock.h"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace tickgate::gateway {

// What session tickets are sealed with (RFC 5077; RFC 8446, 4.6.1): a new key each hour, the one
// before it still opens for an hour, and nobody has any after that, for retire() forgets them: who
// steals this process's memory reads no session that was resumed earlier. All shards and all
// certificates of a port share them, so a client may come back to any. Any thread; a mutex is taken
// once for a handshake.
class TicketKeys {
 public:
  static constexpr std::chrono::seconds kPeriod{3'600};

  // Each copy is wiped at its end.
  struct Key {
    Key() = default;
    Key(const Key&) = default;
    Key& operator=(const Key&) = default;
    ~Key();

    std::array<unsigned char, 16> name{};  // stands in the ticket
    std::array<unsigned char, 32> cipher{};
    std::array<unsigned char, 32> mac{};
    Monotonic made{};
  };

  // nullopt: no randomness is to be had.
  std::optional<Key> newest(Monotonic now);
  // The key that a ticket was sealed with; nullopt: too old, or none of ours.
  std::optional<Key> find(std::span<const unsigned char> name, Monotonic now) const;
  // Forgets what is too old. Every few seconds, for nobody may come for hours.
  void retire(Monotonic now);

 private:
  mutable std::mutex mutex_;
  std::optional<Key> newest_, before_;  // under the mutex
};

// The context's tickets are sealed with these, which it keeps.
bool use_ticket_keys(ssl_ctx_st* context, std::shared_ptr<TicketKeys> keys);

}  // namespace tickgate::gateway
