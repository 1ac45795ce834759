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

std::int64_t History::price(std::int64_t at) const {
  return walk_.price(home_, Timestamp{at}) / step_ * step_;
}

// Within a second the walk is a line, so its ends are its extremes.
Candle History::bar(std::int64_t from, std::int64_t to) const {
  const auto open = price(from);
  auto high = open, low = open, close = open;
  std::int64_t volume = 0;
  std::uint64_t trades = 0;
  for (auto at = from; at < to; at += kSecond) {
    close = price(std::min(at + kSecond, to));
    high = std::max(high, close);
    low = std::min(low, close);
    const auto bits = scatter(salt_ ^ scatter(static_cast<std::uint64_t>(at / kSecond)));
    trades += 1 + (bits & 3U);
    volume += 1 + static_cast<std::int64_t>(
                      (bits >> 40U) * static_cast<std::uint64_t>(most_size_ / 8) >> 24U);
  }
  Candle candle;
  candle.start = Timestamp{from};
  candle.open = schemas::Price{{open, price_decimals_}};
  candle.high = schemas::Price{{high, price_decimals_}};
  candle.low = schemas::Price{{low, price_decimals_}};
  candle.close = schemas::Price{{close, price_decimals_}};
  candle.volume = schemas::Quantity{{volume, size_decimals_}};
  candle.trades = trades;
  return candle;
}

std::vector<Candle> History::bars(const CandleRequest& request, Timestamp now) const {
  const auto length = schemas::length(request.interval);
  const auto today = schemas::start_of(now, Interval::k1d).value();
  const auto begin = std::max(today - schemas::length(Interval::k1d), request.from.value());
  const auto end = std::min(now.value(), request.to.value());
  std::vector<Candle> out;
  for (auto at = begin; at < end && begin >= 0; at += length) {
    out.push_back(bar(at, std::min(at + length, now.value())));
  }
  return out;
}

}  // namespace tickgate::feeds::simulator
