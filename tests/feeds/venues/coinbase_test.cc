// SPDX-License-Identifier: Apache-2.0
#include "feeds/venues/coinbase.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "tests/support/adapter_test.h"

namespace tickgate::feeds::coinbase {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CoinbaseAdapter : public testing::AdapterTest {
 protected:
  CoinbaseAdapter() : AdapterTest("coinbase", make_adapter) {}

  // Opened, with what it said then recorded. Without pairs it discovers them.
  void start(std::vector<std::string> pairs, GapPolicy gaps = GapPolicy::kResync) {
    AdapterSettings settings;
    settings.discover = pairs.empty();
    settings.pairs = std::move(pairs);
    settings.gaps = gaps;
    make(settings);
    adapter->on_open(kReceived);
  }
  // Opened, with ABC-USD synced and nothing recorded yet.
  void open_synced(GapPolicy gaps = GapPolicy::kResync) {
    start({"ABC-USD"}, gaps);
    text(book(0, "snapshot", {{"bid", "100.1", "1"}, {"offer", "100.2", "2"}}));
    events.take();
  }
  struct Update {
    std::string side, price, size;
  };
  static std::string book(int sequence, std::string_view type, const std::vector<Update>& updates,
                          std::string_view product = "ABC-USD") {
    const auto write = [](std::string* out, const Update& update) {
      fmt::format_to(std::back_inserter(*out),
                     R"({{"side":"{}","price_level":"{}","new_quantity":"{}"}})", update.side,
                     update.price, update.size);
    };
    return absl::StrFormat(
        R"({"channel":"l2_data","timestamp":"2026-11-20T10:00:00Z","sequence_num":%d,)"
        R"("events":[{"type":"%s","product_id":"%s","updates":[%s]}]})",
        sequence, std::string(type), std::string(product), absl::StrJoin(updates, ",", write));
  }
  static std::string trades(int sequence, std::string_view type, const std::vector<int>& ids) {
    const auto write = [](std::string* out, int id) {
      fmt::format_to(std::back_inserter(*out),
                     R"({{"product_id":"ABC-USD","trade_id":"{}","price":"5","size":"1")"
                     R"(,"time":"2026-11-20T10:00:00Z","side":"BUY"}})",
                     id);
    };
    return absl::StrFormat(
        R"({"channel":"market_trades","timestamp":"2026-11-20T10:00:00Z","sequence_num":%d,)"
        R"("events":[{"type":"%s","trades":[%s]}]})",
        sequence, std::string(type), absl::StrJoin(ids, ",", write));
  }
};

TEST_F(CoinbaseAdapter, ASessionGivesEveryTickWithTheVenuesDigits) {
  start({"ABC-USD"});
  events.take();
  text_of("session.ndjson");
  EXPECT_THAT(events.take(),
              ElementsAre("synced COINBASE:ABC-USD",
                          "book COINBASE:ABC-USD 100.10x1.50 100.09x2 0.01x7000 | "
                          "100.12x0.25 90000000x0.00000001",
                          "quote COINBASE:ABC-USD 100.10x1.50 100.12x0.25",
                          "acknowledged COINBASE:ABC-USD book",
                          "acknowledged COINBASE:ABC-USD trade", "ticker COINBASE:ABC-USD 100.11",
                          "book COINBASE:ABC-USD 100.09x2 0.01x7000 | "
                          "100.110x3.00 100.12x0.25 90000000x0.00000001",
                          "quote COINBASE:ABC-USD 100.09x2 100.110x3.00",
                          "trade COINBASE:ABC-USD 503 sell 100.09x0.00000001",
                          "trade COINBASE:ABC-USD 504 buy 100.11x2.50000000"));
  EXPECT_EQ(events.books[0].integrity, schemas::Integrity::kSequence);
  EXPECT_EQ(events.books[0].header.venue_time.value(), 1'795'168'800'123'456);
  EXPECT_EQ(events.books[0].header.receive_time, kReceived);
  EXPECT_EQ(events.trades[0].header.venue_time.value(), 1'795'168'801'000'001);
  EXPECT_EQ(events.tickers[0].header.venue_time.value(), 1'795'168'800'500'000);
  EXPECT_FALSE(events.tickers[0].has_open);
  EXPECT_EQ(events.tickers[0].high.value(), (schemas::Decimal{1015, 1}));
  EXPECT_TRUE(events.tickers[0].volume.value().identical({123450000, 5}));
}

TEST_F(CoinbaseAdapter, OpeningSubscribesHeartbeatsFirstThenOneChannelAMessage) {
  start({"ABC-USD", "X-EUR"});
  EXPECT_THAT(events.take(),
              ElementsAre("instrument COINBASE:ABC-USD", "instrument COINBASE:X-EUR",
                          R"(send {"type":"subscribe","channel":"heartbeats"})",
                          R"(send {"type":"subscribe","product_ids":["ABC-USD","X-EUR"],)"
                          R"("channel":"level2"})",
                          R"(send {"type":"subscribe","product_ids":["ABC-USD","X-EUR"],)"
                          R"("channel":"market_trades"})",
                          R"(send {"type":"subscribe","product_ids":["ABC-USD","X-EUR"],)"
                          R"("channel":"ticker"})",
                          R"(send {"type":"subscribe","product_ids":["ABC-USD","X-EUR"],)"
                          R"("channel":"status"})"));
  EXPECT_EQ(events.awaited.size(), 6U);
  EXPECT_EQ(adapter->url(), "wss://advanced-trade-ws.coinbase.com");
  EXPECT_GE(adapter->facts().limits.max_frame_bytes, 16U << 20U);
}

TEST_F(CoinbaseAdapter, ManyProductsAreSplitOverMessages) {
  std::vector<std::string> pairs;
  for (int i = 0; i < 120; ++i) pairs.push_back(fmt::format("P{}-USD", i));
  start(pairs);
  EXPECT_EQ(events.sent.size(), 1U + 4 * 3);
  EXPECT_EQ(events.awaited.size(), 360U);
}

TEST_F(CoinbaseAdapter, AcknowledgementsAreCumulativeAndCountOnce) {
  start({"ABC-USD", "X-EUR"});
  events.take();
  text(R"({"channel":"subscriptions","timestamp":"","sequence_num":0,"events":[{"subscriptions":)"
       R"({"level2":["X-EUR"],"unheard_of":["ABC-USD"]}}]})");
  text(R"({"channel":"subscriptions","timestamp":"","sequence_num":1,"events":[{"subscriptions":)"
       R"({"level2":["ABC-USD","X-EUR","OTHER-USD"]}}]})");
  EXPECT_THAT(events.take(), ElementsAre("acknowledged COINBASE:X-EUR book",
                                         "acknowledged COINBASE:ABC-USD book"));
}

TEST_F(CoinbaseAdapter, AUsdcPairIsServedFromTheUsdProduct) {
  start({"ABC-USDC"});
  EXPECT_THAT(events.sent.at(1), HasSubstr(R"(["ABC-USDC"])")) << "as a recording is to tell";
  EXPECT_EQ(events.lines[0], "instrument COINBASE:ABC-USDC");
  events.take();
  text(book(0, "snapshot", {{"bid", "1", "1"}}));
  EXPECT_THAT(events.take(), ElementsAre("synced COINBASE:ABC-USDC", "book COINBASE:ABC-USDC 1x1 |",
                                         "quote COINBASE:ABC-USDC 1x1 0x0"));
}

TEST_F(CoinbaseAdapter, UsdAndUsdcOfOneProductBothGetItsData) {
  start({"ABC-USD", "ABC-USDC"});
  EXPECT_THAT(events.sent.at(1), HasSubstr(R"("product_ids":["ABC-USD"],)"));
  events.take();
  text(book(0, "snapshot", {{"bid", "1", "1"}}));
  text(trades(1, "update", {7}));
  for (const auto* start : {"synced", "book", "quote", "trade"}) {
    EXPECT_EQ(events.count(std::string(start) + " COINBASE:ABC-USD "), start[0] == 's' ? 0U : 1U);
    EXPECT_EQ(events.count(std::string(start) + " COINBASE:ABC-USDC"), 1U) << start;
  }
}

TEST_F(CoinbaseAdapter, WithWarnAGapIsCountedAndTheBookGoesOn) {
  open_synced(GapPolicy::kWarn);
  text(book(5, "update", {{"bid", "100.1", "3"}}));
  EXPECT_THAT(events.take(), ElementsAre("anomaly gap", "book COINBASE:ABC-USD 100.1x3 | 100.2x2",
                                         "quote COINBASE:ABC-USD 100.1x3 100.2x2"));
}

TEST_F(CoinbaseAdapter, ASequenceSeenBeforeIsDropped) {
  open_synced();
  text(book(1, "update", {{"bid", "100.1", "3"}}));
  events.take();
  text(book(1, "update", {{"bid", "100.1", "9"}}));
  text(book(0, "update", {{"bid", "100.1", "9"}}));
  EXPECT_THAT(events.take(), ElementsAre("anomaly duplicate", "anomaly duplicate"));
}

TEST_F(CoinbaseAdapter, ACrossedBookRecoversAloneAndIsAskedForAnew) {
  open_synced();
  text(book(1, "update", {{"bid", "100.2", "3"}}));
  EXPECT_THAT(events.take(), ElementsAre("anomaly crossed_book", "recovering COINBASE:ABC-USD",
                                         "resync COINBASE:ABC-USD"));
  adapter->resync(id("COINBASE:ABC-USD"));
  EXPECT_THAT(
      events.take(),
      ElementsAre(R"(send {"type":"unsubscribe","product_ids":["ABC-USD"],"channel":"level2"})",
                  R"(send {"type":"subscribe","product_ids":["ABC-USD"],"channel":"level2"})"));
  text(book(2, "update", {{"bid", "100.1", "3"}}));
  EXPECT_THAT(events.take(), IsEmpty());
  text(book(3, "snapshot", {{"bid", "100.1", "3"}, {"offer", "100.3", "1"}}));
  EXPECT_EQ(events.take()[0], "synced COINBASE:ABC-USD");
}

TEST_F(CoinbaseAdapter, AResyncOfASyncedBookSaysThatItRecovers) {
  open_synced();
  adapter->resync(id("COINBASE:ABC-USD"));
  EXPECT_EQ(events.take()[0], "recovering COINBASE:ABC-USD");
  EXPECT_EQ(adapter->book(id("COINBASE:ABC-USD")), nullptr);
}

TEST_F(CoinbaseAdapter, AMalformedNumberIsAParseErrorAndTheInstrumentRecovers) {
  for (const auto* size : {"0.-10000", "-1", "", "1e400", "NaN"}) {
    events = {};
    open_synced();
    text(book(1, "update", {{"bid", "100", "1"}, {"bid", "99", size}}));
    EXPECT_THAT(events.take(), ElementsAre("anomaly parse_error", "recovering COINBASE:ABC-USD",
                                           "resync COINBASE:ABC-USD"));
    EXPECT_EQ(events.details.back(), fmt::format(R"(new_quantity: "{}")", size));
  }
}

TEST_F(CoinbaseAdapter, WhatIsNoMessageIsCountedAndItsSuccessorShowsTheGap) {
  for (const auto* frame :
       {"", "pong", "[]", "7", "{", R"({"channel":"l2_data","sequence_num":1,"events":[{"type")"}) {
    events = {};
    open_synced();
    text(frame);
    EXPECT_THAT(events.take(), ElementsAre("anomaly parse_error")) << frame;
    text(book(2, "update", {}));
    EXPECT_EQ(events.count("anomaly gap"), 1U) << frame;
  }
}

TEST_F(CoinbaseAdapter, EveryTruncationOfAFrameIsHarmless) {
  const auto frame = book(1, "update", {{"bid", "100.1", "3"}, {"offer", "100.3", "0"}});
  for (std::size_t size = 0; size < frame.size(); ++size) {
    events = {};
    open_synced();
    text(std::string_view(frame).substr(0, size));
    EXPECT_EQ(events.count("anomaly parse_error"), 1U) << size;
    EXPECT_EQ(events.count("book"), 0U) << size;
  }
}

TEST_F(CoinbaseAdapter, UnknownProductsAndChannelsAreCounted) {
  open_synced();
  text(book(1, "update", {{"bid", "1", "1"}}, "OTHER-USD"));
  text(R"({"channel":"surprise","timestamp":"","sequence_num":2,"events":[]})");
  text(R"({"channel":"candles","timestamp":"","sequence_num":3,"events":[{"candles":[{}]}]})");
  EXPECT_THAT(events.take(), ElementsAre("anomaly unknown_instrument", "anomaly unknown_message"));
}

TEST_F(CoinbaseAdapter, DiscoveryTakesEveryProductAndSubscribesNothing) {
  start({});
  EXPECT_THAT(events.take(), IsEmpty());
  text(book(0, "snapshot", {{"bid", "1", "1"}}, "NEW-EUR"));
  EXPECT_THAT(events.take(),
              ElementsAre("instrument COINBASE:NEW-EUR", "synced COINBASE:NEW-EUR",
                          "book COINBASE:NEW-EUR 1x1 |", "quote COINBASE:NEW-EUR 1x1 0x0"));
  text(book(1, "snapshot", {{"bid", "1", "1"}}, "BAD NAME"));
  EXPECT_THAT(events.take(), ElementsAre("anomaly unknown_instrument"));
}

TEST_F(CoinbaseAdapter, TradeHistoryIsNotPublishedAndRepeatedTradesAreDropped) {
  open_synced();
  text(trades(1, "snapshot", {30, 29, 28}));
  EXPECT_THAT(events.take(), IsEmpty());
  text(trades(2, "update", {32, 31, 30}));
  EXPECT_THAT(events.take(), ElementsAre("anomaly duplicate", "trade COINBASE:ABC-USD 31 sell 5x1",
                                         "trade COINBASE:ABC-USD 32 sell 5x1"));
}

TEST_F(CoinbaseAdapter, TradesAreLostOnlyWhereMessagesWere) {
  struct Case {
    std::string name;
    bool gap, reconnect;
    std::vector<int> history, update;
    std::vector<std::string> said;  // "lost N", or nothing
  };
  const std::vector<Case> cases = {
      {"an id skipped by the venue", false, false, {}, {12}, {}},
      {"a gap without a jump", true, false, {}, {11}, {}},
      {"a gap with a jump", true, false, {}, {14}, {"lost COINBASE:ABC-USD 3"}},
      {"a reconnect without a trade", false, true, {10, 9}, {11}, {}},
      {"a reconnect with trades", false, true, {13, 12}, {14}, {"lost COINBASE:ABC-USD 3"}},
      {"a reconnect without history", false, true, {}, {13}, {"lost COINBASE:ABC-USD 2"}},
      {"a venue that counts anew", false, true, {3, 2}, {4}, {"lost COINBASE:ABC-USD 1"}},
  };
  for (const auto& test : cases) {
    events = {};
    open_synced();
    text(trades(1, "update", {10}));
    int sequence = test.gap ? 5 : 2;
    if (test.reconnect) {
      adapter->on_close();
      adapter->on_open(kReceived);
      sequence = 0;
    }
    events.take();
    if (!test.history.empty()) text(trades(sequence++, "snapshot", test.history));
    text(trades(sequence, "update", test.update));
    std::vector<std::string> lost;
    for (const auto& line : events.lines) {
      if (line.starts_with("lost")) lost.push_back(line);
    }
    EXPECT_EQ(lost, test.said) << test.name;
    EXPECT_EQ(events.count("trade"), 1U) << test.name;
  }
}

TEST_F(CoinbaseAdapter, AnAbsurdTradeIdSpoilsNothingThatFollows) {
  open_synced();
  int sequence = 1;
  for (const int id : {500, 2'000'000'000, 501, 502}) {
    text(trades(sequence++, "update", {id}));
  }
  EXPECT_EQ(events.count("trade"), 4U);
}

TEST_F(CoinbaseAdapter, ATickerOfAPriceThatIsNoneIsDropped) {
  open_synced();
  text(R"({"channel":"ticker","timestamp":"2026-11-20T10:00:00Z","sequence_num":1,"events":[)"
       R"({"type":"update","tickers":[{"product_id":"ABC-USD","price":"","volume_24_h":"1",)"
       R"("low_24_h":"1","high_24_h":"1"}]}]})");
  EXPECT_THAT(events.take(), ElementsAre("anomaly parse_error"));
}

TEST_F(CoinbaseAdapter, AnUnreadableTimeIsAbsentNotMadeUp) {
  open_synced();
  text(
      R"({"channel":"l2_data","timestamp":"yesterday","sequence_num":1,"events":[{"type":"update",)"
      R"("product_id":"ABC-USD","updates":[{"side":"bid","price_level":"100","new_quantity":"1"}]}]})");
  EXPECT_EQ(events.count("anomaly bad_time"), 1U);
  EXPECT_EQ(events.books.back().header.venue_time, schemas::kNoTime);
}

TEST_F(CoinbaseAdapter, ASixMegabyteSnapshotInAnyOrderIsTakenInTime) {
  start({"ABC-USD"});
  std::vector<Update> updates;
  for (int i = 0; i < 50'000; ++i) {
    updates.push_back(
        {"bid", absl::StrFormat("%d.%02d", 1000 - i / 100, 99 - i % 100), "0.10000000"});
    updates.push_back({"offer", absl::StrFormat("%d.%02d", 1001 + i / 100, i % 100), "0.20000000"});
  }
  const auto best_first = book(0, "snapshot", updates);
  ASSERT_GT(best_first.size(), 6U << 20U);
  std::vector<Update> other(updates.rbegin(), updates.rend());
  const auto worst_first = book(1, "snapshot", other);
  const auto begin = std::chrono::steady_clock::now();
  text(best_first);
  text(worst_first);
  // Inserting each level in front of all others would take minutes in this build.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
  const auto* synced = adapter->book(id("COINBASE:ABC-USD"));
  ASSERT_NE(synced, nullptr);
  EXPECT_EQ(synced->depth(BookSide::kBid), 50'000U);
  EXPECT_EQ(synced->depth(BookSide::kAsk), 50'000U);
  EXPECT_EQ(synced->level(BookSide::kBid, 0).price.value(), (schemas::Decimal{100099, 2}));
  EXPECT_EQ(synced->level(BookSide::kAsk, 0).price.value(), (schemas::Decimal{100100, 2}));
}

}  // namespace
}  // namespace tickgate::feeds::coinbase
