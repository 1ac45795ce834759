// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/net/clock.h"
#include "gateway/protocol/close_code.h"

namespace tickgate::gateway {

// What is told of a connection when it ends.
struct ConnectionEnd {
  CloseReason reason{};
  std::string_view by;      // "client" or "gateway", whoever said Close first; else "network"
  std::uint16_t code = 0;   // of that Close; 0: there was none
  std::string_view detail;  // words that came with it, or what the network said
};
struct ConnectionLife {
  std::string peer;  // address and port
  std::int64_t lasted_ms = 0;
  std::size_t subscriptions = 0;
  std::uint64_t bytes_sent = 0;
  // Whose it was, and by which kind of credential; empty: nobody's.
  std::string_view subject{}, credential_kind{};
};

// One line for each connection that ends, of one shard and on its thread. Whoever can connect can
// provoke them, so they are bounded: the first kMost of a second, then a number.
class EndLog {
 public:
  static constexpr std::uint32_t kMost = 1'000;

  void note(const ConnectionEnd& end, const ConnectionLife& life, Monotonic now);

 private:
  Monotonic since_{};  // a second
  std::uint32_t noted_ = 0;
  std::uint64_t suppressed_ = 0;
};

}  // namespace tickgate::gateway
