// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "feeds/adapter/candles.h"
#include "feeds/venues/simulator/activity.h"
#include "feeds/venues/simulator/listing.h"
#include "feeds/venues/simulator/walk.h"

namespace tickgate::feeds::simulator {

// The figures of a day. Mantissas.
struct Day {
  std::int64_t open, high, low, volume;
};

// The bars of one pair's made-up past: since the midnight (UTC) before the last. A function of
// seed, pair and time: each second goes from where the walk was at its begin to where it was at its
// end, and longer bars are those seconds put together; in a slow pair there are seconds without a
// trade, of which nothing is known. The market begins on the walk too, and trades as much as there
// was traded before, so what trades first follows the last bar. One thread.
class History {
 public:
  static constexpr std::int64_t kMostBars = 2'000;

  // The bars of a request as they are made up.
  class Draft {
   public:
    const std::vector<Candle>& bars() const { return bars_; }
    // Up to when they are.
    schemas::Timestamp until() const { return until_; }

   private:
    friend class History;
    std::vector<Candle> bars_;
    schemas::Timestamp until_;
    std::int64_t length_ = 1;                                              // of a bar
    std::int64_t at_ = 0, end_ = 0;                                        // what is to come
    std::int64_t from_ = 0;                                                // of the bar under way,
    std::int64_t open_ = 0, high_ = 0, low_ = 0, close_ = 0, volume_ = 0;  // and what is in it
    std::uint64_t trades_ = 0;
    Walk::Lines lines_{};
  };

  // `step`: every price is a multiple of it. `trades`: so many in a million seconds, on average;
  // without an activity at any time alike.
  History(const Walk& walk, const Listing& listing, std::int64_t step, std::uint64_t salt,
          std::uint64_t trades, std::optional<Activity> activity = std::nullopt);

  // Of the request's range what there is at `now`, the bar under way last: empty as yet.
  static Draft begin(const CandleRequest& request, schemas::Timestamp now);
  // Goes on with it, so many seconds of the past at most. False: there are more to come.
  bool go_on(Draft& draft, std::int64_t seconds) const;
  // The last 24 hours, roughly: by a look each minute.
  Day day(schemas::Timestamp now) const;

 private:
  void add_second(Draft& draft) const;
  std::int64_t trades_in(std::int64_t second, std::uint64_t bits) const;
  Candle candle(const Draft& draft) const;
  std::int64_t price(std::int64_t at, Walk::Lines& lines) const;

  Walk walk_;
  std::int64_t home_, step_, most_size_;
  std::uint64_t price_decimals_, size_decimals_;
  std::uint64_t salt_;
  std::uint64_t trades_;  // in a million seconds
  std::optional<Activity> activity_;
};

}  // namespace tickgate::feeds::simulator
