// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/http_api.h"

#include <gtest/gtest.h>

#include "gateway/api/full_book.h"
#include "gateway/api/snapshot.h"
#include "tests/support/test_bars.h"
#include "tests/support/test_ticks.h"

namespace tickgate::gateway {
namespace {

using schemas::State;

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

class HttpApiTest : public ::testing::Test {
 protected:
  HttpApiTest() {
    fan_out.on_instrument(btc);
    fan_out.on_tick(testing::status(btc, 1, State::kStale));
    fan_out.on_tick(testing::quote(btc, 7));
    fan_out.on_tick(testing::trade(btc, 9));
  }

  HttpAnswerBody snapshot(std::string channel, std::string symbols, std::string interval = {}) {
    HttpRequest request;
    if (!interval.empty()) request.query.push_back({"interval", std::move(interval)});
    request.path = "/v1/snapshot";
    if (!channel.empty()) request.query.push_back({"channel", std::move(channel)});
    if (!symbols.empty()) request.query.push_back({"symbols", std::move(symbols)});
    return snapshot_json(request, fan_out);
  }

  schemas::InstrumentRegistry registry;
  const schemas::Instrument& btc = registry.add("sim", "BTC-USD");
  FanOut fan_out{{}, "EPOCH"};
};

}  // namespace

TEST_F(HttpApiTest, SnapshotHoldsTheStatusBeforeTheValue) {
  const auto body = snapshot("quote", "SIM:BTC-USD");
  EXPECT_EQ(body.status, 200U);
  EXPECT_TRUE(body.json.starts_with(R"([{"type":"status","symbol":"SIM:BTC-USD")"));
  EXPECT_TRUE(has(body.json, R"({"type":"quote","symbol":"SIM:BTC-USD","seq":7)"));
  EXPECT_TRUE(has(snapshot("trade", "*").json, R"("type":"trade")"));
  EXPECT_FALSE(has(snapshot("book", "*").json, R"("type":"book")")) << "there is none yet";
}

TEST_F(HttpApiTest, PatternsFindWhatTheyMatchAndNothingElse) {
  for (const auto* const pair : {"BTC-USDT", "ETH-USD"}) {
    for (const auto* const venue : {"sim", "simple", "a"}) {
      const auto& one = registry.add(venue, pair);
      fan_out.on_instrument(one);
      fan_out.on_tick(testing::status(one, 1, State::kLive));
    }
  }
  const auto found = [&](const std::string& patterns) {
    std::string symbols;
    const auto json = snapshot("status", patterns).json;
    for (auto at = json.find("symbol\":\""); at != std::string::npos;
         at = json.find("symbol\":\"", at + 1)) {
      symbols += json.substr(at + 9, json.find('"', at + 9) - at - 9) + " ";
    }
    return symbols;
  };
  EXPECT_EQ(found("SIM:*"), "SIM:BTC-USD SIM:BTC-USDT SIM:ETH-USD ");
  EXPECT_EQ(found("*:ETH-USD"), "A:ETH-USD SIM:ETH-USD SIMPLE:ETH-USD ");
  EXPECT_EQ(found("*:BTC-USD,A:*"), "SIM:BTC-USD A:BTC-USDT A:ETH-USD ");
  EXPECT_EQ(found("*:BTC,SI:*,Z:*"), "");
  EXPECT_EQ(found("*"), found("*:*"));
  EXPECT_EQ(found("*"), found("A:*,SIM:*,SIMPLE:*"));
}

TEST_F(HttpApiTest, WrongSnapshotRequestsAreRefusedByName) {
  EXPECT_EQ(snapshot("qoute", "*").status, 400U);
  EXPECT_TRUE(has(snapshot("bar", "*").json, "interval: expected 1s, 1m"));
  EXPECT_TRUE(has(snapshot("bar", "*", "2m").json, "unknown_interval"));
  EXPECT_TRUE(has(snapshot("quote", "").json, "symbols: expected"));
  std::string patterns = "*";
  for (std::size_t i = 0; i < SymbolPattern::kMaxInRequest; ++i) patterns += ",OTHER:*";
  EXPECT_TRUE(has(snapshot("quote", patterns).json, "too_many_symbols"));
  const auto unknown = snapshot("quote", "SIM:BTC-USD,SIM:\"<NOPE>");
  EXPECT_EQ(unknown.status, 404U);
  EXPECT_TRUE(has(unknown.json, R"("code":"unknown_symbol")"));
}

TEST_F(HttpApiTest, SnapshotOfBarsHoldsTheOpenOneOnceTheSeriesIsHeld) {
  EXPECT_FALSE(has(snapshot("bar", "SIM:BTC-USD", "1m").json, R"("type":"bar")"));
  fan_out.on_tick(testing::bar(0, 5));
  const auto body = snapshot("bar", "SIM:*", "1m");
  EXPECT_TRUE(body.json.starts_with(R"([{"type":"status","symbol":"SIM:BTC-USD")"));
  EXPECT_TRUE(has(body.json, R"({"type":"bar","symbol":"SIM:BTC-USD","seq":5,"interval":"1m")"));
  EXPECT_FALSE(has(snapshot("bar", "SIM:*", "1h").json, R"("type":"bar")"));
  for (std::size_t i = 0; i < kMaxSnapshotBars; ++i) {
    fan_out.on_instrument(registry.add("sim", "X" + std::to_string(i) + "-USD"));
  }
  EXPECT_TRUE(has(snapshot("bar", "*", "1m").json, "too_many_symbols"));
}

TEST_F(HttpApiTest, FullBookHasAllLevelsAskedForAndTheTopsNumbers) {
  feeds::OrderBook book;
  for (int i = 0; i < 100; ++i) {
    book.set(feeds::BookSide::kBid, schemas::Price{{1000 - i, 1}}, testing::quantity("1.5"));
    book.set(feeds::BookSide::kAsk, schemas::Price{{1001 + i, 1}}, testing::quantity("2.5"));
  }
  auto top = testing::book(btc, 33, 25);
  top.integrity = schemas::Integrity::kChecksum;
  const auto json = full_book_json(book, top, btc.symbol, 60);
  EXPECT_TRUE(has(json, R"("seq":33,"depth":60,"integrity":"checksum","bids":[["100.0","1.5"],)"));
  EXPECT_TRUE(has(json, R"(["94.1","1.5"]],"asks":[["100.1","2.5"])"));
  EXPECT_FALSE(has(json, R"(["94.0")"));
}

}  // namespace tickgate::gateway
