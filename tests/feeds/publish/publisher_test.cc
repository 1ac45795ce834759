// SPDX-License-Identifier: Apache-2.0
#include "feeds/publish/publisher.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/test_ticks.h"

namespace tickgate::feeds {
namespace {

using schemas::State;
using testing::book;
using testing::quote;
using testing::trade;

constexpr schemas::Timestamp kNow{1'700'000'000'000'000};

// Keeps what was published.
struct Published final : TickSink {
  void on_instrument(const schemas::Instrument&) override { ++instruments; }
  void on_tick(const schemas::Quote& tick) override { quotes.push_back(tick); }
  void on_tick(const schemas::Book& tick) override { books.push_back(tick); }
  void on_tick(const schemas::Trade& tick) override { trades.push_back(tick); }
  void on_tick(const schemas::Ticker& tick) override { tickers.push_back(tick); }
  void on_tick(const schemas::InstrumentStatus& tick) override { statuses.push_back(tick); }
  void on_tick(const schemas::Bar&) override {}
  void on_trade_gap(const schemas::TradeGap& gap) override { gaps.push_back(gap); }

  int instruments = 0;
  std::vector<schemas::Quote> quotes;
  std::vector<schemas::Book> books;
  std::vector<schemas::Trade> trades;
  std::vector<schemas::Ticker> tickers;
  std::vector<schemas::InstrumentStatus> statuses;
  std::vector<schemas::TradeGap> gaps;
};

class PublisherTest : public ::testing::Test {
 protected:
  PublisherTest() { publisher.announce(btc); }

  schemas::InstrumentRegistry registry;
  const schemas::Instrument& btc = registry.add("sim", "BTC-USD");
  Published out;
  Publisher publisher{out};
};

}  // namespace

TEST_F(PublisherTest, SequenceNumbersBeginAtOneAndHaveNoHoles) {
  publisher.set_state(btc.id, State::kLive, "", kNow);
  EXPECT_TRUE(publisher.publish(quote(btc, 99, "1.0")));
  EXPECT_TRUE(publisher.publish(quote(btc, 99, "2.0")));
  publisher.publish(trade(btc, 99));
  ASSERT_EQ(out.quotes.size(), 2U);
  EXPECT_EQ(out.quotes[0].header.sequence.value(), 1U);
  EXPECT_EQ(out.quotes[1].header.sequence.value(), 2U);
  EXPECT_EQ(out.trades[0].header.sequence.value(), 1U) << "each channel counts for itself";
}

TEST_F(PublisherTest, SameDigitsAreNotPublishedAgainAndOtherDigitsOfTheSameValueAre) {
  publisher.set_state(btc.id, State::kLive, "", kNow);
  EXPECT_TRUE(publisher.publish(quote(btc, 0, "1.0")));
  EXPECT_FALSE(publisher.publish(quote(btc, 0, "1.0")));
  EXPECT_TRUE(publisher.publish(quote(btc, 0, "1.00")));
  EXPECT_TRUE(publisher.publish(book(btc, 0, 3)));
  EXPECT_FALSE(publisher.publish(book(btc, 0, 3)));
  EXPECT_TRUE(publisher.publish(book(btc, 0, 2)));
}

TEST_F(PublisherTest, TheNewestOfWhatWasHeldBackComesBehindTheStatusThatLetsItPass) {
  publisher.set_state(btc.id, State::kLive, "", kNow);
  publisher.publish(book(btc, 0, 1));
  publisher.set_status(btc.id, {State::kRecovering, "crossed"}, {State::kRecovering, "crossed"}, "",
                       kNow);
  EXPECT_FALSE(publisher.publish(book(btc, 0, 2)));
  EXPECT_FALSE(publisher.publish(book(btc, 0, 3)));
  EXPECT_EQ(publisher.newest_book(btc.id)->bid_count, 3);
  EXPECT_EQ(out.books.size(), 1U);
  publisher.set_state(btc.id, State::kLive, "", kNow);
  ASSERT_EQ(out.books.size(), 2U);
  EXPECT_EQ(out.books[1].bid_count, 3);
  EXPECT_EQ(out.books[1].header.sequence.value(), 2U);
  publisher.set_state(btc.id, State::kClosed, "", kNow);
  EXPECT_FALSE(publisher.publish(quote(btc, 99, "1.0")));
  EXPECT_FALSE(publisher.publish(book(btc, 0, 1)));
  publisher.drop_held_book(btc.id);
  publisher.set_state(btc.id, State::kLive, "", kNow);
  EXPECT_EQ(out.books.size(), 2U) << "it is not what it has any more";
  EXPECT_EQ(out.quotes.size(), 1U);
}

TEST_F(PublisherTest, NoQuoteOrBookWhileItMustNotBeShown) {
  for (const auto state : {State::kDown, State::kRecovering, State::kClosed}) {
    publisher.set_state(btc.id, state, "why", kNow);
    EXPECT_FALSE(publisher.publish(quote(btc, 0)));
    EXPECT_FALSE(publisher.publish(book(btc, 0, 1)));
  }
  EXPECT_EQ(publisher.held_back(), 6U);
  EXPECT_TRUE(out.quotes.empty());
  publisher.publish(trade(btc, 0));
  EXPECT_EQ(out.trades.size(), 1U) << "a trade happened, whatever the book's state";
}

TEST_F(PublisherTest, StatusIsPublishedWhenStateOrReasonChangesAndSinceIsTheStates) {
  publisher.set_state(btc.id, State::kLive, "", kNow);
  publisher.set_state(btc.id, State::kLive, "", schemas::Timestamp{kNow.value() + 1});
  publisher.set_state(btc.id, State::kLive, "a note", schemas::Timestamp{kNow.value() + 2});
  publisher.set_state(btc.id, State::kStale, "", schemas::Timestamp{kNow.value() + 3});
  ASSERT_EQ(out.statuses.size(), 3U);
  EXPECT_EQ(out.statuses[1].since, kNow);
  EXPECT_EQ(out.statuses[2].since.value(), kNow.value() + 3);
}

TEST_F(PublisherTest, LostTradesTakeTheirSequenceNumbersWithThem) {
  publisher.publish(trade(btc, 0));
  publisher.lose_trades(btc.id, 3, schemas::GapReason::kFeedGap);
  publisher.publish(trade(btc, 0));
  ASSERT_EQ(out.gaps.size(), 1U);
  EXPECT_EQ(out.gaps[0].from.value(), 2U);
  EXPECT_EQ(out.gaps[0].to.value(), 4U);
  EXPECT_EQ(out.trades[1].header.sequence.value(), 5U);
}

TEST_F(PublisherTest, WhatIsRemovedCountsOnWhenItReturnsHereOrElsewhere) {
  SequenceMemory memory;
  Publisher first{out, Publisher::Numbers::kOurs, &memory};
  first.announce(btc);
  first.set_state(btc.id, State::kLive, "", kNow);
  first.publish(quote(btc, 0, "1.0"));
  first.publish(trade(btc, 0));
  first.remove(btc, kNow);
  EXPECT_EQ(first.cache().quote(btc.id), nullptr);
  EXPECT_TRUE(first.history().of(btc.id).empty());
  EXPECT_EQ(first.history().texts(), 0U);
  Publisher second{out, Publisher::Numbers::kOurs, &memory};
  for (Publisher* const one : {&first, &second}) {
    one->announce(btc);
    one->set_state(btc.id, State::kLive, "", kNow);
    EXPECT_EQ(out.statuses.back().header.sequence.value(), 3U) << "closed was the second";
    one->publish(quote(btc, 0, "1.0"));
    EXPECT_EQ(out.quotes.back().header.sequence.value(), 2U);
    one->publish(trade(btc, 0));
    EXPECT_EQ(out.trades.back().header.sequence.value(), 2U);
  }
}

}  // namespace tickgate::feeds
