// SPDX-License-Identifier: Apache-2.0
// An edge and a real nats-server.
#include "feeds/edge/edge.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <latch>
#include <thread>

#include "tests/support/edge_peer.h"
#include "tests/support/test_bars.h"

namespace tickgate::feeds {
namespace {

using schemas::Channel;
using schemas::State;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::LeadingPeer;
using testing::NatsServer;
using testing::RunningEdge;
namespace make = tickgate::testing;

class EdgeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!NatsServer::is_there()) GTEST_SKIP() << NatsServer::kMissing;
    server_ = std::make_unique<NatsServer>();
    leader_ = std::make_unique<LeadingPeer>(server_->url());
  }
  static std::string pair(int number) { return fmt::format("X{}-USD", number); }
  static std::string symbol(int number) { return "KRAKEN:" + pair(number); }
  void list(int count) {
    for (int i = 0; i < count; ++i) {
      const auto& one = leader_->list(pair(i));
      leader_->say(make::status(one, 1, State::kLive));
    }
  }
  void quote(int count, std::uint64_t sequence) {
    for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(count); ++i) {
      leader_->say(make::quote(leader_->registry.at(schemas::InstrumentId{i}), sequence));
    }
  }
  // Everything is wanted, and here, and live.
  void want_all(RunningEdge& edge, std::size_t count) {
    ASSERT_TRUE(edge.sees([&] { return edge.count(State::kLive) == count; }));
    for (std::uint32_t i = 0; i < count; ++i) {
      edge.demand.raise(schemas::InstrumentId{i}, Channel::kQuote);
    }
    ASSERT_TRUE(edge.sees([&] { return edge.shards.quotes.size() == count; }));
  }

  std::unique_ptr<NatsServer> server_;
  std::unique_ptr<LeadingPeer> leader_;
};

