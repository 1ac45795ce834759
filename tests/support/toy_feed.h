// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "feeds/feed/feed.h"
#include "tests/support/toy_venue.h"

namespace tickgate::feeds {

// What a feed asks of its io, kept.
class ScriptedIo final : public FeedIo {
 public:
  void connect(const std::string&) override { ++connects; }
  void send(std::string text) override { sent.push_back(std::move(text)); }
  void close() override { ++closes; }
  void fetch(const std::string& url) override { fetched.push_back(url); }
  std::vector<std::string> take_sent() { return std::exchange(sent, {}); }

  int connects = 0, closes = 0;
  std::vector<std::string> sent, fetched;
};

// A feed of the toy venue with two instruments, its io and clock in the test's hands.
class FeedTest : public testing::Test {
 protected:
  void make(FeedOptions options = {}) {
    options.name = "toy";
    options.venue = "toy";
    options.pairs = {"A-USD", "B-USD"};
    feed.emplace(options, io, sink, registry, [this, options](AdapterEvents& events) {
      auto adapter = std::make_unique<ToyAdapter>(options.pairs, registry, events, facts_);
      toy = adapter.get();
      return adapter;
    });
  }
  // Connected, both instruments live.
  void go_live() {
    feed->start(now());
    feed->on_connected(now());
    run(std::chrono::milliseconds(500));
    for (const char* frame : {"ack 0 book", "ack 1 book", "snap 0 1 10.0", "snap 1 1 20.0"}) {
      text(frame);
    }
    run(std::chrono::milliseconds(200));
    ASSERT_EQ(sink.states[0], schemas::State::kLive);
    ASSERT_EQ(sink.states[1], schemas::State::kLive);
    ASSERT_EQ(feed->state(), FeedState::kLive);
    io.take_sent();
    sink.take();
  }
  Moment now() const { return {schemas::Timestamp(steady.count()), steady}; }
  void text(std::string_view frame) {
    feed->on_bytes(frame.size(), now());
    feed->on_text(frame, now());
  }
  // Time passes; `each_second`, if any, arrives once a second.
  void run(Monotonic time, std::string_view each_second = {}) {
    for (const auto end = steady + time; steady < end;) {
      steady += std::chrono::milliseconds(50);
      if (!each_second.empty() && steady.count() % 1'000'000 == 0) text(each_second);
      feed->advance(now());
    }
  }
  void lose(ReconnectReason reason) { feed->on_disconnected({reason, "test"}, now()); }
  std::uint64_t reconnects(ReconnectReason reason) const {
    return feed->counters().reconnects[static_cast<std::size_t>(reason)].value();
  }
  std::uint64_t anomalies(Anomaly anomaly) const {
    return feed->counters().anomalies[static_cast<std::size_t>(anomaly)].value();
  }
  // Updates of instrument `index` ten times a second, the other silent.
  void busy(int index, int times, int from) {
    for (int i = 0; i < times; ++i) {
      text(absl::StrCat("upd ", index, " ", from + i, " ", 100 + i));
      run(std::chrono::milliseconds(100));
    }
  }

  VenueFacts facts_{.name = "toy"};
  schemas::InstrumentRegistry registry;
  ScriptedIo io;
  LineSink sink;
  ToyAdapter* toy = nullptr;
  std::optional<Feed> feed;
  Monotonic steady = std::chrono::seconds(1'000);
};

}  // namespace tickgate::feeds
