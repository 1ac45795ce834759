// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "gateway/shard/shard.h"
#include "schemas/instrument.h"
#include "tests/support/test_ticks.h"

namespace tickgate::testing {

// Fails the test when `condition` has not become true by the deadline.
template <typename Condition>
bool wait_until(Condition&& condition, std::string_view what,
                std::chrono::milliseconds deadline = std::chrono::seconds(10)) {
  const auto until = std::chrono::steady_clock::now() + deadline;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) {
      ADD_FAILURE() << "not in time: " << what;
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

// A shard on a port of its own, whose only feed is the test: what it pushes, the clients get. The
// pushing is one thread's, as a ring demands.
class RunningShard final : private gateway::PublicSite {
 public:
  explicit RunningShard(gateway::LimitsConfig limits = {},
                        const gateway::TlsContextHolder* tls = nullptr,
                        const gateway::GuardHolder* guard = nullptr,
                        const std::string& epoch = "EPOCH")
      : shard(settings(limits, tls, guard, epoch), *this, open_connections_),
        ring_(shard.add_ring(std::size_t{4} << 20U)) {
    shard.watch(beat);
    const auto listening = shard.listen({"127.0.0.1", 0});
    EXPECT_TRUE(listening.ok()) << listening;
    shard.start();
  }

  // A new instrument, live.
  const schemas::Instrument& add(const std::string& pair) {
    const auto& instrument = registry_.add("test", pair);
    push(&instrument);
    push(status(instrument, 1, schemas::State::kLive));
    return instrument;
  }

  template <typename Tick>
  void push(const Tick& tick) {
    wait_until([&] { return ring_.push(tick); }, "room in the ring");
    ++pushed_;
    shard.doorbell().ring();
  }
  // The shard has read all that was pushed. While nobody is at interval 0 it looks by itself.
  bool drained() {
    const auto& ticks = std::as_const(shard).counters().ticks;
    return wait_until([&] { return ticks.value() == pushed_; }, "an empty ring");
  }

  std::uint16_t port() const { return shard.port(); }
  const gateway::ClientCounters& counters() const { return shard.client_counters(); }
  std::uint64_t refused(gateway::HttpRefusal reason) const {
    return counters().refused[static_cast<std::size_t>(reason)].value();
  }
  std::uint64_t closed(gateway::CloseReason reason) const {
    return counters().closed[static_cast<std::size_t>(reason)].value();
  }

 private:
  static gateway::ShardSettings settings(const gateway::LimitsConfig& limits,
                                         const gateway::TlsContextHolder* tls,
                                         const gateway::GuardHolder* guard,
                                         const std::string& epoch) {
    gateway::ShardSettings settings{0, limits, {"*"}, tls, epoch};
    settings.guard = guard;
    return settings;
  }
  void answer(const std::shared_ptr<gateway::HttpSession>& session,
              const gateway::HttpRequest& request, gateway::FanOut&,
              boost::asio::io_context&) override {
    session->answer(
        gateway::compose_http_response(200, "text/plain", request.path, request.head_only));
  }

  std::atomic<std::uint32_t> open_connections_{0};
  schemas::InstrumentRegistry registry_;

 public:
  feeds::Beat beat;      // of the test, which need not strike it
  gateway::Shard shard;  // after what it uses

 private:
  feeds::TickRing& ring_;
  std::uint64_t pushed_ = 0;
};

}  // namespace tickgate::testing
