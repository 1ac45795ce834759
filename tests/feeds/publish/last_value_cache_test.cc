// SPDX-License-Identifier: Apache-2.0
#include "feeds/publish/last_value_cache.h"

#include "gtest/gtest.h"

namespace tickgate::feeds {
namespace {

using schemas::Book;
using schemas::Decimal;
using schemas::InstrumentId;
using schemas::Price;

template <class Tick>
Tick tick_of(std::uint32_t id, std::uint64_t sequence) {
  Tick tick;
  tick.header.instrument = InstrumentId{id};
  tick.header.channel = Tick::kChannel;
  tick.header.sequence = schemas::SequenceNumber{sequence};
  return tick;
}

// What the cache holds of a channel, whatever its type.
template <class Tick>
const Tick* find(const LastValueCache& cache, InstrumentId id) {
  if constexpr (std::is_same_v<Tick, schemas::Quote>) return cache.quote(id);
  if constexpr (std::is_same_v<Tick, schemas::Ticker>) return cache.ticker(id);
  if constexpr (std::is_same_v<Tick, schemas::InstrumentStatus>) return cache.status(id);
  if constexpr (std::is_same_v<Tick, schemas::Trade>) return cache.trade(id);
  if constexpr (std::is_same_v<Tick, Book>) return cache.book(id);
}

template <class Tick>
class LastValueCacheOf : public testing::Test {};
using Ticks = testing::Types<schemas::Quote, schemas::Ticker, schemas::InstrumentStatus,
                             schemas::Trade, Book>;
TYPED_TEST_SUITE(LastValueCacheOf, Ticks);

TYPED_TEST(LastValueCacheOf, NothingUntilTheFirst) {
  LastValueCache cache;
  EXPECT_EQ(find<TypeParam>(cache, InstrumentId{0}), nullptr);
  cache.apply(tick_of<TypeParam>(5, 1));
  EXPECT_EQ(find<TypeParam>(cache, InstrumentId{4}), nullptr);
  EXPECT_EQ(find<TypeParam>(cache, InstrumentId{6}), nullptr);
  EXPECT_NE(find<TypeParam>(cache, InstrumentId{5}), nullptr);
}

TYPED_TEST(LastValueCacheOf, NewestReplacesTheOneBefore) {
  LastValueCache cache;
  cache.apply(tick_of<TypeParam>(5, 1));
  cache.apply(tick_of<TypeParam>(50'000, 7));
  cache.apply(tick_of<TypeParam>(5, 3));
  EXPECT_EQ(find<TypeParam>(cache, InstrumentId{5})->header.sequence.value(), 3U);
  EXPECT_EQ(find<TypeParam>(cache, InstrumentId{50'000})->header.sequence.value(), 7U);
}

TEST(LastValueCache, ChannelsAreApart) {
  LastValueCache cache;
  cache.apply(tick_of<schemas::Quote>(2, 1));
  EXPECT_EQ(cache.ticker(InstrumentId{2}), nullptr);
  EXPECT_EQ(cache.status(InstrumentId{2}), nullptr);
  EXPECT_EQ(cache.trade(InstrumentId{2}), nullptr);
  EXPECT_EQ(cache.book(InstrumentId{2}), nullptr);
}

TEST(LastValueCache, OneChannelIsForgottenByItself) {
  LastValueCache cache;
  cache.apply(tick_of<schemas::Quote>(1, 1));
  cache.apply(tick_of<Book>(1, 1));
  cache.apply(tick_of<schemas::Ticker>(1, 1));
  cache.apply(tick_of<schemas::Quote>(2, 1));
  cache.forget(InstrumentId{1}, schemas::Channel::kQuote);
  EXPECT_EQ(cache.quote(InstrumentId{1}), nullptr);
  EXPECT_NE(cache.quote(InstrumentId{2}), nullptr);
  cache.forget(InstrumentId{1}, schemas::Channel::kBook);
  EXPECT_EQ(cache.book(InstrumentId{1}), nullptr);
  EXPECT_NE(cache.ticker(InstrumentId{1}), nullptr);
  cache.forget(InstrumentId{9}, schemas::Channel::kBook);  // never seen
}

TEST(LastValueCache, BookIsReplacedWithItsLevels) {
  LastValueCache cache;
  auto deep = tick_of<Book>(1, 1);
  deep.bid_count = deep.ask_count = Book::kMaxDepth;
  for (std::size_t i = 0; i < Book::kMaxDepth; ++i) {
    deep.bids[i].price = deep.asks[i].price = Price{Decimal{static_cast<std::int64_t>(i), 2}};
  }
  cache.apply(deep);
  const Book* kept = cache.book(InstrumentId{1});
  ASSERT_EQ(kept->bid_levels().size(), Book::kMaxDepth);
  EXPECT_EQ(kept->ask_levels()[24].price.value().mantissa, 24);

  auto shallow = tick_of<Book>(1, 2);
  shallow.integrity = schemas::Integrity::kSequence;
  shallow.bid_count = 1;
  shallow.bids[0].price = Price{Decimal{77, 2}};
  cache.apply(shallow);
  kept = cache.book(InstrumentId{1});
  EXPECT_EQ(kept->header.sequence.value(), 2U);
  EXPECT_EQ(kept->integrity, schemas::Integrity::kSequence);
  ASSERT_EQ(kept->bid_levels().size(), 1U);
  EXPECT_EQ(kept->bid_levels()[0].price.value().mantissa, 77);
  EXPECT_TRUE(kept->ask_levels().empty());
}

TEST(LastValueCache, FiftyThousandInstrumentsStayCheap) {
  EXPECT_LE(sizeof(schemas::Quote), 112U);
  EXPECT_LE(sizeof(schemas::Quote) + sizeof(schemas::Ticker) + sizeof(schemas::Trade) +
                sizeof(schemas::InstrumentStatus),
            640U);
}

}  // namespace
}  // namespace tickgate::feeds
