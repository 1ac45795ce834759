// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>

#include "feeds/publish/epoch.h"
#include "feeds/publish/forgotten.h"
#include "schemas/check.h"
#include "schemas/instrument.h"
#include "schemas/tick.h"

namespace tickgate::feeds {

// An instrument is served no more, since `at`.
struct Removal {
  const schemas::Instrument* instrument = nullptr;
  schemas::Timestamp at;
};

// What a record of a ring is; it stands first in it. 8 bytes, so that what follows is aligned.
enum class TickTag : std::uint64_t {
  kQuote,
  kTrade,
  kBook,
  kTicker,
  kStatus,
  kBar,
  kTradeGap,
  kInstrument,
  kRemoval,
  kForgotten,
  kEpoch
};

// A book without its levels, which follow in the record: the bids, then the asks.
struct BookHead {
  schemas::TickHeader header;
  schemas::Integrity integrity{};
  std::uint8_t bid_count = 0;
  std::uint8_t ask_count = 0;
};
static_assert(std::is_trivially_copyable_v<BookHead>);

// Reads the records that TickRing::push made, also when they were kept elsewhere meanwhile. One
// thread's: a book is put together in it.
class TickReader {
 public:
  using Bytes = std::span<const std::byte>;

  // Calls that function of the sink which the record is for, as a TickSink has them. References are
  // valid during the call only, but for an instrument's.
  template <class Sink>
  void visit(Bytes record, Sink&& sink) {
    const auto tag = read<TickTag>(record.first(sizeof(TickTag)));
    const Bytes body = record.subspan(sizeof(TickTag));
    switch (tag) {
      case TickTag::kQuote:
        return sink.on_tick(read<schemas::Quote>(body));
      case TickTag::kTrade:
        return sink.on_tick(read<schemas::Trade>(body));
      case TickTag::kBook:
        read_book(body);
        return sink.on_tick(static_cast<const schemas::Book&>(book_));
      case TickTag::kTicker:
        return sink.on_tick(read<schemas::Ticker>(body));
      case TickTag::kStatus:
        return sink.on_tick(read<schemas::InstrumentStatus>(body));
      case TickTag::kBar:
        return sink.on_tick(read<schemas::Bar>(body));
      case TickTag::kTradeGap:
        return sink.on_trade_gap(read<schemas::TradeGap>(body));
      case TickTag::kInstrument:
        return sink.on_instrument(*read<const schemas::Instrument*>(body));
      case TickTag::kRemoval: {
        const auto removal = read<Removal>(body);
        return sink.on_removed(*removal.instrument, removal.at);
      }
      case TickTag::kForgotten:
        return sink.on_forgotten(read<Forgotten>(body));
      case TickTag::kEpoch:
        return sink.on_epoch(read<Epoch>(body));
    }
    TICKGATE_CHECK(false && "a record of no known kind");
  }

  // The instrument that this record announces; null: it is another one.
  static const schemas::Instrument* announced(Bytes record) {
    if (read<TickTag>(record.first(sizeof(TickTag))) != TickTag::kInstrument) return nullptr;
    return read<const schemas::Instrument*>(record.subspan(sizeof(TickTag)));
  }
  // The epoch that it names; nullopt: it is another one.
  static std::optional<Epoch> epoch(Bytes record) {
    if (read<TickTag>(record.first(sizeof(TickTag))) != TickTag::kEpoch) return std::nullopt;
    return read<Epoch>(record.subspan(sizeof(TickTag)));
  }

 private:
  template <class T>
  static T read(Bytes body) {
    static_assert(std::is_trivially_copyable_v<T>);
    T value;
    const auto place = std::as_writable_bytes(std::span<T, 1>(&value, 1));
    TICKGATE_CHECK(body.size() == place.size());
    std::memcpy(place.data(), body.data(), place.size());
    return value;
  }
  void read_book(Bytes body);

  schemas::Book book_;  // levels beyond its counts are of older books
};

}  // namespace tickgate::feeds
