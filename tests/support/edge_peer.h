// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "feeds/edge/edge.h"
#include "feeds/ingest/tick_text.h"
#include "feeds/nats/subject.h"
#include "tests/support/edge_shards.h"
#include "tests/support/eventually.h"
#include "tests/support/nats_peer.h"
#include "tests/support/test_ticks.h"

namespace tickgate::testing {

// One that leads, as far as an edge can tell: streams, heartbeats of a thread of its own, and what
// a test has it say.
class LeadingPeer {
 public:
  explicit LeadingPeer(const std::string& url) : peer_(url) {
    EXPECT_TRUE(peer_.is_connected());
    make_streams();
    thread_ = std::thread([this] { beat(); });
  }
  ~LeadingPeer() {
    stopping_ = true;
    thread_.join();
  }
  LeadingPeer(const LeadingPeer&) = delete;
  LeadingPeer& operator=(const LeadingPeer&) = delete;

  void make_streams() {
    feeds::StreamSpec last, trades;
    last.name = subjects_.last_stream();
    last.subjects = subjects_.last_subjects();
    last.per_subject = 1;
    trades.name = subjects_.trades_stream();
    trades.subjects = subjects_.trade_subjects();
    EXPECT_TRUE(eventually([&] { return peer_.client->ensure_stream(last).ok(); }));
    EXPECT_TRUE(eventually([&] { return peer_.client->ensure_stream(trades).ok(); }));
  }
  const schemas::Instrument& list(std::string_view pair) {
    const auto& one = registry.add("kraken", pair);
    send(subjects_.instrument(one.symbol), [&](auto& text) {
      return text.of(one, false, schemas::Timestamp{1'700'000'000'000'000});
    });
    return one;
  }
  void say(const schemas::InstrumentStatus& tick) {
    const auto& symbol = registry.at(tick.header.instrument).symbol;
    send(subjects_.status(symbol), [&](auto& text) { return text.of(tick, symbol); });
  }
  void say(const schemas::Quote& tick) {
    const auto& one = registry.at(tick.header.instrument);
    send(subjects_.quote(one.symbol), [&](auto& text) { return text.of(tick, one); });
  }
  void say(const schemas::Trade& tick) {
    const auto& one = registry.at(tick.header.instrument);
    send(subjects_.trade(one.symbol), [&](auto& text) { return text.of(tick, one); });
  }
  // Returns when the server has it.
  void settle() { EXPECT_TRUE(peer_.client->flush(std::chrono::seconds(10)).ok()); }
  NatsPeer& peer() { return peer_; }
  void lead(std::string epoch, std::uint64_t fence) {
    const std::scoped_lock lock(mutex_);
    stamp_ = {std::move(epoch), fence};
  }

  std::atomic<bool> beats{true};
  schemas::InstrumentRegistry registry;

 private:
  template <typename Make>
  void send(const std::string& subject, Make&& make) {
    const std::scoped_lock lock(mutex_);
    text_.set(stamp_);
    (void)peer_.client->publish(subject, make(text_));  // lost without a connection
  }
  void beat() {
    while (!stopping_) {
      const auto now = std::chrono::steady_clock::now().time_since_epoch();
      const auto object = R"({"type":"heartbeat","time":5,"ingest":"a","steady":)" +
                          std::to_string(now / std::chrono::microseconds(1)) + "}";
      if (beats) send(subjects_.heartbeat(), [&](auto& text) { return text.stamped(object); });
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }

  NatsPeer peer_;
  feeds::Subjects subjects_{"tickgate.v1"};
  std::mutex mutex_;
  feeds::Stamp stamp_{"E1", 5};
  feeds::TickText text_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

// An edge with one shard, which is drained by the test's thread.
class RunningEdge {
 public:
  explicit RunningEdge(const std::string& url, feeds::EdgeHooks hooks = {}) {
    feeds::EdgeSettings settings;
    settings.nats = NatsPeer::options(url);
    auto made = feeds::Edge::make(settings, registry, {{&ring, &doorbell}}, &demand, &bar_demand,
                                  std::move(hooks));
    EXPECT_TRUE(made.ok()) << made.status();
    edge = *std::move(made);
    edge->start();
  }
  ~RunningEdge() { edge->stop(); }
  RunningEdge(const RunningEdge&) = delete;
  RunningEdge& operator=(const RunningEdge&) = delete;

  template <typename Condition>
  bool sees(Condition condition, std::chrono::seconds patience = std::chrono::seconds(60)) {
    return eventually(
        [&] {
          ring.drain(shards);
          return condition();
        },
        patience);
  }
  std::size_t count(schemas::State state) const {
    std::size_t count = 0;
    for (const auto& [id, status] : shards.states) count += status.state == state ? 1 : 0;
    return count;
  }
  schemas::InstrumentId id(const std::string& symbol) const { return registry.find(symbol)->id; }
  // 0: none.
  std::uint64_t quote_of(const std::string& symbol) const {
    const auto* const one = registry.find(symbol);
    const auto found = shards.quotes.find(one == nullptr ? UINT32_MAX : one->id.value());
    return found == shards.quotes.end() ? 0 : found->second.header.sequence.value();
  }

  schemas::InstrumentRegistry registry;
  feeds::TickRing ring{std::size_t{4} << 20U};
  feeds::Doorbell doorbell;
  feeds::Demand demand;
  feeds::BarDemand bar_demand;
  EdgeShards shards;
  std::unique_ptr<feeds::Edge> edge;
};

}  // namespace tickgate::testing
