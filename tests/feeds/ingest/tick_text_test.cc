// SPDX-License-Identifier: Apache-2.0
#include "feeds/ingest/tick_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "feeds/ingest/stored_words.h"
#include "tests/support/test_ticks.h"

namespace tickgate::feeds {
namespace {

using schemas::State;
using schemas::Timestamp;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
namespace make = tickgate::testing;

class TickTextTest : public ::testing::Test {
 protected:
  TickTextTest() { text.set({"01EPOCH", 7}); }
  schemas::InstrumentRegistry registry;
  const schemas::Instrument& btc = registry.add("kraken", "BTC-USD");
  TickText text;
};

TEST_F(TickTextTest, AQuoteIsTheObjectOfTheProtocolThenEpochAndFence) {
  EXPECT_EQ(text.of(make::quote(btc, 9), btc),
            R"({"type":"quote","symbol":"KRAKEN:BTC-USD","seq":9,"bid":"100.10","bid_size":"1.0",)"
            R"("ask":"200.20","ask_size":"2.0","time":1700000000000000,)"
            R"("received":1700000000000500,"epoch":"01EPOCH","fence":7})");
}

TEST_F(TickTextTest, EveryObjectEndsInEpochAndFence) {
  constexpr const char* kTail = R"(,"epoch":"01EPOCH","fence":7})";
  schemas::Bar bar{};
  bar.header.instrument = btc.id;
  EXPECT_THAT(std::string(text.of(make::book(btc, 1, 3), btc)), EndsWith(kTail));
  EXPECT_THAT(std::string(text.of(schemas::Ticker{}, btc)), EndsWith(kTail));
  EXPECT_THAT(std::string(text.of(make::trade(btc, 1), btc)), EndsWith(kTail));
  EXPECT_THAT(std::string(text.of(schemas::TradeGap{}, btc)), EndsWith(kTail));
  EXPECT_THAT(std::string(text.of(bar, btc)), EndsWith(kTail));
  EXPECT_THAT(std::string(text.of(make::status(btc, 1, State::kLive), btc.symbol)),
              EndsWith(kTail));
  EXPECT_THAT(std::string(text.of(btc, false, {})), EndsWith(kTail));
  EXPECT_THAT(std::string(text.removed(btc.symbol, {})), EndsWith(kTail));
  EXPECT_THAT(std::string(text.heartbeat("a", {}, {})), EndsWith(kTail));
  EXPECT_THAT(std::string(text.venues("[]")), EndsWith(kTail));
  EXPECT_THAT(std::string(text.bars({&bar, 1}, btc)), EndsWith(kTail));
  EXPECT_THAT(std::string(text.error("code", "why")), EndsWith(kTail));
}

TEST_F(TickTextTest, AStatusSaysWhatItsQuoteIsWorthWhereThatDiffers) {
  auto status = make::status(btc, 3, State::kRecovering);
  status.reason = std::string_view("the book waits");
  status.quote_state = State::kLive;
  status.quote_since = Timestamp{5};
  status.note = std::string_view("rhythm not known yet");
  const std::string said(text.of(status, btc.symbol));
  EXPECT_THAT(said, HasSubstr(R"("state":"recovering")"));
  EXPECT_THAT(said, HasSubstr(R"("quote_state":"live","quote_since":5,"quote_reason":"")"));
  EXPECT_THAT(said, HasSubstr(R"("note":"rhythm not known yet","received":1700000000000500)"));
}

TEST_F(TickTextTest, AStatusOfOneStateSaysItOnce) {
  auto status = make::status(btc, 3, State::kLive);
  status.note = std::string_view("n");
  const std::string said(text.of(status, btc.symbol));
  EXPECT_THAT(said, Not(HasSubstr("quote_")));
  EXPECT_THAT(said, HasSubstr(R"("note":"n","received")"));
  EXPECT_EQ(said.find("note"), said.rfind("note"));
}

TEST_F(TickTextTest, ABarHasItsOrdinal) {
  schemas::Bar bar{};
  bar.interval = schemas::Interval::k5m;
  bar.ordinal = 12;
  bar.corrected = true;
  bar.complete = false;
  EXPECT_THAT(std::string(text.of(bar, btc)),
              HasSubstr(R"("corrected":true,"complete":false,"ordinal":12,"epoch")"));
  bar.header.receive_time = Timestamp{77};
  EXPECT_THAT(std::string(text.of(bar, btc)), HasSubstr(R"("ordinal":12,"received":77,"epoch")"));
}

TEST_F(TickTextTest, AnInstrumentIsWholeAndARemovedOneMayBeASymbolOnly) {
  const auto& best = registry.add("best", "BTC-USD", {"kraken", "coinbase"});
  EXPECT_EQ(text.of(best, false, Timestamp{5}),
            R"({"type":"instrument","symbol":"BEST:BTC-USD","venue":"best","base":"BTC",)"
            R"("quote":"USD","sources":["kraken","coinbase"],"removed":false,"time":5,)"
            R"("epoch":"01EPOCH","fence":7})");
  EXPECT_EQ(text.removed("KRAKEN:X-Y", Timestamp{6}),
            R"({"type":"instrument","symbol":"KRAKEN:X-Y","removed":true,"time":6,)"
            R"("epoch":"01EPOCH","fence":7})");
}

TEST_F(TickTextTest, WhatIsSaidIsReadBack) {
  WordReader reader;
  const auto quote = reader.stored(text.of(make::quote(btc, 9), btc));
  ASSERT_TRUE(quote.has_value());
  EXPECT_EQ(quote->kind, StoredWord::Kind::kState);
  EXPECT_EQ(quote->channel, schemas::Channel::kQuote);
  EXPECT_EQ(quote->symbol, "KRAKEN:BTC-USD");
  EXPECT_EQ(quote->number, 9U);
  EXPECT_EQ(quote->epoch, "01EPOCH");
  EXPECT_EQ(quote->fence, 7U);
  const auto trade = reader.stored(text.of(make::trade(btc, 4), btc));
  ASSERT_TRUE(trade.has_value());
  EXPECT_EQ(trade->kind, StoredWord::Kind::kTrade);
  EXPECT_EQ(trade->number, 4U);
  EXPECT_EQ(trade->trade.id.view(), "id");
  EXPECT_EQ(trade->trade.header.venue_time, Timestamp{1'700'000'000'000'000});
  schemas::TradeGap lost;
  lost.from = schemas::SequenceNumber{5};
  lost.to = schemas::SequenceNumber{8};
  const auto gap = reader.stored(text.of(lost, btc));
  ASSERT_TRUE(gap.has_value());
  EXPECT_EQ(gap->kind, StoredWord::Kind::kGap);
  EXPECT_EQ(gap->number, 8U);
  schemas::Bar made{};
  made.ordinal = 12;
  made.header.sequence = schemas::SequenceNumber{30};
  made.interval = schemas::Interval::k1h;
  const auto bar = reader.stored(text.of(made, btc));
  ASSERT_TRUE(bar.has_value());
  EXPECT_EQ(bar->interval, schemas::Interval::k1h);
  EXPECT_EQ(bar->number, 30U);
  EXPECT_EQ(bar->ordinal, 12U);
  EXPECT_EQ(reader.stored(text.heartbeat("a", {}, {}))->kind, StoredWord::Kind::kOther);
  EXPECT_TRUE(reader.stored(text.removed(btc.symbol, {}))->removed);
}

}  // namespace
}  // namespace tickgate::feeds
