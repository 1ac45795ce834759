// SPDX-License-Identifier: Apache-2.0
#include "feeds/venues/simulator/history.h"

#include <algorithm>

#include "feeds/venues/simulator/random.h"

namespace tickgate::feeds::simulator {
namespace {

using schemas::Interval;
using schemas::Timestamp;

constexpr std::int64_t kSecond = 1'000'000;

}  // namespace

History::History(const Walk& walk, const Listing& listing, std::int64_t step, std::uint64_t salt)
    : walk_(walk),
      home_(listing.price.mantissa / step * step),
      step_(step),
      most_size_(listing.most_size.mantissa),
      price_decimals_(listing.price.scale()),
      size_decimals_(listing.most_size.scale()),
      salt_(salt) {}

std::int64_t History::price(std::int64_t at, Walk::Lines& lines) const {
  return walk_.price(home_, Timestamp{at}, lines) / step_ * step_;
}

History::Draft History::begin(const CandleRequest& request, Timestamp now) {
  const auto today = schemas::start_of(now, Interval::k1d).value();
  Draft draft;
  draft.until_ = now;
  draft.length_ = schemas::length(request.interval);
  draft.at_ = std::max(today - schemas::length(Interval::k1d), request.from.value());
  draft.end_ = std::min(now.value(), request.to.value());
  if (draft.at_ < 0) draft.at_ = draft.end_;
  return draft;
}

bool History::go_on(Draft& draft, std::int64_t seconds) const {
  for (; seconds > 0 && draft.at_ < draft.end_; --seconds) {
    if (draft.trades_ == 0) {
      draft.from_ = draft.at_;
      draft.open_ = draft.high_ = draft.low_ = price(draft.at_, draft.lines_);
      draft.volume_ = 0;
    }
    add_second(draft);
    if (draft.at_ < draft.end_ && draft.at_ - draft.from_ < draft.length_) continue;
    draft.bars_.push_back(candle(draft));
    draft.trades_ = 0;
  }
  return draft.at_ >= draft.end_;
}

// Within a second the walk is a line, so its ends are its extremes.
void History::add_second(Draft& draft) const {
  const auto bits = scatter(salt_ ^ scatter(static_cast<std::uint64_t>(draft.at_ / kSecond)));
  draft.at_ = std::min(draft.at_ + kSecond, draft.end_);
  draft.close_ = price(draft.at_, draft.lines_);
  draft.high_ = std::max(draft.high_, draft.close_);
  draft.low_ = std::min(draft.low_, draft.close_);
  draft.trades_ += 1 + (bits & 3U);
  draft.volume_ += 1 + static_cast<std::int64_t>(
                           (bits >> 40U) * static_cast<std::uint64_t>(most_size_ / 8) >> 24U);
}

Candle History::candle(const Draft& draft) const {
  Candle candle;
  candle.start = Timestamp{draft.from_};
  candle.open = schemas::Price{{draft.open_, price_decimals_}};
  candle.high = schemas::Price{{draft.high_, price_decimals_}};
  candle.low = schemas::Price{{draft.low_, price_decimals_}};
  candle.close = schemas::Price{{draft.close_, price_decimals_}};
  candle.volume = schemas::Quantity{{draft.volume_, size_decimals_}};
  candle.trades = draft.trades_;
  return candle;
}

}  // namespace tickgate::feeds::simulator
