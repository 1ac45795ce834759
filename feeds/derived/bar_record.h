// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "schemas/decimal_sum.h"
#include "schemas/tick.h"

namespace tickgate::feeds {

// A bar as a series holds it. Times are microseconds of the venue's clock.
struct BarRecord {
  std::int64_t start = 0;
  std::int64_t first = 0, last = 0;  // of the trades that are its open and its close
  schemas::Decimal open, high, low, close, volume;
  std::uint64_t trades = 0;      // or Bar::kTradesUnknown
  std::uint64_t sequence = 0;    // of what was said of it last
  bool closed = false;           // that it closed was said
  bool changed = false;          // since then
  bool carried_changed = false;  // and so what bars without a trade behind it carry
  bool lost = false;             // not all trades of it were seen
  bool lost_behind = false;      // nor all between it and the next one
  bool provisional = false;      // made of the venue's row of a bar under way
  bool final_row = false;        // the venue's, of a bar that has ended: no trade is missing in it

  void begin(std::int64_t at, std::int64_t time, const schemas::Decimal& price,
             const schemas::Decimal& size) {
    start = at;
    first = last = time;
    open = high = low = close = price;
    volume = size;
    trades = 1;
  }

  // The earliest trade is the open and the latest the close, of equal times the one that came first
  // and the one that came last. A volume of too many digits stays as it is, and is not whole.
  void add(std::int64_t time, const schemas::Decimal& price, const schemas::Decimal& size) {
    if (price > high) high = price;
    if (price < low) low = price;
    if (time < first) [[unlikely]] {
      first = time;
      open = price;
    }
    if (time >= last) [[likely]] {
      last = time;
      close = price;
    }
    if (const auto sum = schemas::sum(volume, size)) [[likely]] {
      volume = *sum;
    } else {
      lost = true;
    }
    if (trades != schemas::Bar::kTradesUnknown) ++trades;
  }
};
static_assert(sizeof(BarRecord) == 128, "the table of memory in the README says so");

}  // namespace tickgate::feeds
