// SPDX-License-Identifier: Apache-2.0
// A subscription of trades that says what was seen last.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "gateway/fanout/fan_out.h"
#include "tests/support/test_ticks.h"

namespace tickgate::gateway {
namespace {

using namespace std::chrono_literals;
using schemas::Channel;
using testing::trade;

constexpr std::string_view kRestartGap =
    R"({"type":"gap","channel":"trade","symbol":"SIM:BTC-USD","from":1,"to":0,"reason":"feed_restart"})";

class Resume : public ::testing::Test {
 protected:
  Resume() {
    fan_out.on_instrument(btc);
    fan_out.on_instrument(eth);
  }

  void add(const schemas::Instrument& instrument, std::uint64_t first, std::uint64_t last) {
    for (auto sequence = first; sequence <= last; ++sequence) {
      fan_out.on_tick(trade(instrument, sequence));
    }
  }
  // The client comes back, and what it is sent behind the acknowledgement.
  std::string come_back(std::vector<std::string> symbols,
                        std::unordered_map<std::string, std::uint64_t> seq,
                        std::string epoch = "EPOCH") {
    SubscribeRequest request{Channel::kTrade, std::move(symbols)};
    request.from = TradesSeen{std::move(epoch), std::move(seq)};
    fan_out.subscribe(client, "1", request);
    const auto frame = sent();
    EXPECT_EQ(frame.find(R"([{"type":"subscribed")"), 0U);
    const auto end = frame.find(R"("epoch":"EPOCH"})") + 16;
    return frame.substr(end);
  }
  std::string sent() {
    fan_out.mark_changed(now);
    fan_out.flush_now().pop(
        SIZE_MAX, [](Subscriber&) {}, [](const Subscriber&) {}, [](const Subscriber&) {});
    std::string frame;
    fan_out.compose(client, now += 1s, frame);
    return frame;
  }
  static std::vector<int> sequences(const std::string& text) {
    std::vector<int> found;
    for (auto at = text.find(R"("seq":)"); at != std::string::npos;
         at = text.find(R"("seq":)", at + 1)) {
      found.push_back(std::stoi(text.substr(at + 6)));
    }
    return found;
  }

