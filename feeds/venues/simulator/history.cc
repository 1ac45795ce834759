// SPDX-License-Identifier: Apache-2.0
#include "feeds/venues/simulator/history.h"

#include <algorithm>

#include "feeds/venues/simulator/random.h"

namespace tickgate::feeds::simulator {
namespace {

using schemas::Interval;
using schemas::Timestamp;

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::uint64_t kMicro = 1'000'000;
// What one second adds fits behind it.
constexpr std::int64_t kMostVolume = INT64_MAX / 4;

// From half of it to one and a half.
std::uint64_t around(std::uint64_t mean, std::uint64_t bits24) {
  return mean / 2 + (mean * bits24 >> 24U);
}

}  // namespace

History::History(const Walk& walk, const Listing& listing, std::int64_t step, std::uint64_t salt,
                 std::uint64_t trades, std::optional<Activity> activity)
    : walk_(walk),
      home_(listing.price.mantissa / step * step),
      step_(step),
      most_size_(listing.most_size.mantissa),
      price_decimals_(listing.price.scale()),
      size_decimals_(listing.most_size.scale()),
      salt_(salt),
      trades_(trades),
      activity_(activity) {}

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
    add_second(draft);
    if (draft.at_ < draft.end_ && draft.at_ % draft.length_ != 0) continue;
    if (draft.trades_ > 0) draft.bars_.push_back(candle(draft));
    draft.trades_ = 0;
  }
  return draft.at_ >= draft.end_;
}

// Within a second the walk is a line, so its ends are its extremes.
void History::add_second(Draft& draft) const {
  const auto begin = draft.at_;
  const auto bits = scatter(salt_ ^ scatter(static_cast<std::uint64_t>(begin / kSecond)));
  draft.at_ = std::min(begin + kSecond, draft.end_);
  const auto trades = trades_in(begin, bits);
  if (trades == 0) return;
  if (draft.trades_ == 0) {
    draft.from_ = begin / draft.length_ * draft.length_;
    draft.open_ = draft.high_ = draft.low_ = price(begin, draft.lines_);
    draft.volume_ = 0;
  }
  draft.close_ = price(draft.at_, draft.lines_);
  draft.high_ = std::max(draft.high_, draft.close_);
  draft.low_ = std::min(draft.low_, draft.close_);
  draft.trades_ += static_cast<std::uint64_t>(trades);
  const auto mean = static_cast<std::uint64_t>(most_size_ / kTradesPerMostSize);
  const auto size = 1 + static_cast<std::int64_t>(around(mean, bits >> 40U));
  draft.volume_ = std::min(draft.volume_ + trades * size, kMostVolume);
}

// In one second: around the mean, and of what is left of it one by chance.
std::int64_t History::trades_in(std::int64_t second, std::uint64_t bits) const {
  const auto mean = activity_ ? trades_ / Activity::kUsual * activity_->at(second) : trades_;
  const auto wanted = around(mean, bits & 0xFFFFFFU);
  const auto chance = (bits >> 24U & 0xFFFFU) * kMicro >> 16U;
  return static_cast<std::int64_t>(wanted / kMicro + (chance < wanted % kMicro ? 1 : 0));
}

Day History::day(Timestamp now) const {
  constexpr auto kMinute = 60 * kSecond;
  Walk::Lines lines{};
  auto at = std::max<std::int64_t>(now.value() - schemas::length(Interval::k1d), 0);
  const auto first = price(at, lines);
  Day day{first, first, first, 0};
  for (; at <= now.value(); at += kMinute) {
    const auto then = price(at, lines);
    day.high = std::max(day.high, then);
    day.low = std::min(day.low, then);
  }
  const auto volume = static_cast<__int128>(most_size_ / kTradesPerMostSize) *
                      static_cast<std::int64_t>(trades_) * schemas::length(Interval::k1d) /
                      kSecond / kMicro;
  day.volume = static_cast<std::int64_t>(std::min<__int128>(volume, kMostVolume));
  return day;
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
