// SPDX-License-Identifier: Apache-2.0
// `"stamps":true`: the objects of a subscription say when they were sent, and no others do.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <map>
#include <string>
#include <vector>

#include "gateway/fanout/fan_out.h"
#include "tests/support/test_ticks.h"

namespace tickgate::gateway {
namespace {

using namespace std::chrono_literals;
using schemas::Channel;
using testing::quote;
using testing::status;
using testing::trade;

constexpr std::int64_t kNone = -1;

class Stamps : public ::testing::Test {
 protected:
  Stamps() {
    for (const auto* instrument : {&btc, &eth}) {
      fan_out.on_instrument(*instrument);
      fan_out.on_tick(status(*instrument, 1, schemas::State::kLive));
      fan_out.on_tick(quote(*instrument, 1));
    }
  }

  void subscribe(Channel channel, const std::string& symbol, bool stamps) {
    fan_out.subscribe(client, "1", {channel, {symbol}, 25, 0, stamps});
  }

  // What a frame sent at `sent` has: by "type symbol", the stamps.
  std::map<std::string, std::vector<std::int64_t>> stamps_at(std::int64_t sent) {
    fan_out.mark_changed(now);
    std::string frame;
    fan_out.compose(client, now += 1s, frame, schemas::Timestamp{sent});
    std::map<std::string, std::vector<std::int64_t>> stamps;
    if (frame.empty()) return stamps;
    simdjson::dom::parser parser;
    simdjson::dom::array objects;
    EXPECT_EQ(parser.parse(frame).get(objects), simdjson::SUCCESS) << frame;
    for (const simdjson::dom::object object : objects) {
      std::string_view type, symbol;
      EXPECT_EQ(object["type"].get(type), simdjson::SUCCESS);
      if (object["symbol"].get(symbol) != simdjson::SUCCESS) continue;
      std::int64_t stamp = kNone;
      if (object["sent"].error() == simdjson::SUCCESS) stamp = object["sent"].get_int64();
      stamps[std::string(type) + " " + std::string(symbol)].push_back(stamp);
    }
    return stamps;
  }

  using Expected = std::map<std::string, std::vector<std::int64_t>>;

  schemas::InstrumentRegistry registry;
  const schemas::Instrument& btc = registry.add("sim", "BTC-USD");
  const schemas::Instrument& eth = registry.add("sim", "ETH-USD");
  FanOut fan_out{{}, "EPOCH"};
  Subscriber client;
  Monotonic now = 1s;
};

}  // namespace

TEST_F(Stamps, AreOnTheObjectsOfTheirSubscriptionOnly) {
  subscribe(Channel::kQuote, "SIM:BTC-USD", true);
  subscribe(Channel::kQuote, "SIM:ETH-USD", false);
  const auto first = stamps_at(1'000);
  EXPECT_EQ(first.at("quote SIM:BTC-USD"), std::vector<std::int64_t>{1'000});
  EXPECT_EQ(first.at("quote SIM:ETH-USD"), std::vector<std::int64_t>{kNone});
  EXPECT_EQ(first.at("status SIM:BTC-USD"), std::vector<std::int64_t>{1'000});
  for (const auto* instrument : {&btc, &eth}) fan_out.on_tick(quote(*instrument, 2));
  EXPECT_EQ(stamps_at(2'000),
            (Expected{{"quote SIM:BTC-USD", {2'000}}, {"quote SIM:ETH-USD", {kNone}}}));
}

TEST_F(Stamps, AreOnEachTradeAndGap) {
  subscribe(Channel::kTrade, "SIM:BTC-USD", true);
  stamps_at(1'000);
  for (const int sequence : {1, 2, 5}) {
    fan_out.on_tick(trade(btc, static_cast<std::uint64_t>(sequence)));
  }
  const auto stamps = stamps_at(3'000);
  EXPECT_EQ(stamps.at("trade SIM:BTC-USD"), (std::vector<std::int64_t>{3'000, 3'000, 3'000}));
  EXPECT_EQ(stamps.at("gap SIM:BTC-USD"), std::vector<std::int64_t>{3'000});
}

TEST_F(Stamps, ChangeNothingForOthers) {
  subscribe(Channel::kQuote, "SIM:BTC-USD", true);
  Subscriber other;
  fan_out.subscribe(other, "1", {Channel::kQuote, {"SIM:BTC-USD"}, 25, 0});
  stamps_at(1'000);
  std::string frame;
  fan_out.compose(other, now, frame, schemas::Timestamp{1'000});
  EXPECT_NE(frame.find(R"("type":"quote")"), std::string::npos);
  EXPECT_EQ(frame.find("sent"), std::string::npos) << frame;
}

TEST_F(Stamps, GoWhenTheSubscriptionIsMadeAnewWithout) {
  subscribe(Channel::kQuote, "SIM:BTC-USD", true);
  stamps_at(1'000);
  subscribe(Channel::kQuote, "SIM:BTC-USD", false);
  EXPECT_EQ(stamps_at(2'000).at("quote SIM:BTC-USD"), std::vector<std::int64_t>{kNone});
}

TEST_F(Stamps, AreThereForInstrumentsThatAppearUnderAPattern) {
  subscribe(Channel::kQuote, "SIM:*", true);
  stamps_at(1'000);
  const auto& late = registry.add("sim", "SOL-USD");
  fan_out.on_instrument(late);
  fan_out.on_tick(quote(late, 1));
  EXPECT_EQ(stamps_at(2'000), (Expected{{"quote SIM:SOL-USD", {2'000}}}));
}

}  // namespace tickgate::gateway
