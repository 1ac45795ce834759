// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "feeds/publish/record_ring.h"
#include "feeds/publish/tick_reader.h"
#include "schemas/instrument.h"
#include "schemas/tick.h"

namespace tickgate::feeds {

// Ticks on their way from one feed thread to one shard: a record ring with types. A quote takes
// about 110 bytes of it, a book only the levels it has. Between a feed and a shard in one process
// only: the bytes are those of memory.
class TickRing {
 public:
  explicit TickRing(std::size_t capacity_bytes) : ring_(capacity_bytes) {
    TICKGATE_CHECK(ring_.max_record() >= sizeof(TickTag) + sizeof(schemas::Book));
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
  [[nodiscard]] bool push(const Forgotten& forgotten) noexcept;
  [[nodiscard]] bool push(const Epoch& epoch) noexcept;

  // Consumer. Calls the sink as TickReader::visit does, for each record there is at the call, at
  // most `max`; returns how many. References are valid during their call only, but for an
  // instrument's.
  template <class Sink>
  std::size_t drain(Sink&& sink, std::size_t max = SIZE_MAX) {
    return ring_.drain([&](Bytes record) { reader_.visit(record, sink); }, max);
  }
  // The same, the records as they lie there: consume(Bytes) for each, for a TickReader later. The
  // bytes are valid during the call only.
  template <class Consume>
  std::size_t drain_records(Consume&& consume, std::size_t max = SIZE_MAX) {
    return ring_.drain(consume, max);
  }

  bool empty() const { return ring_.empty(); }                   // consumer
  std::size_t capacity() const { return ring_.capacity(); }      // any thread
  std::size_t used_bytes() const { return ring_.used_bytes(); }  // any thread, a glance

 private:
  using Bytes = RecordRing::Bytes;

  template <class T>
  bool push_plain(TickTag tag, const T& value) noexcept;

  RecordRing ring_;
  TickReader reader_;  // consumer's
};

}  // namespace tickgate::feeds
