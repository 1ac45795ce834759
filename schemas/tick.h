// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include "schemas/decimal.h"
#include "schemas/ids.h"
#include "schemas/interval.h"

namespace tickgate::schemas {

// Every tick is trivially copyable, so that it can travel through a ring by memcpy. Every tick but
// a trade is complete: it replaces the one before it, and losing one costs freshness only.

struct TickHeader {
  InstrumentId instrument;
  Channel channel{};
  // Of a consolidated quote: whose side it is, as a place in Instrument::sources, from 1; 0 of a
  // side that is empty, and of all other ticks. They stand in what would be padding.
  std::uint8_t bid_venue = 0, ask_venue = 0;
  SequenceNumber sequence;        // given by the publisher
  Timestamp venue_time{kNoTime};  // the venue's clock
  Timestamp receive_time;         // our clock, when the bytes were read
};

// Best bid and best ask. A side without orders has price and size zero.
struct Quote {
  static constexpr Channel kChannel = Channel::kQuote;
  TickHeader header;
  Price bid, ask;
  Quantity bid_size, ask_size;
};

struct BookLevel {
  Price price;
  Quantity size;
};

// The top of an order book, best first, both sides whole.
struct Book {
  static constexpr Channel kChannel = Channel::kBook;
  static constexpr std::size_t kMaxDepth = 25;
  TickHeader header;
  Integrity integrity{};
  std::uint8_t bid_count = 0;  // 0..kMaxDepth
  std::uint8_t ask_count = 0;
  std::array<BookLevel, kMaxDepth> bids, asks;

  std::span<const BookLevel> bid_levels() const { return {bids.data(), bid_count}; }
  std::span<const BookLevel> ask_levels() const { return {asks.data(), ask_count}; }
};

// A fixed-size text, cut at N bytes, so that ticks stay trivially copyable.
template <std::size_t N>
struct SmallText {
  std::uint8_t length = 0;
  std::array<char, N> bytes;

  static_assert(N < 256);
  SmallText() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): a text is a text
  SmallText(std::string_view text)
      : length(static_cast<std::uint8_t>(text.size() < N ? text.size() : N)) {
    for (std::size_t i = 0; i < length; ++i) bytes[i] = text[i];
  }
  std::string_view view() const { return {bytes.data(), length}; }
};

// One execution. Events: their sequence has no holes unless something was really lost.
struct Trade {
  static constexpr Channel kChannel = Channel::kTrade;
  TickHeader header;
  Price price;
  Quantity size;
  Side side{};       // the aggressor's
  SmallText<39> id;  // the venue's; empty when it gives none
};

// The trades from..to (sequence numbers, inclusive) will never come. Sent before the next trade.
struct TradeGap {
  InstrumentId instrument;
  SequenceNumber from, to;
  GapReason reason{};
};

// Rolling 24 hours. A field the venue does not give is absent (has_* false), and null on the wire.
struct Ticker {
  static constexpr Channel kChannel = Channel::kTicker;
  TickHeader header;
  Price last, open, high, low;
  Quantity volume;  // in the base currency
  bool has_open = false;
  Timestamp since{kNoTime};  // of fields that are ours: where their window begins; else absent
};

// Open, high, low, close over an interval. One series an instrument and interval, and sequence
// numbers of its own each. A bar without a trade has the close before it four times, and no volume.
struct Bar {
  static constexpr Channel kChannel = Channel::kBar;
  static constexpr std::uint64_t kTradesUnknown = UINT64_MAX;  // the venue does not say

  TickHeader header;
  Interval interval{};
  bool closed = false;     // it has just ended: said once of each
  bool corrected = false;  // it had ended before
  bool complete = true;    // no trade of it is known to be lost
  Timestamp start;
  Price open, high, low, close;
  Quantity volume;
  std::uint64_t trades = 0;
  std::uint64_t ordinal = 0;  // ends and corrections in its series before it; none may be missed
};

// What may be shown of an instrument. The state is that of its quote and its book together, the
// worse of the two: whoever shows a book goes by it. The quote's own may be better, at a venue
// whose quotes are not made of its books: whoever shows no book goes by that (without_book()).
struct InstrumentStatus {
  static constexpr Channel kChannel = Channel::kStatus;
  TickHeader header;
  State state{State::kDown};
  State quote_state{State::kDown};
  Timestamp since;  // when each began, our clock
  Timestamp quote_since;
  SmallText<95> reason;  // for people; empty when there is nothing to say
  SmallText<63> quote_reason;
  SmallText<63> note;  // beside "live": what is missing or not known yet
};

// The same, as it concerns whoever shows no book.
inline InstrumentStatus without_book(InstrumentStatus status) {
  status.state = status.quote_state;
  status.since = status.quote_since;
  status.reason = status.quote_reason.view();
  return status;
}

static_assert(std::is_trivially_copyable_v<Quote> && std::is_trivially_copyable_v<Book> &&
              std::is_trivially_copyable_v<Trade> && std::is_trivially_copyable_v<Ticker> &&
              std::is_trivially_copyable_v<Bar> && std::is_trivially_copyable_v<InstrumentStatus> &&
              std::is_trivially_copyable_v<TradeGap>);

}  // namespace tickgate::schemas
