// SPDX-License-Identifier: Apache-2.0
#include "feeds/adapter/order_book.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <vector>

namespace tickgate::feeds {
namespace {

using schemas::BookLevel;
using schemas::Decimal;
using schemas::Price;
using schemas::Quantity;

Price price(std::string_view text) { return Price{*schemas::parse_decimal(text)}; }
Quantity size(std::string_view text) { return Quantity{*schemas::parse_decimal(text)}; }

// What the order book must equal: a map by value.
struct Reference {
  std::map<Decimal, BookLevel> bids, asks;

  void set(BookSide side, Price p, Quantity s) {
    auto& levels = side == BookSide::kBid ? bids : asks;
    levels.erase(p.value());
    if (!s.value().is_zero()) levels[p.value()] = {p, s};
  }
  void truncate(std::size_t depth) {
    while (bids.size() > depth) bids.erase(bids.begin());
    while (asks.size() > depth) asks.erase(std::prev(asks.end()));
  }
};

bool same(const BookLevel& a, const BookLevel& b) {
  return a.price.value().identical(b.price.value()) && a.size.value().identical(b.size.value());
}

void expect_equal(const OrderBook& book, const Reference& reference) {
  ASSERT_EQ(book.depth(BookSide::kBid), reference.bids.size());
  ASSERT_EQ(book.depth(BookSide::kAsk), reference.asks.size());
  std::size_t i = 0;
  for (auto it = reference.bids.rbegin(); it != reference.bids.rend(); ++it, ++i) {
    ASSERT_TRUE(same(book.level(BookSide::kBid, i), it->second)) << i;
  }
  i = 0;
  for (const auto& [value, level] : reference.asks) {
    ASSERT_TRUE(same(book.level(BookSide::kAsk, i++), level)) << i;
  }
  const bool crossed = !reference.bids.empty() && !reference.asks.empty() &&
                       reference.bids.rbegin()->first >= reference.asks.begin()->first;
  ASSERT_EQ(book.crossed(), crossed);
}

}  // namespace

TEST(OrderBook, EqualsAMapByValueWhateverHappens) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    std::mt19937 random(seed);
    OrderBook book;
    Reference reference;
    for (int step = 0; step < 500; ++step) {
      const auto side = random() % 2 == 0 ? BookSide::kBid : BookSide::kAsk;
      // one value in up to three texts: 12, 12.0, 12.00
      Decimal value{static_cast<std::int64_t>(random() % 40 + 1), 0};
      for (auto zeros = random() % 3; zeros > 0; --zeros)
        value = {value.mantissa * 10, ++value.decimals};
      const Quantity amount{{static_cast<std::int64_t>(random() % 3), 1}};
      book.set(side, Price{value}, amount);
      reference.set(side, Price{value}, amount);
      if (random() % 50 == 0) {
        const auto depth = random() % 20;
        book.truncate(depth);
        reference.truncate(depth);
      }
      expect_equal(book, reference);
    }
    book.clear();
    expect_equal(book, {});
  }
}

TEST(OrderBook, ManyChangesAtOnceAreThoseOneByOne) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    std::mt19937 random(seed);
    const unsigned range = seed % 2 == 0 ? 40 : 2000;  // crowded, and sparse
    OrderBook book;
    Reference reference;
    for (int round = 0; round < 200; ++round) {
      const auto side = random() % 2 == 0 ? BookSide::kBid : BookSide::kAsk;
      std::map<std::int64_t, BookLevel> changes;  // by rising price
      for (auto count = random() % 30; count > 0; --count) {
        const auto cents = static_cast<std::int64_t>(1 + random() % range);
        const auto lots = static_cast<std::int64_t>(random() % 3);
        const bool long_text = random() % 2 == 0;
        changes[cents] = {Price{long_text ? Decimal{cents * 100, 4} : Decimal{cents, 2}},
                          Quantity{{lots, 1}}};
      }
      std::vector<BookLevel> list;
      for (const auto& [cents, change] : changes) list.push_back(change);
      if (side == BookSide::kBid) std::reverse(list.begin(), list.end());
      if (round % 10 == 0) std::shuffle(list.begin(), list.end(), random);
      book.apply(side, list);
      for (const auto& change : list) reference.set(side, change.price, change.size);
      expect_equal(book, reference);
    }
  }
}

TEST(OrderBook, OfOnePriceTwiceAmongManyChangesTheLastCounts) {
  OrderBook book;
  const std::vector<BookLevel> changes = {{price("5"), size("1")}, {price("4"), size("1")},
                                          {price("4"), size("0")}, {price("3"), size("1")},
                                          {price("2"), size("1")}, {price("2"), size("7")}};
  book.apply(BookSide::kBid, changes);
  ASSERT_EQ(book.depth(BookSide::kBid), 3U);
  EXPECT_EQ(book.level(BookSide::kBid, 2).size, size("7"));
}

TEST(OrderBook, OnePriceInTwoTextsIsOneLevelWithTheLastDigits) {
  OrderBook book;
  book.set(BookSide::kBid, price("65239"), size("1.00"));
  book.set(BookSide::kBid, price("65239.0"), size("2.000"));
  ASSERT_EQ(book.depth(BookSide::kBid), 1U);
  EXPECT_TRUE(same(book.level(BookSide::kBid, 0), {price("65239.0"), size("2.000")}));
  book.set(BookSide::kBid, price("65239.000"), size("0.00000000"));
  EXPECT_EQ(book.depth(BookSide::kBid), 0U);
}

TEST(OrderBook, RemovingWhatIsNotThereIsNothing) {
  OrderBook book;
  book.set(BookSide::kAsk, price("1"), size("0"));
  EXPECT_EQ(book.depth(BookSide::kAsk), 0U);
}

TEST(OrderBook, WritesTheTopBestFirst) {
  OrderBook book;
  for (int i = 1; i <= 30; ++i) {
    book.set(BookSide::kBid, Price{{i, 0}}, size("1"));
    book.set(BookSide::kAsk, Price{{100 + i, 0}}, size("2"));
  }
  schemas::Book tick;
  book.write_top(tick);
  EXPECT_EQ(tick.bid_count, schemas::Book::kMaxDepth);
  EXPECT_EQ(tick.bid_levels().front().price, price("30"));
  EXPECT_EQ(tick.bid_levels().back().price, price("6"));
  EXPECT_EQ(tick.ask_levels().front().price, price("101"));
  EXPECT_EQ(tick.ask_levels().back().price, price("125"));
  book.write_top(tick, 3);
  EXPECT_EQ(tick.ask_count, 3);
  EXPECT_EQ(tick.ask_levels().back().price, price("103"));
}

TEST(OrderBook, TheBestOfAnEmptySideIsZero) {
  OrderBook book;
  book.set(BookSide::kBid, price("1.5"), size("2"));
  schemas::Quote quote;
  quote.ask = price("9");
  book.write_best(quote);
  EXPECT_EQ(quote.bid, price("1.5"));
  EXPECT_EQ(quote.bid_size, size("2"));
  EXPECT_TRUE(quote.ask.value().is_zero());
  EXPECT_TRUE(quote.ask_size.value().is_zero());
}

TEST(OrderBook, BestBidAtTheBestAskIsCrossed) {
  OrderBook book;
  book.set(BookSide::kBid, price("5.0"), size("1"));
  EXPECT_FALSE(book.crossed());
  book.set(BookSide::kAsk, price("5.01"), size("1"));
  EXPECT_FALSE(book.crossed());
  book.set(BookSide::kAsk, price("5"), size("1"));
  EXPECT_TRUE(book.crossed());
}

}  // namespace tickgate::feeds
