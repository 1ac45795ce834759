// SPDX-License-Identifier: Apache-2.0
// What becomes of a cluster's messages.
#include "feeds/edge/edge_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/edge_cluster.h"

namespace tickgate::feeds {
namespace {

using schemas::Channel;
using schemas::State;
using ::testing::Contains;
using testing::EdgeCluster;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class EdgeModelTest : public ::testing::Test {
 protected:
  // Connected, with an instrument that is live and whose quote is followed.
  void begin() {
    cluster_.connect();
    bitcoin_ = &cluster_.list("BTC-USD");
    cluster_.say(testing::status(*bitcoin_, 1, State::kLive));
    cluster_.want(*bitcoin_, Channel::kQuote);
    cluster_.advance_ms(100);
    cluster_.say(testing::quote(*bitcoin_, 10));
    cluster_.advance_ms(900);
    cluster_.shards.take_lines();
  }
  std::string quote_subject() { return cluster_.subjects.quote("KRAKEN:BTC-USD"); }

  EdgeCluster cluster_;
  const schemas::Instrument* bitcoin_ = nullptr;
};

TEST_F(EdgeModelTest, WhatIsStoredIsThereAtTheStart) {
  const auto& bitcoin = cluster_.list("BTC-USD");
  cluster_.say(testing::status(bitcoin, 7, State::kLive));
  cluster_.say(testing::quote(bitcoin, 10));
  cluster_.want(bitcoin, Channel::kQuote);
  cluster_.connect();
  cluster_.advance_ms(1'000);
  EXPECT_EQ(cluster_.state(bitcoin), State::kLive);
  EXPECT_EQ(cluster_.shards.quotes.at(bitcoin.id.value()).header.sequence.value(), 10U);
  EXPECT_THAT(cluster_.epochs, ElementsAre("E1"));
  EXPECT_EQ(cluster_.model->status(cluster_.now).instruments, 1U);
}

TEST_F(EdgeModelTest, WhatIsSaidLivePassesOnce) {
  begin();
  cluster_.say(testing::quote(*bitcoin_, 11, "100.30"));
  cluster_.say(testing::quote(*bitcoin_, 11, "100.30"));
  cluster_.say(testing::quote(*bitcoin_, 9, "1.00"));
  EXPECT_THAT(cluster_.shards.take_lines(), ElementsAre("quote 11"));
  EXPECT_EQ(cluster_.shards.quotes.at(0).bid, testing::price("100.30"));
}

TEST_F(EdgeModelTest, OnlyWhatIsWantedIsSubscribedTo) {
  begin();
  EXPECT_THAT(cluster_.subscribed, Contains(quote_subject()));
  EXPECT_THAT(cluster_.subscribed, Not(Contains(HasSubstr("book"))));
  cluster_.want(*bitcoin_, Channel::kBook);
  cluster_.advance_ms(100);
  EXPECT_THAT(cluster_.subscribed, Contains(cluster_.subjects.book("KRAKEN:BTC-USD")));
  EXPECT_FALSE(cluster_.twice);
}

TEST_F(EdgeModelTest, ASymbolThatNobodyWantsAnyMoreIsForgotten) {
  begin();
  cluster_.leave(*bitcoin_, Channel::kQuote);
  cluster_.advance_ms(31'000);
  EXPECT_THAT(cluster_.subscribed, Not(Contains(quote_subject())));
  EXPECT_THAT(cluster_.shards.lines, Contains("forget quote"));
  EXPECT_THAT(cluster_.shards.quotes, IsEmpty());
  // What was on its way is not passed on: nobody would follow it.
  cluster_.give(EdgeCluster::From::kLive, cluster_.last.at(quote_subject()));
  EXPECT_THAT(cluster_.shards.quotes, IsEmpty());
}

TEST_F(EdgeModelTest, WhoComesLaterIsShownTheNewestAndNotWhatWasForgotten) {
  begin();
  cluster_.leave(*bitcoin_, Channel::kQuote);
  cluster_.advance_ms(31'000);
  cluster_.say(testing::quote(*bitcoin_, 90, "55.00"));
  cluster_.want(*bitcoin_, Channel::kQuote);
  cluster_.advance_ms(100);
  EXPECT_EQ(cluster_.shards.quotes.at(0).bid, testing::price("55.00"));
  EXPECT_EQ(cluster_.state(*bitcoin_), State::kLive);
}

TEST_F(EdgeModelTest, TheSecondGetFindsWhatPassedBehindTheFirst) {
  begin();
  const auto& ether = cluster_.list("ETH-USD");
  cluster_.say(testing::quote(ether, 3));
  cluster_.want(ether, Channel::kQuote);
  cluster_.advance_ms(30);  // subscribed, and got once
  cluster_.delivers = false;
  cluster_.say(testing::quote(ether, 4));
  cluster_.delivers = true;
  cluster_.advance_ms(300);
  EXPECT_EQ(cluster_.shards.quotes.at(ether.id.value()).header.sequence.value(), 4U);
}

TEST_F(EdgeModelTest, ALowerFenceIsDropped) {
  begin();
  cluster_.fence = 4;
  cluster_.say(testing::quote(*bitcoin_, 99));
  cluster_.say(testing::status(*bitcoin_, 99, State::kHalted));
  EXPECT_THAT(cluster_.shards.take_lines(), IsEmpty());
  EXPECT_EQ(cluster_.counters.fenced.value(), 2U);
}

TEST_F(EdgeModelTest, InstrumentsAppearAndAreRemoved) {
  begin();
  const auto& ether = cluster_.list("ETH-USD");
  cluster_.say(testing::status(ether, 1, State::kLive));
  EXPECT_EQ(cluster_.state(ether), State::kLive);
  cluster_.advance_ms(10);
  cluster_.shards.take_lines();
  cluster_.list("ETH-USD", true);
  EXPECT_THAT(cluster_.shards.take_lines(), ElementsAre("- KRAKEN:ETH-USD"));
  cluster_.say(testing::status(ether, 2, State::kLive));
  EXPECT_THAT(cluster_.shards.take_lines(), IsEmpty());
  cluster_.advance_ms(10);
  cluster_.list("ETH-USD");
  cluster_.advance_ms(100);
  EXPECT_EQ(cluster_.state(ether), State::kLive);
  EXPECT_FALSE(cluster_.shards.went_back);
}

TEST_F(EdgeModelTest, OlderNewsOfAnInstrumentDoNotBringItBack) {
  begin();
  const auto older = cluster_.last.at(cluster_.subjects.instrument("KRAKEN:BTC-USD"));
  cluster_.list("BTC-USD", true);
  cluster_.shards.take_lines();
  cluster_.give(EdgeCluster::From::kStored, older);
  EXPECT_THAT(cluster_.shards.take_lines(), IsEmpty());
}

TEST_F(EdgeModelTest, AStatusThatCameBeforeItsInstrumentIsReadBehindIt) {
  begin();
  const auto& ether = cluster_.registry.add("kraken", "ETH-USD");
  cluster_.say(testing::status(ether, 4, State::kLive));
  cluster_.list("ETH-USD");
  cluster_.advance_ms(50);
  EXPECT_EQ(cluster_.state(ether), State::kLive);
}

TEST_F(EdgeModelTest, AnotherEpochNeedsAHigherFence) {
  begin();
  cluster_.epoch = "E2";
  cluster_.say(testing::quote(*bitcoin_, 1));
  EXPECT_THAT(cluster_.shards.take_lines(), IsEmpty());
  cluster_.fence = 6;
  cluster_.say(testing::status(*bitcoin_, 1, State::kLive));
  EXPECT_THAT(cluster_.epochs, ElementsAre("E1", "E2"));
  const auto lines = cluster_.shards.take_lines();
  ASSERT_GE(lines.size(), 2U);
  EXPECT_EQ(lines[0], "epoch E2");
  EXPECT_EQ(lines[1], "+ KRAKEN:BTC-USD");
  EXPECT_THAT(cluster_.shards.quotes, IsEmpty()) << "a value of the other epoch";
  EXPECT_FALSE(cluster_.shards.went_back);
  cluster_.epoch = "E1";
  cluster_.fence = 5;
  cluster_.say(testing::quote(*bitcoin_, 100));
  EXPECT_THAT(cluster_.shards.quotes, IsEmpty());
}

TEST_F(EdgeModelTest, WhatAnotherEpochDoesNotHaveIsRemoved) {
  begin();
  cluster_.last.clear();
  cluster_.epoch = "E2";
  cluster_.fence = 6;
  cluster_.list("ETH-USD");
  cluster_.advance_ms(500);
  EXPECT_THAT(cluster_.shards.lines, Contains("+ KRAKEN:ETH-USD"));
  EXPECT_EQ(cluster_.model->status(cluster_.now).instruments, 1U);
}

TEST_F(EdgeModelTest, MalformedMessagesAreCounted) {
  begin();
  for (const auto* const text : {"", "{", "[]", "{\"type\":\"quote\"}", "nonsense"}) {
    cluster_.give(EdgeCluster::From::kLive, text);
  }
  cluster_.say(
      cluster_.subjects.instrument("x"),
      R"({"type":"instrument","symbol":"kraken:x y","sources":[],"removed":false,"time":5})");
  EXPECT_EQ(cluster_.counters.bad_messages.value(), 6U);
}

TEST_F(EdgeModelTest, TradesAreReadBehindTheInstrumentsAndGoOnLive) {
  const auto& bitcoin = cluster_.list("BTC-USD");
  for (std::uint64_t i = 5; i < 8; ++i) cluster_.say(testing::trade(bitcoin, i));
  cluster_.connect();
  cluster_.advance_ms(20);
  cluster_.say(testing::trade(bitcoin, 8));
  cluster_.advance_ms(500);
  cluster_.say(testing::trade(bitcoin, 9));
  std::vector<std::string> trades;
  for (const auto& line : cluster_.shards.lines) {
    if (line.starts_with("trade") || line.starts_with("gap")) trades.push_back(line);
  }
  EXPECT_THAT(trades, ElementsAre("trade 5", "trade 6", "trade 7", "trade 8", "trade 9"));
}

TEST_F(EdgeModelTest, TheFirstEpochIsToldBehindAllThatIsStored) {
  const auto& bitcoin = cluster_.list("BTC-USD");
  cluster_.say(testing::status(bitcoin, 1, State::kLive));
  cluster_.say(testing::trade(bitcoin, 5));
  cluster_.connect();
  cluster_.advance_ms(500);
  const auto lines = cluster_.shards.take_lines();
  const auto place = [&](const std::string& line) {
    return std::ranges::find(lines, line) - lines.begin();
  };
  EXPECT_LT(place("trade 5"), place("epoch E1"));
  EXPECT_LT(place("+ KRAKEN:BTC-USD"), place("epoch E1"));
  EXPECT_LT(place("epoch E1"), std::ssize(lines));
}

TEST_F(EdgeModelTest, WhereNothingCanBeReadTheEpochIsToldAllTheSame) {
  cluster_.answers = false;
  cluster_.connect();
  cluster_.advance_ms(14'000);
  EXPECT_THAT(cluster_.epochs, IsEmpty());
  cluster_.advance_ms(2'000);
  EXPECT_THAT(cluster_.epochs, ElementsAre("E1"));
}

TEST_F(EdgeModelTest, TradesThatWereMissedAreReadAndWhatIsLostIsAGap) {
  begin();
  cluster_.say(testing::trade(*bitcoin_, 1));
  cluster_.delivers = false;
  cluster_.say(testing::trade(*bitcoin_, 2));
  cluster_.stores = false;
  cluster_.say(testing::trade(*bitcoin_, 3));
  cluster_.delivers = cluster_.stores = true;
  cluster_.say(testing::trade(*bitcoin_, 4));
  cluster_.advance_ms(50);
  EXPECT_THAT(cluster_.shards.take_lines(),
              ElementsAre("trade 1", "trade 2", "gap 3-3", "trade 4"));
  EXPECT_EQ(cluster_.counters.trades_lost.value(), 1U);
}

TEST_F(EdgeModelTest, TradesThatWereMissedInALongAbsenceAreReadWithTheConnection) {
  begin();
  cluster_.say(testing::trade(*bitcoin_, 1));
  cluster_.answers = false;
  cluster_.say(testing::trade(*bitcoin_, 3));  // a hole, and no answer yet
  cluster_.disconnect();
  cluster_.say(testing::trade(*bitcoin_, 2));
  cluster_.say(testing::trade(*bitcoin_, 4));
  cluster_.advance_ms(30'000);
  cluster_.answers = true;
  std::ranges::sort(cluster_.trades);  // as they are numbered
  cluster_.connect();
  cluster_.advance_ms(1'000);
  std::vector<std::string> trades;
  for (const auto& line : cluster_.shards.lines) {
    if (line.starts_with("trade") || line.starts_with("gap")) trades.push_back(line);
  }
  EXPECT_THAT(trades, ElementsAre("trade 1", "trade 2", "trade 3", "trade 4"));
}

TEST_F(EdgeModelTest, TradesGoOnWhereTheStreamCannotBeRead) {
  begin();
  cluster_.say(testing::trade(*bitcoin_, 1));
  cluster_.answers = false;
  cluster_.say(testing::trade(*bitcoin_, 3));
  cluster_.advance_ms(15'000);
  EXPECT_THAT(cluster_.shards.lines, Contains("gap 2-2"));
  EXPECT_THAT(cluster_.shards.lines, Contains("trade 3"));
}

TEST_F(EdgeModelTest, BarsThatAreHeldAreAskedForByTheirSeries) {
  begin();
  cluster_.bar_demand.raise(bitcoin_->id, schemas::Interval::k5m);
  cluster_.advance_ms(50);
  EXPECT_EQ(cluster_.published["tickgate.v1.want.bars"],
            R"({"edge":"e1","series":[["KRAKEN:BTC-USD","5m"]]})");
  cluster_.published.clear();
  cluster_.advance_ms(4'900);
  EXPECT_THAT(cluster_.published, IsEmpty());
  cluster_.advance_ms(200);
  EXPECT_EQ(cluster_.published.size(), 1U);
  EXPECT_THAT(cluster_.subscribed,
              Contains(cluster_.subjects.bar("KRAKEN:BTC-USD", schemas::Interval::k5m)));
}

}  // namespace
}  // namespace tickgate::feeds
