// SPDX-License-Identifier: Apache-2.0
#include "feeds/publish/tick_ring.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "schemas/json.h"

namespace tickgate::feeds {
namespace {

using namespace schemas;  // NOLINT: every tick type is used here

TickHeader header(std::uint32_t id, Channel channel, std::uint64_t sequence) {
  return {InstrumentId{id},    channel, 0, 0, SequenceNumber{sequence}, Timestamp{1'000'001},
          Timestamp{1'000'002}};
}

Price price(std::int64_t mantissa) { return Price{Decimal{mantissa, 1}}; }
Quantity size(std::int64_t mantissa) { return Quantity{Decimal{mantissa, 8}}; }

Book book_of(std::uint8_t bids, std::uint8_t asks, std::uint64_t sequence) {
  Book book;
  book.header = header(1, Channel::kBook, sequence);
  book.integrity = Integrity::kChecksum;
  book.bid_count = bids;
  book.ask_count = asks;
  for (std::uint8_t i = 0; i < bids; ++i) book.bids[i] = {price(1000 - i), size(i + 1)};
  for (std::uint8_t i = 0; i < asks; ++i) book.asks[i] = {price(1001 + i), size(i + 101)};
  return book;
}

// Writes each tick as the protocol has it: what arrives is compared as text, field by field.
struct Transcript {
  std::vector<std::string> lines;

  template <class Tick>
  void on_tick(const Tick& tick) {
    EXPECT_EQ(tick.header.channel, Tick::kChannel);
    append_json(lines.emplace_back(), tick, std::to_string(tick.header.instrument.value()));
  }
  void on_removed(const schemas::Instrument&, schemas::Timestamp) {}
  void on_epoch(const Epoch& epoch) { lines.emplace_back(epoch.name.view()); }
  void on_forgotten(const Forgotten& forgotten) {
    lines.push_back(std::string("forgotten ") + std::to_string(forgotten.instrument.value()) +
                    std::string(name(forgotten.channel)));
  }
  void on_trade_gap(const TradeGap& gap) {
    append_trade_gap(lines.emplace_back(), std::to_string(gap.instrument.value()), gap.from, gap.to,
                     name(gap.reason));
  }
  void on_instrument(const Instrument& instrument) { lines.push_back(instrument.symbol); }
};

TEST(TickRing, EveryKindOfTickArrivesAsItWasPushed) {
  InstrumentRegistry registry;
  const Instrument& instrument = registry.add("kraken", "BTC-USD");
  const Quote quote{header(7, Channel::kQuote, 1), price(10), price(11), size(2), size(3)};
  const Trade trade{header(7, Channel::kTrade, 2), price(10), size(1), Side::kSell,
                    std::string_view("id-9")};
  const Ticker ticker{
      header(7, Channel::kTicker, 3), price(1), price(2), price(3), price(4), size(5), true};
  const InstrumentStatus status{header(7, Channel::kStatus, 4),
                                State::kHalted,
                                State::kLive,
                                Timestamp{5},
                                Timestamp{6},
                                std::string_view("the venue says so"),
                                std::string_view(),
                                std::string_view("a note")};
  const TradeGap gap{InstrumentId{7}, SequenceNumber{3}, SequenceNumber{9}, GapReason::kFeedGap};
  const Book book = book_of(10, 3, 5);
  Bar bar;
  bar.header = header(7, Channel::kBar, 6);
  bar.interval = Interval::k4h;
  bar.closed = true;
  bar.start = Timestamp{14'400'000'000};
  bar.open = bar.low = price(1);
  bar.high = bar.close = price(2);
  bar.volume = size(3);
  bar.trades = 4;

  TickRing ring(8192);
  Transcript expected;
  const auto push = [&](const auto& tick) {
    EXPECT_TRUE(ring.push(tick));
    expected.on_tick(tick);
  };
  EXPECT_TRUE(ring.push(&instrument));
  expected.on_instrument(instrument);
  push(status);
  push(quote);
  push(trade);
  EXPECT_TRUE(ring.push(gap));
  expected.on_trade_gap(gap);
  push(book);
  push(ticker);
  push(bar);
  const Forgotten forgotten{InstrumentId{7}, Channel::kBook};
  EXPECT_TRUE(ring.push(forgotten));
  expected.on_forgotten(forgotten);
  const Epoch epoch{std::string_view("01JE8Q2V9K")};
  EXPECT_TRUE(ring.push(epoch));
  expected.on_epoch(epoch);

  Transcript received;
  EXPECT_EQ(ring.drain(received), 10U);
  EXPECT_EQ(received.lines, expected.lines);
  EXPECT_TRUE(ring.empty());
}

TEST(TickRing, BookTakesOnlyTheLevelsItHas) {
  TickRing ring(16384);
  ASSERT_TRUE(ring.push(book_of(0, 0, 1)));
  const auto empty = ring.used_bytes();
  ASSERT_TRUE(ring.push(book_of(10, 10, 2)));
  EXPECT_EQ(ring.used_bytes(), 2 * empty + 20 * sizeof(BookLevel));
  EXPECT_LT(empty, 80U);
}

TEST(TickRing, ShallowBookAfterADeepOneShowsNothingOfIt) {
  TickRing ring(16384);
  for (const auto& [bids, asks] : {std::pair{25, 25}, {1, 0}, {0, 2}, {0, 0}, {25, 1}}) {
    const auto book = book_of(static_cast<std::uint8_t>(bids), static_cast<std::uint8_t>(asks), 9);
    ASSERT_TRUE(ring.push(book));
    Transcript expected;
    expected.on_tick(book);
    Transcript received;
    ring.drain(received);
    EXPECT_EQ(received.lines, expected.lines);
  }
}

TEST(TickRing, FullRingRefusesAndTakesAgainAfterADrain) {
  TickRing ring(4096);
  std::size_t pushed = 0;
  const Quote quote{header(1, Channel::kQuote, 1), price(1), price(2), size(3), size(4)};
  while (ring.push(quote)) ++pushed;
  EXPECT_GT(pushed, 30U);
  Transcript received;
  EXPECT_EQ(ring.drain(received, 5), 5U);
  EXPECT_TRUE(ring.push(quote));
  EXPECT_EQ(ring.drain(received), pushed - 5 + 1);
}

TEST(TickRingDeathTest, MustHoldADeepBook) { EXPECT_DEATH(TickRing(1024), "broken invariant"); }

}  // namespace
}  // namespace tickgate::feeds