TEST_F(EdgeTest, TenThousandInstrumentsAreThereAtTheStart) {
  list(10'000);
  quote(10'000, 7);
  leader_->settle();
  RunningEdge edge(server_->url());
  want_all(edge, 10'000);
  EXPECT_LE(edge.edge->status().subscriptions, 10U) << "a pattern, and not each";
  EXPECT_TRUE(edge.sees([&] { return edge.edge->status().state == State::kLive; }));
  EXPECT_EQ(edge.edge->counters().bad_messages.value(), 0U);
  EXPECT_EQ(edge.edge->counters().dropped.value(), 0U);
}

TEST_F(EdgeTest, AServerThatIsKilledAndBackIsSeenAndLiveOnlyWithValuesThatWereReadAgain) {
  list(20);
  quote(20, 7);
  leader_->settle();
  RunningEdge edge(server_->url());
  want_all(edge, 20);
  server_->kill();
  ASSERT_TRUE(edge.sees([&] { return edge.count(State::kLive) == 0; }));
  server_->start();
  ASSERT_TRUE(leader_->peer().is_connected());
  leader_->make_streams();
  // Heartbeats come, and the streams are empty.
  ASSERT_TRUE(edge.sees([&] { return edge.edge->status().state == State::kLive; }));
  EXPECT_EQ(edge.count(State::kLive), 0U);
  for (std::uint32_t i = 0; i < 20; ++i) {
    const auto& one = leader_->registry.at(schemas::InstrumentId{i});
    leader_->list(one.base + "-USD");
    leader_->say(make::status(one, 1, State::kLive));
  }
  leader_->settle();
  EXPECT_EQ(edge.count(State::kLive), 0U) << "their quotes are not known yet";
  quote(20, 8);
  EXPECT_TRUE(edge.sees([&] { return edge.count(State::kLive) == 20; }));
  EXPECT_EQ(edge.quote_of(symbol(3)), 8U);
  EXPECT_FALSE(edge.shards.went_back);
  EXPECT_EQ(edge.edge->counters().reconnects.value(), 1U);
}

TEST_F(EdgeTest, AFrozenServerIsSeen) {
  list(5);
  quote(5, 7);
  leader_->settle();
  RunningEdge edge(server_->url());
  want_all(edge, 5);
  server_->freeze();
  EXPECT_TRUE(edge.sees([&] { return edge.count(State::kLive) == 0; }));
  server_->go_on();
  EXPECT_TRUE(edge.sees([&] { return edge.count(State::kLive) == 5; }));
}

TEST_F(EdgeTest, WhatWasDroppedIsReadAgain) {
  std::latch stands(1), go_on(1);
  EdgeHooks hooks;
  hooks.on_epoch = [&](const std::string& epoch) {  // on the edge's thread
    if (epoch != "E2") return;
    stands.count_down();
    go_on.wait();
  };
  list(10);
  quote(10, 7);
  leader_->settle();
  RunningEdge edge(server_->url(), hooks);
  want_all(edge, 10);
  leader_->lead("E2", 6);
  stands.wait();
  list(10);
  // More than the inbox takes, and at the end what is said but once.
  auto& counters = edge.edge->counters();
  std::uint64_t sequence = 0;
  ASSERT_TRUE(edge.sees([&] {
    for (int i = 0; i < 100; ++i) quote(10, ++sequence);
    return counters.dropped.value() > 1'000;
  }));
  leader_->settle();
  go_on.count_down();
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(edge.sees([&] { return edge.quote_of(symbol(i)) == sequence; })) << i;
  }
  EXPECT_TRUE(edge.sees([&] { return edge.count(State::kLive) == 10; }));
}

TEST_F(EdgeTest, NoValueIsMissedWhereItComesWhileItIsSubscribedTo) {
  constexpr int kCount = 60;  // fewer than make a pattern
  list(kCount);
  leader_->settle();
  RunningEdge edge(server_->url());
  ASSERT_TRUE(edge.sees([&] { return edge.count(State::kLive) == kCount; }));
  for (std::uint32_t i = 0; i < kCount; ++i) {
    const auto& one = leader_->registry.at(schemas::InstrumentId{i});
    const auto here = edge.id(one.symbol);
    std::uint64_t sequence = 0;
    edge.demand.raise(here, Channel::kQuote);
    // Until it is subscribed to and beyond: the last one may pass at any moment of that.
    const auto before = edge.edge->status().subscriptions;
    ASSERT_TRUE(edge.sees([&] {
      leader_->say(make::quote(one, ++sequence));
      return edge.edge->status().subscriptions > before;
    }));
    ASSERT_TRUE(edge.sees([&] { return edge.quote_of(one.symbol) == sequence; }))
        << "the last of " << sequence << " is not there, but " << edge.quote_of(one.symbol);
  }
}

TEST_F(EdgeTest, TradesAreReadFromTheStreamAndGoOnLive) {
  list(1);
  const auto& one = leader_->registry.at(schemas::InstrumentId{0});
  for (std::uint64_t i = 1; i <= 5'000; ++i) leader_->say(make::trade(one, i));
  leader_->settle();
  RunningEdge edge(server_->url());
  for (std::uint64_t i = 5'001; i <= 5'500; ++i) {
    leader_->say(make::trade(one, i));
    std::this_thread::sleep_for(milliseconds(1));  // while it reads
  }
  // A status may come behind it.
  ASSERT_TRUE(edge.sees([&] { return std::ranges::count(edge.shards.lines, "trade 5500") == 1; }));
  std::uint64_t next = 1;
  for (const auto& line : edge.shards.lines) {
    if (line.starts_with("trade")) {
      EXPECT_EQ(line, fmt::format("trade {}", next++));
    }
    EXPECT_FALSE(line.starts_with("gap")) << line;
  }
  EXPECT_EQ(next, 5'501U);
}

TEST_F(EdgeTest, QuestionsAreAnsweredByTheLeaderOrByNobody) {
  list(1);
  leader_->settle();
  RunningEdge edge(server_->url());
  ASSERT_TRUE(edge.sees([&] { return edge.count(State::kLive) == 1; }));
  Subjects subjects("tickgate.v1");
  auto& client = *leader_->peer().client;
  const auto answering =
      client.subscribe(subjects.ask_book(), [&](const NatsClient::Message& message) {
        EXPECT_EQ(message.payload, R"({"symbol":"KRAKEN:X0-USD","depth":50})");
        (void)client.publish(message.reply, R"({"type":"book","epoch":"E1","fence":5})");
      });
  leader_->settle();
  const auto ask = [&] {
    auto answer = std::make_shared<std::promise<std::string>>();
    edge.edge->ask_book(symbol(0), 50, [=](std::string json) { answer->set_value(json); });
    return answer->get_future().get();
  };
  EXPECT_EQ(ask(), R"({"type":"book"})");
  leader_->lead("E1", 6);
  ASSERT_TRUE(edge.sees([&] { return edge.edge->status().fence == 6; }));
  EXPECT_EQ(ask(), "") << "of a leader that was superseded";
  std::promise<BarsCopy> bars;
  edge.edge->ask_bars(edge.id(symbol(0)), schemas::Interval::k1m,
                      [&](BarsCopy copy) { bars.set_value(std::move(copy)); });
  EXPECT_TRUE(bars.get_future().get()->empty());
}

TEST_F(EdgeTest, ThePastIsAskedForAgainWhileNobodyLeads) {
  list(1);
  leader_->settle();
  RunningEdge edge(server_->url());
  ASSERT_TRUE(edge.sees([&] { return edge.count(State::kLive) == 1; }));
  const auto& one = leader_->registry.at(schemas::InstrumentId{0});
  auto bar = make::bar(1, 3);
  bar.header.instrument = one.id;
  Subjects subjects("tickgate.v1");
  auto& client = *leader_->peer().client;
  std::atomic<int> asked = 0;
  const auto answering =
      client.subscribe(subjects.ask_bars(), [&](const NatsClient::Message& message) {
        TickText text;
        text.set({"E1", ++asked < 3 ? 4U : 5U});  // one that leads no more, twice
        (void)client.publish(message.reply, std::string(text.bars({&bar, 1}, one)));
      });
  std::promise<BarsCopy> bars;
  edge.edge->ask_bars(edge.id(one.symbol), bar.interval,
                      [&](BarsCopy copy) { bars.set_value(std::move(copy)); });
  EXPECT_EQ(bars.get_future().get()->size(), 1U);
  EXPECT_EQ(asked, 3);
}

TEST_F(EdgeTest, AnEdgeThatEndsAnswersWhatWasAsked) {
  server_->kill();
  RunningEdge edge(server_->url());
  EXPECT_EQ(edge.edge->status().state, State::kDown);
  const auto& one = edge.registry.add("kraken", "BTC-USD");
  std::atomic<int> answers = 0;
  for (int i = 0; i < 20; ++i) {
    edge.edge->ask_book("KRAKEN:BTC-USD", 5, [&](const std::string&) { ++answers; });
    edge.edge->ask_bars(one.id, schemas::Interval::k1m, [&](const BarsCopy&) { ++answers; });
  }
  edge.edge->stop();
  edge.edge->stop();
  EXPECT_EQ(answers, 40);
}

TEST(EdgeSettings, WhatTheOperatorCanMendIsSaid) {
  schemas::InstrumentRegistry registry;
  EdgeSettings settings;
  settings.nats.urls = {"http://example.com"};
  EXPECT_FALSE(Edge::make(settings, registry, {}, nullptr, nullptr, {}).ok());
  settings.nats.urls = {"nats://127.0.0.1:4222"};
  settings.subject_prefix = "a b";
  EXPECT_FALSE(Edge::make(settings, registry, {}, nullptr, nullptr, {}).ok());
}

}  // namespace
}  // namespace tickgate::feeds
