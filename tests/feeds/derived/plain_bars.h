// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

#include "feeds/adapter/candles.h"
#include "schemas/decimal.h"
#include "schemas/interval.h"
#include "schemas/tick.h"

namespace tickgate::feeds {

// A trade, in the order of arrival.
struct PlainTrade {
  std::int64_t time = 0;
  std::int64_t price = 0, size = 0;  // hundredths
  bool after_loss = false;           // trades were lost between the one before it and this
  bool first = false;                // of a block: all before it came before it
};

// Bars made anew from all trades, each time: as slow and as plain as can be.
class PlainBars {
 public:
  explicit PlainBars(schemas::Interval interval) : interval_(interval) {}

  static std::vector<schemas::Bar> of(std::vector<PlainTrade> trades, schemas::Interval interval) {
    std::stable_sort(trades.begin(), trades.end(),
                     [](const auto& a, const auto& b) { return a.time < b.time; });
    std::map<std::int64_t, std::vector<PlainTrade>> by_start;
    for (const auto& trade : trades) by_start[start_of(trade.time, interval)].push_back(trade);
    std::vector<schemas::Bar> bars;
    for (const auto& [start, members] : by_start) bars.push_back(bar_of(start, members, interval));
    return bars;
  }

  // Of trades in order of arrival, and with what is incomplete: the bar of the first, and all that
  // touch a loss.
  std::vector<schemas::Bar> seen(const std::vector<PlainTrade>& trades) const {
    auto bars = of(trades, interval_);
    for (auto& bar : bars) bar.complete = !is_lost(bar.start.value(), trades);
    return bars;
  }
  bool is_lost(std::int64_t start, const std::vector<PlainTrade>& trades) const {
    const auto end = start + schemas::length(interval_);
    if (trades.empty() || start <= start_of(trades[0].time, interval_)) return true;
    for (std::size_t i = 1; i < trades.size(); ++i) {
      const auto [from, to] = std::minmax(trades[i - 1].time, trades[i].time);
      if (trades[i].after_loss && start <= to && end > from) return true;
    }
    return false;
  }

  static std::int64_t start_of(std::int64_t time, schemas::Interval interval) {
    return schemas::start_of(schemas::Timestamp{time}, interval).value();
  }

 private:
  static schemas::Bar bar_of(std::int64_t start, const std::vector<PlainTrade>& trades,
                             schemas::Interval interval) {
    schemas::Bar bar;
    bar.interval = interval;
    bar.start = schemas::Timestamp{start};
    std::int64_t high = INT64_MIN;
    std::int64_t low = INT64_MAX;
    std::int64_t volume = 0;
    for (const auto& trade : trades) {
      high = std::max(high, trade.price);
      low = std::min(low, trade.price);
      volume += trade.size;
    }
    const auto price = [](std::int64_t hundredths) { return schemas::Price{{hundredths, 2}}; };
    bar.open = price(trades.front().price);
    bar.close = price(trades.back().price);
    bar.high = price(high);
    bar.low = price(low);
    bar.volume = schemas::Quantity{{volume, 2}};
    bar.trades = trades.size();
    return bar;
  }

  schemas::Interval interval_;
};

}  // namespace tickgate::feeds