  schemas::InstrumentRegistry registry;
  const schemas::Instrument& btc = registry.add("sim", "BTC-USD");
  const schemas::Instrument& eth = registry.add("sim", "ETH-USD");
  FanOut fan_out{{.trades_kept = 16}, "EPOCH"};
  Subscriber client;
  Monotonic now = 1s;
};

using Sequences = std::vector<int>;

TEST_F(Resume, WhatIsHeldBehindItFollowsTheAcknowledgementAndThenTheLiveOnes) {
  add(btc, 1, 5);
  EXPECT_EQ(sequences(come_back({"SIM:BTC-USD"}, {{"SIM:BTC-USD", 3}})), (Sequences{4, 5}));
  add(btc, 6, 6);
  EXPECT_EQ(sequences(sent()), (Sequences{6}));
  EXPECT_EQ(fan_out.counters().resumed.value(), 1U);
}

TEST_F(Resume, WhatIsNotHeldAnyMoreIsAGapFirst) {
  add(btc, 1, 30);
  const auto text = come_back({"SIM:BTC-USD"}, {{"SIM:BTC-USD", 3}});
  EXPECT_EQ(text.find(R"(,{"type":"gap","channel":"trade","symbol":"SIM:BTC-USD",)"
                      R"("from":4,"to":14,"reason":"too_old"},{"type":"trade")"),
            0U)
      << text;
  EXPECT_EQ(sequences(text).front(), 15);
  EXPECT_EQ(fan_out.counters().trades_lost.value(), 0U) << "nobody read slowly";
}

TEST_F(Resume, OfAnotherEpochAllThatIsHeldFollowsAGapThatSaysSo) {
  add(btc, 1, 2);
  const auto text = come_back({"SIM:BTC-USD"}, {{"SIM:BTC-USD", 900}}, "OTHER");
  EXPECT_EQ(text.find("," + std::string(kRestartGap)), 0U) << text;
  EXPECT_EQ(sequences(text), (Sequences{1, 2}));
  add(btc, 3, 3);
  EXPECT_EQ(sequences(sent()), (Sequences{3})) << "the gap is said once";
}

TEST_F(Resume, AnInstrumentThatAppearsAfterTheRestartBeginsWithTheGapToo) {
  come_back({"SIM:*"}, {{"SIM:SOL-USD", 7}}, "OTHER");
  const auto& sol = registry.add("sim", "SOL-USD");
  fan_out.on_instrument(sol);
  add(sol, 1, 1);
  const auto text = sent();
  EXPECT_NE(text.find(R"("symbol":"SIM:SOL-USD","from":1,"to":0,"reason":"feed_restart"})"),
            std::string::npos);
  EXPECT_EQ(sequences(text), (Sequences{1}));
}

TEST_F(Resume, WhoIsAheadOfThisShardGetsNothingTwice) {
  add(btc, 1, 5);
  EXPECT_EQ(come_back({"SIM:BTC-USD"}, {{"SIM:BTC-USD", 7}}), "]");
  add(btc, 6, 7);
  EXPECT_EQ(sent(), "");
  add(btc, 8, 9);
  EXPECT_EQ(sequences(sent()), (Sequences{8, 9}));
}

TEST_F(Resume, WhatThisRunCannotHaveReachedWasAnothers) {
  add(btc, 1, 2);
  const auto text = come_back({"SIM:BTC-USD"}, {{"SIM:BTC-USD", 70'000}});
  EXPECT_EQ(text.find("," + std::string(kRestartGap)), 0U) << text;
  EXPECT_EQ(sequences(text), (Sequences{1, 2}));
}

TEST_F(Resume, UnderAPatternEachSymbolGoesOnWhereItWasAndOthersBeginAnew) {
  add(btc, 1, 5);
  add(eth, 1, 5);
  const auto text = come_back({"SIM:*"}, {{"SIM:ETH-USD", 4}});
  EXPECT_EQ(text.find("BTC"), std::string::npos);
  EXPECT_EQ(sequences(text), (Sequences{5}));
}

TEST_F(Resume, ThousandsOfSymbolsGoOnEachWhereItWas) {
  std::vector<std::string> symbols;
  std::unordered_map<std::string, std::uint64_t> seen;
  for (int i = 0; i < 2'500; ++i) {
    const auto& one = registry.add("sim", "X" + std::to_string(i) + "-USD");
    fan_out.on_instrument(one);
    add(one, 1, 2);
    symbols.push_back(one.symbol);
    seen.emplace(one.symbol, static_cast<std::uint64_t>(i % 2 + 1));
  }
  SubscribeRequest request{Channel::kTrade, symbols};
  request.from = TradesSeen{"EPOCH", seen};
  for (bool done = fan_out.subscribe(client, "1", request); !done;) done = fan_out.go_on(client);
  std::string all;
  for (auto frame = sent(); !frame.empty(); frame = sent()) all += frame;
  EXPECT_EQ(sequences(all), Sequences(1'250, 2));
}

TEST_F(Resume, SubscribingAgainMayGoBackAndTheStateChannelsKnowNothingOfIt) {
  add(btc, 1, 5);
  come_back({"SIM:BTC-USD"}, {{"SIM:BTC-USD", 5}});
  EXPECT_EQ(sequences(come_back({"SIM:BTC-USD"}, {{"SIM:BTC-USD", 2}})), (Sequences{3, 4, 5}));
}

TEST_F(Resume, FarBehindTheGapIsSaidFromWhereASlotReaches) {
  constexpr std::uint64_t kFar = std::uint64_t{1} << 33U;
  add(btc, kFar, kFar);
  const auto text = come_back({"SIM:BTC-USD"}, {{"SIM:BTC-USD", 1}});
  EXPECT_NE(text.find("\"to\":" + std::to_string(kFar - 1) + R"(,"reason":"too_old")"),
            std::string::npos)
      << text;
}

}  // namespace
}  // namespace tickgate::gateway
