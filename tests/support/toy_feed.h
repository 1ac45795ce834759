// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deque>
#include <memory>
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

// A feed of the toy venue, its connections' ios and the clock in the test's hands. Two instruments
// and one connection unless a test says otherwise.
class FeedTest : public testing::Test {
 protected:
  // One connection of the feed, which is gone when it was replaced.
  struct Opened {
    ScriptedIo io;
    Connection* connection = nullptr;
    ToyAdapter* toy = nullptr;  // of the first connection
    std::deque<Opened> opened;

    std::vector<std::string> take_sent() { return io.take_sent(); }
  };
  // Hands what a connection asks to a ScriptedIo that outlives it.
  class ForwardingIo final : public FeedIo {
   public:
    ForwardingIo(ScriptedIo& io, Opened& opened) : io_(io), opened_(opened) {}
    ~ForwardingIo() override { opened_.connection = nullptr; }
    void connect(const std::string& url) override { io_.connect(url); }
    void send(std::string text) override { io_.send(std::move(text)); }
    void close() override { io_.close(); }
    void fetch(const std::string& url) override { io_.fetch(url); }

   private:
    ScriptedIo& io_;
    Opened& opened_;
  };

  void make(FeedOptions options = {}) {
    options.name = "toy";
    options.venue = "toy";
    if (options.pairs.empty()) options.pairs = {"A-USD", "B-USD"};
    ConnectionMakers make;
    make.adapter = [this](AdapterEvents& events, const std::vector<std::string>& pairs) {
      auto adapter = std::make_unique<ToyAdapter>(pairs, registry, events, facts_);
      adapter->continues = continues_;
      adapter->channels = channels_;
      adapter->can_probe = can_probe_;
      return adapter;
    };
    make.io = [this](Connection& connection) {
      Opened& one = opened.emplace_back();
      one.connection = &connection;
      // The feed has made it with the maker above.
      one.toy = dynamic_cast<ToyAdapter*>(&connection.adapter());
      return std::make_unique<ForwardingIo>(opened.size() == 1 ? io : one.io, one);
    };
    feed.emplace(options, sink, registry, make, surroundings_);
  }
  // For tests of something else: whose silence is nobody's concern.
  static FeedOptions patient() {
    FeedOptions options;
    options.stale_after = std::chrono::hours(12);
    return options;
  }
  // The first connection of all.
  Connection& first() { return *opened.front().connection; }
  void start() {
    feed->start(now());
    toy = opened.front().toy;
  }
  // Connected, both instruments live.
  void go_live() {
    start();
    first().on_connected(now());
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
  void text(std::string_view frame) { text(0, frame); }
  // From the venue over the connection that was the `index`th to be opened.
  void text(std::size_t index, std::string_view frame) {
    Connection* const connection = opened.at(index).connection;
    ASSERT_NE(connection, nullptr) << "it was replaced";
    connection->on_bytes(frame.size(), now());
    connection->on_text(frame, now());
  }
  // Time passes; `each_second`, if any, arrives once a second over every connection.
  void run(Monotonic time, std::string_view each_second = {}) {
    for (const auto end = steady + time; steady < end;) {
      steady += std::chrono::milliseconds(50);
      for (std::size_t i = 0; i < opened.size() && !each_second.empty(); ++i) {
        if (steady.count() % 1'000'000 == 0 && opened[i].connection != nullptr) {
          text(i, each_second);
        }
      }
      feed->advance(now());
    }
  }
  void lose(ReconnectReason reason) { first().on_disconnected({reason, "test"}, now()); }
  std::uint64_t reconnects(ReconnectReason reason) const {
    return feed->counters().reconnects[static_cast<std::size_t>(reason)].value();
  }
  std::uint64_t anomalies(Anomaly anomaly) const {
    return feed->counters().anomalies[static_cast<std::size_t>(anomaly)].value();
  }
  // Updates of instrument `index` ten times a second, the other silent.
  void busy(int index, int times, int from) {
    for (int i = 0; i < times; ++i) {
      text(fmt::format("upd {} {} {}", index, from + i, 100 + i));
      run(std::chrono::milliseconds(100));
    }
  }

  VenueFacts facts_ = kToyFacts;
  FeedSurroundings surroundings_;
  bool continues_ = true;  // ToyAdapter::continues
  bool can_probe_ = false;
  std::vector<schemas::Channel> channels_;  // ToyAdapter::channels
  schemas::InstrumentRegistry registry;
  ScriptedIo io;
  LineSink sink;
  ToyAdapter* toy = nullptr;  // of the first connection
  std::deque<Opened> opened;
  std::optional<Feed> feed;
  Monotonic steady = std::chrono::seconds(1'000);
};

}  // namespace tickgate::feeds
