// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "schemas/instrument.h"
#include "schemas/interval.h"
#include "schemas/tick.h"

namespace tickgate::feeds {

// A bar as a venue gives it. Of an interval without a trade some venues give none.
struct Candle {
  schemas::Timestamp start;
  schemas::Price open, high, low, close;
  schemas::Quantity volume;  // in the base currency
  std::uint64_t trades = schemas::Bar::kTradesUnknown;
};

// The bars that begin at `from` and later, and before `to`; both are starts of bars. With the one
// that is under way, if `to` is beyond it.
struct CandleRequest {
  schemas::InstrumentId instrument;
  schemas::Interval interval{};
  schemas::Timestamp from, to;
};

// What came of a request. The candles are of its range, aligned, in order, each once.
struct CandleAnswer {
  CandleRequest request;
  bool ok = false;                  // false: the venue refused, or did not answer in time
  std::span<const Candle> candles;  // during the call; as far back as the venue has any
  schemas::Timestamp received;      // the newest page
};

// Whom the bars ask for what was before them: the feed. On its thread.
class CandleAsker {
 public:
  virtual ~CandleAsker() = default;
  // False: the venue has none of this interval, or nobody can be asked now. True: exactly one
  // answer follows, later, never from within the call.
  virtual bool ask_candles(const CandleRequest& request) = 0;
};

// Whom the answers are for.
class CandleSink {
 public:
  virtual ~CandleSink() = default;
  virtual void on_candles(const CandleAnswer& answer) = 0;
};

}  // namespace tickgate::feeds
