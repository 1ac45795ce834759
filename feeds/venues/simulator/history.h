// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "feeds/adapter/candles.h"
#include "feeds/venues/simulator/listing.h"
#include "feeds/venues/simulator/walk.h"

namespace tickgate::feeds::simulator {

// The bars of one pair's made-up past: since the midnight (UTC) before the last. A function of
// seed, pair and time: each second goes from where the walk was at its begin to where it was at its
// end, and longer bars are those seconds put together. The market begins on the walk too, so what
// trades first follows the last bar. One thread.
class History {
 public:
  static constexpr std::int64_t kMostBars = 2'000;

  // `step`: every price is a multiple of it.
  History(const Walk& walk, const Listing& listing, std::int64_t step, std::uint64_t salt);

  // Of the request's range what there is at `now`, the bar under way last.
  std::vector<Candle> bars(const CandleRequest& request, schemas::Timestamp now) const;

 private:
  Candle bar(std::int64_t from, std::int64_t to) const;
  std::int64_t price(std::int64_t at) const;

  Walk walk_;
  std::int64_t home_, step_, most_size_;
  std::uint64_t price_decimals_, size_decimals_;
  std::uint64_t salt_;
};

}  // namespace tickgate::feeds::simulator
