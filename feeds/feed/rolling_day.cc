// SPDX-License-Identifier: Apache-2.0
#include "feeds/feed/rolling_day.h"

#include <algorithm>

#include "schemas/decimal_sum.h"

namespace tickgate::feeds {
namespace {

using schemas::Timestamp;

constexpr std::int64_t kDay = schemas::length(schemas::Interval::k1d);
constexpr std::int64_t kStepLength = schemas::length(RollingDay::kStep);

// What no number can hold is left out.
void add_volume(schemas::Quantity& to, schemas::Quantity more) {
  if (const auto both = schemas::sum(to.value(), more.value())) to = schemas::Quantity{*both};
}

}  // namespace

std::size_t RollingDay::place(Timestamp start) {
  return static_cast<std::uint64_t>(start.value() / kStepLength) % kSteps;
}

Timestamp RollingDay::begin(Timestamp now) {
  return schemas::start_of(Timestamp{now.value() - kDay + kStepLength - 1}, kStep);
}

void RollingDay::add(const schemas::Trade& trade, Timestamp now) {
  const auto told = trade.header.venue_time;
  // Ahead of us is now.
  const auto time = told == schemas::kNoTime ? now : std::min(told, now);
  const auto start = schemas::start_of(time, kStep);
  if (start < begin(now)) return;
  Step& step = steps_[place(start)];
  if (step.start != start) {
    step = {start, time, time, trade.price, trade.price, trade.price, trade.price, trade.size};
    return;
  }
  if (time < step.opened) {
    step.opened = time;
    step.open = trade.price;
  }
  if (step.closed <= time) {
    step.closed = time;
    step.close = trade.price;
  }
  step.high = std::max(step.high, trade.price);
  step.low = std::min(step.low, trade.price);
  add_volume(step.volume, trade.size);
}

void RollingDay::replace(Timestamp from, Timestamp to, std::span<const Candle> candles) {
  for (Step& step : steps_) {
    if (from <= step.start && step.start < to) step = {};
  }
  for (const Candle& candle : candles) {
    Step& step = steps_[place(candle.start)];
    // The venue's beginning; what comes from now on is later than its close.
    step = {candle.start, candle.start, candle.start, candle.open,
            candle.high,  candle.low,   candle.close, candle.volume};
  }
  if (seen_from_ <= to) seen_from_ = std::min(seen_from_, from);
}

std::optional<RollingDay::Day> RollingDay::at(Timestamp now) const {
  const auto first = std::max(begin(now), seen_from_);
  std::optional<Day> day;
  for (auto at = schemas::start_of(first, kStep); at <= now;
       at = Timestamp{at.value() + kStepLength}) {
    const Step& step = steps_[place(at)];
    if (step.start != at) continue;
    if (!day) {
      day = {step.open, step.high, step.low, step.close, step.volume, first};
      continue;
    }
    day->high = std::max(day->high, step.high);
    day->low = std::min(day->low, step.low);
    day->last = step.close;
    add_volume(day->volume, step.volume);
  }
  return day;
}

}  // namespace tickgate::feeds
