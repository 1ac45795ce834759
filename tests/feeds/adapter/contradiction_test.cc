// SPDX-License-Identifier: Apache-2.0
#include "feeds/adapter/contradiction.h"

#include <gtest/gtest.h>

namespace tickgate::feeds {
namespace {

schemas::Price price(std::int64_t units) { return schemas::Price{{units, 0}}; }

// Milliseconds tell the time; a quote's ask is its bid and one.
class ContradictionTest : public ::testing::Test {
 protected:
  void quote(int at, std::int64_t bid, std::uint64_t id = 0) {
    quotes.heard(price(bid), price(bid + 1), time(at), id);
  }
  bool book(int at, std::int64_t bid, std::int64_t ask, std::uint64_t id = UINT64_MAX) {
    OrderBook book;
    book.set(BookSide::kBid, price(bid), schemas::Quantity{{1, 0}});
    book.set(BookSide::kAsk, price(ask), schemas::Quantity{{1, 0}});
    return quotes.convicts(book, time(at), id);
  }
  static schemas::Timestamp time(int at) { return schemas::Timestamp{1'000'000'000 + at * 1000}; }

  Contradiction quotes;
};

TEST_F(ContradictionTest, WithoutQuotesNothingIsKnown) {
  for (int at = 0; at < 5000; at += 100) EXPECT_FALSE(book(at, 1, 2));
  EXPECT_FALSE(quotes.knows());
}

TEST_F(ContradictionTest, ABookThatComesLateIsNoContradiction) {
  for (int at = 0; at < 20'000; at += 10) {
    quote(at, 100 + at / 10);
    if (at % 100 != 0 || at < 800) continue;
    EXPECT_FALSE(book(at, 20 + at / 10, 21 + at / 10)) << at;
  }
}

TEST_F(ContradictionTest, NeitherIsOneThatIsEarly) {
  std::int64_t bid = 100;
  for (int at = 0; at < 20'000; at += 100) {
    if (at % 3000 == 0) ++bid;
    if (at % 3000 >= 700) quote(at, bid);
    EXPECT_FALSE(book(at, bid, bid + 1)) << at;
  }
}

// Prices that never stand still, each told by the book first.
TEST_F(ContradictionTest, NorOneThatIsAlwaysAStepAhead) {
  for (int at = 0; at < 20'000; at += 50) {
    EXPECT_FALSE(book(at, 100 + at, 101 + at)) << at;
    quote(at + 1, 100 + at);
  }
  for (int at = 20'000; at < 40'000; at += 200) {  // or in bursts
    for (int i = 0; i < 4; ++i) EXPECT_FALSE(book(at, 100 + at + i, 101 + at + i)) << at;
    for (int i = 0; i < 4; ++i) quote(at + 1, 100 + at + i);
  }
}

TEST_F(ContradictionTest, OneThatLastsConvictsWhicheverSideItIsOn) {
  for (const auto& [bid, ask] : {std::pair(100, 105), std::pair(90, 101), std::pair(90, 105)}) {
    quotes.forget();
    int convicted = -1;
    for (int at = 0; at < 5000 && convicted < 0; at += 100) {
      quote(at, 100);
      if (book(at + 50, bid, ask)) convicted = at;
    }
    EXPECT_GT(convicted, 1000) << bid;
    EXPECT_LT(convicted, 1500) << bid;
  }
}

TEST_F(ContradictionTest, AChannelThatIsSilentProvesNothing) {
  quote(0, 100);
  for (int at = 0; at < 20'000; at += 100) EXPECT_FALSE(book(at, 110, 111)) << at;
  for (int at = 20'000; at < 40'000; at += 100) quote(at, 100);
  EXPECT_TRUE(book(40'000, 110, 111));
}

TEST_F(ContradictionTest, ABookWhoseIdsAreOlderThanTheQuotesIsLate) {
  for (int at = 0; at < 20'000; at += 100) {
    const auto id = static_cast<std::uint64_t>(1'000'000 + at);
    quote(at, 100 + at, id);
    EXPECT_FALSE(book(at, 20, 21, id - 5000)) << at;
  }
}

TEST_F(ContradictionTest, OneAbsurdIdOfAQuoteHidesNothingForLong) {
  quote(0, 100, UINT64_MAX);
  int convicted = 0;
  for (int at = 100; at < 6000; at += 100) {
    quote(at, 100, static_cast<std::uint64_t>(at));
    convicted += book(at, 110, 111, static_cast<std::uint64_t>(at)) ? 1 : 0;
  }
  EXPECT_GT(convicted, 0);
}

TEST_F(ContradictionTest, WhereTheBookMadeAnewContradictsAgainTheNextTimeIsEverLater) {
  int convicted = 0;
  for (int at = 0; at < 600'000; at += 100) {
    quote(at, 100);
    convicted += book(at, 110, 111) ? 1 : 0;
  }
  EXPECT_GT(convicted, 5);
  EXPECT_LT(convicted, 15);
}

TEST_F(ContradictionTest, AllowsWhatTheQuotesHadOfLate) {
  quote(0, 100);
  quote(500, 103);
  EXPECT_TRUE(quotes.allows(BookSide::kBid, price(101), time(600)));
  EXPECT_FALSE(quotes.allows(BookSide::kBid, price(99), time(600)));
  EXPECT_FALSE(quotes.allows(BookSide::kAsk, price(105), time(600)));
  EXPECT_TRUE(quotes.allows(BookSide::kAsk, price(104), time(60'000)));
  EXPECT_FALSE(quotes.allows(BookSide::kAsk, price(102), time(60'000)));  // long ago
}

}  // namespace
}  // namespace tickgate::feeds
