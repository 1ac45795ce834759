// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "schemas/decimal_sum.h"
#include "schemas/tick.h"

namespace tickgate::feeds {

// A bar as a series holds it. Times are microseconds of the venue's clock.
struct BarRecord {
  // In the order in which add() needs them: see BarSeries. The open it needs for a late trade.
  std::int64_t start = 0;
  std::int64_t first = 0, last = 0;  // of the trades that are its open and its close
  std::uint64_t trades = 0;          // or Bar::kTradesUnknown
  std::uint64_t sequence = 0;        // of what was said of it last
  bool closed = false;               // that it closed was said
  bool changed = false;              // since then
  bool carried_changed = false;      // and so what bars without a trade behind it carry
  bool lost = false;                 // not all trades of it were seen
  bool lost_behind = false;          // nor all between it and the next one
  bool provisional = false;          // made of the venue's row of a bar under way
  bool final_row = false;  // the venue's, of a bar that has ended: no trade is missing in it
  schemas::Decimal high, low, close, volume, open;

  static BarRecord of(std::int64_t start, std::int64_t time, const schemas::Decimal& price,
                      const schemas::Decimal& size) {
    BarRecord record;
    record.start = start;
    record.first = record.last = time;
    record.open = record.high = record.low = record.close = price;
    record.volume = size;
    record.trades = 1;
    return record;
  }

  // Trades that came later than all of these, whenever they were made.
  // The earliest trade is the open and the latest the close, of equal times the one that came first
  // and the one that came last. A volume of too many digits stays as it is, and is not whole.
  [[gnu::always_inline]] void add(const BarRecord& later) {
    if (later.high > high) high = later.high;
    if (later.low < low) low = later.low;
    if (later.first < first) [[unlikely]] {
      first = later.first;
      open = later.open;
    }
    if (later.last >= last) [[likely]] {
      last = later.last;
      close = later.close;
    }
    if (const auto sum = schemas::sum(volume, later.volume)) [[likely]] {
      volume = *sum;
      lost |= later.lost;
    } else {
      lost = true;
    }
    if (trades != schemas::Bar::kTradesUnknown) trades += later.trades;
  }
};
static_assert(sizeof(BarRecord) == 128, "the table of memory in the README says so");

}  // namespace tickgate::feeds
