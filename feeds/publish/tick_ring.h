// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

#include "feeds/publish/record_ring.h"
#include "schemas/instrument.h"
#include "schemas/tick.h"

namespace tickgate::feeds {

// An instrument is served no more, since `at`.
struct Removal {
  const schemas::Instrument* instrument = nullptr;
  schemas::Timestamp at;
};

// Ticks on their way from one feed thread to one shard: a record ring with types. A quote takes
// about 110 bytes of it, a book only the levels it has. Between a feed and a shard in one process
// only: the bytes are those of memory.
class TickRing {
 public:
  explicit TickRing(std::size_t capacity_bytes) : ring_(capacity_bytes) {
    TICKGATE_CHECK(ring_.max_record() >= sizeof(Tag) + sizeof(schemas::Book));
  }

  // Producer. False: full, and nothing was written. The caller marks a state tick dirty and comes
  // again with the newest; it counts a trade as lost and sends a TradeGap when there is room.
  [[nodiscard]] bool push(const schemas::Quote& quote) noexcept;
  [[nodiscard]] bool push(const schemas::Trade& trade) noexcept;
  [[nodiscard]] bool push(const schemas::Book& book) noexcept;
  [[nodiscard]] bool push(const schemas::Ticker& ticker) noexcept;
  [[nodiscard]] bool push(const schemas::InstrumentStatus& status) noexcept;
  [[nodiscard]] bool push(const schemas::Bar& bar) noexcept;
  [[nodiscard]] bool push(const schemas::TradeGap& gap) noexcept;
  // Announces an instrument, before its first tick. It lives as long as its registry.
  [[nodiscard]] bool push(const schemas::Instrument* instrument) noexcept;
  [[nodiscard]] bool push(const Removal& removal) noexcept;

  // Consumer. Calls sink.on_tick(), on_trade_gap(), on_instrument() or on_removed(), as a TickSink
  // has them, for each record there is at the call, at most `max`; returns how many. References are
  // valid during their call only, but for an instrument's.
  template <class Sink>
  std::size_t drain(Sink&& sink, std::size_t max = SIZE_MAX) {
    return ring_.drain([&](Bytes record) { visit(record, sink); }, max);
  }

  bool empty() const { return ring_.empty(); }                   // consumer
  std::size_t capacity() const { return ring_.capacity(); }      // any thread
  std::size_t used_bytes() const { return ring_.used_bytes(); }  // any thread, a glance

 private:
  using Bytes = RecordRing::Bytes;

  // What a record is; it stands first. 8 bytes, so that what follows is aligned.
  enum class Tag : std::uint64_t {
    kQuote,
    kTrade,
    kBook,
    kTicker,
    kStatus,
    kBar,
    kTradeGap,
    kInstrument,
    kRemoval
  };

  struct Announcement {
    const schemas::Instrument* instrument;
  };

  template <class T>
  bool push_plain(Tag tag, const T& value) noexcept;
  void read_book(Bytes body);

  template <class T>
  static T read(Bytes body) {
    static_assert(std::is_trivially_copyable_v<T>);
    TICKGATE_CHECK(body.size() == sizeof(T));
    T value;
    std::memcpy(&value, body.data(), sizeof(T));
    return value;
  }

  template <class Sink>
  void visit(Bytes record, Sink& sink) {
    const Tag tag = read<Tag>(record.first(sizeof(Tag)));
    const Bytes body = record.subspan(sizeof(Tag));
    switch (tag) {
      case Tag::kQuote:
        return sink.on_tick(read<schemas::Quote>(body));
      case Tag::kTrade:
        return sink.on_tick(read<schemas::Trade>(body));
      case Tag::kBook:
        read_book(body);
        return sink.on_tick(static_cast<const schemas::Book&>(book_));
      case Tag::kTicker:
        return sink.on_tick(read<schemas::Ticker>(body));
      case Tag::kStatus:
        return sink.on_tick(read<schemas::InstrumentStatus>(body));
      case Tag::kBar:
        return sink.on_tick(read<schemas::Bar>(body));
      case Tag::kTradeGap:
        return sink.on_trade_gap(read<schemas::TradeGap>(body));
      case Tag::kInstrument:
        return sink.on_instrument(*read<Announcement>(body).instrument);
      case Tag::kRemoval: {
        const auto removal = read<Removal>(body);
        return sink.on_removed(*removal.instrument, removal.at);
      }
    }
    TICKGATE_CHECK(false && "a record of no known kind");
  }

  RecordRing ring_;
  // Consumer's. A book is put together here; levels beyond its counts are of older books.
  schemas::Book book_;
};

}  // namespace tickgate::feeds
