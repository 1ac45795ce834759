// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "feeds/derived/bar_series.h"

namespace tickgate::feeds {

using schemas::Bar;

Bar BarSeries::bar_of(const BarRecord& record) const {
  Bar bar;
  bar.header.instrument = instrument_;
  bar.header.channel = schemas::Channel::kBar;
  bar.header.sequence = schemas::SequenceNumber{record.sequence};
  bar.interval = interval_;
  bar.closed = record.closed;
  bar.complete = !record.lost;
  bar.start = schemas::Timestamp{record.start};
  bar.open = schemas::Price{record.open};
  bar.high = schemas::Price{record.high};
  bar.low = schemas::Price{record.low};
  bar.close = schemas::Price{record.close};
  bar.volume = schemas::Quantity{record.volume};
  bar.trades = record.trades;
  bar.ordinal = ordinal_;
  return bar;
}

Bar BarSeries::carried(const BarRecord& before, std::int64_t start) const {
  Bar bar = bar_of(before);
  bar.start = schemas::Timestamp{start};
  bar.open = bar.high = bar.low = bar.close;
  bar.volume = schemas::Quantity{schemas::Decimal{0, before.volume.scale()}};
  bar.trades = 0;
  bar.closed = true;
  bar.complete = !before.lost_behind;
  return bar;
}

namespace {

// Not by value: to be copied at once, out of the writes that made it, costs as much as to tell it.
void tell(Bar& bar, bool corrected, const BarScene& scene) {
  if (scene.out == nullptr) return;
  bar.header.receive_time = scene.now.wall;
  bar.closed = bar.closed && !corrected;
  bar.corrected = corrected;
  scene.out->on_tick(bar);
}

}  // namespace

void BarSeries::close(BarRecord& record, const BarScene& scene) {
  record.closed = true;
  --open_;
  changed_ -= record.changed ? 1 : 0;
  record.changed = record.carried_changed = false;
  record.sequence = ++sequence_;
  told_until_ = std::max(told_until_, record.start + length());
  auto bar = bar_of(record);
  tell(bar, false, scene);
  ++ordinal_;
  refresh();
}

void BarSeries::close_ended(const BarScene& scene) {
  // Open ones are the newest, but for a clock that went backwards.
  auto place = size();
  for (auto open = open_; open > 0;) open -= at(--place).closed ? 0 : 1;
  for (; open_ > 0 && place < size(); ++place) {
    BarRecord& record = at(place);
    if (record.closed || record.start + length() > scene.closed_until) continue;
    if (scene.options.carry) tell_empty(record.start, scene);
    close(record, scene);
  }
  if (scene.options.carry && any_) tell_empty(scene.closed_until, scene);
}

// The venue is past it, whatever our clock says.
void BarSeries::close_oldest(const BarScene& scene) {
  for (std::size_t place = 0; place < size(); ++place) {
    if (at(place).closed) continue;
    if (scene.options.carry) tell_empty(at(place).start, scene);
    return close(at(place), scene);
  }
}

// Those from told_until_ on, none of which has a record.
void BarSeries::tell_empty(std::int64_t until, const BarScene& scene) {
  if (until <= told_until_ || told_until_ == kAlways) return;
  const auto place = place_of(told_until_);
  if (place == 0) told_until_ = until;  // what they would carry was dropped
  const auto count = (until - told_until_) / length();
  const auto untold = scene.out == nullptr ? count : std::max<std::int64_t>(count - kMostEmpty, 0);
  sequence_ += static_cast<std::uint64_t>(untold);
  ordinal_ += static_cast<std::uint64_t>(untold);
  told_until_ += untold * length();
  for (; told_until_ < until; told_until_ += length()) {
    auto bar = carried(at(place - 1), told_until_);
    bar.header.sequence = schemas::SequenceNumber{++sequence_};
    tell(bar, false, scene);
    ++ordinal_;
  }
}

// Behind a bar whose close was corrected.
void BarSeries::tell_empty_anew(std::size_t place, const BarScene& scene) {
  const BarRecord& before = at(place);
  auto start = before.start + length();
  const auto next = place + 1 < size() ? std::min(at(place + 1).start, told_until_) : told_until_;
  if (next <= start) return;
  const auto untold = std::max<std::int64_t>((next - start) / length() - kMostEmpty, 0);
  sequence_ += static_cast<std::uint64_t>(untold);
  ordinal_ += static_cast<std::uint64_t>(untold);
  for (start += untold * length(); start < next; start += length()) {
    auto bar = carried(before, start);
    bar.header.sequence = schemas::SequenceNumber{++sequence_};
    tell(bar, true, scene);
    ++ordinal_;
  }
}

void BarSeries::correct(std::size_t place, const BarScene& scene) {
  BarRecord& record = at(place);
  record.sequence = ++sequence_;
  ++corrections_;
  auto bar = bar_of(record);
  tell(bar, true, scene);
  ++ordinal_;
  if (scene.options.carry && record.carried_changed) tell_empty_anew(place, scene);
  record.changed = record.carried_changed = false;
  --changed_;
}

bool BarSeries::tell_changes(const BarScene& scene) {
  if (changed_ == 0) return true;
  const bool open_too = scene.now.steady - open_told_ >= kOpenPace;
  auto place = size();
  for (auto left = changed_; left > 0;) left -= at(--place).changed ? 1 : 0;
  for (; changed_ > 0 && place < size(); ++place) {
    BarRecord& record = at(place);
    if (!record.changed) continue;
    if (record.closed) {
      correct(place, scene);
    } else if (open_too) {
      record.sequence = ++sequence_;
      record.changed = record.carried_changed = false;
      --changed_;
      auto bar = bar_of(record);
      tell(bar, false, scene);
      open_told_ = scene.now.steady;
    }
  }
  return changed_ == 0;
}

// What has ended is not given as open: a trade that came late may have begun it just now.
void BarSeries::settle(const BarScene& scene) {
  close_ended(scene);
  if (changed_ > kToldSingly) settle_silently();
  open_told_ = scene.now.steady - kOpenPace;
  tell_changes(scene);
}

// Backwards, until there are enough that have closed.
std::vector<Bar> BarSeries::copy(const BarScene& scene) const {
  std::vector<Bar> bars;
  auto kept = scene.options.kept;
  const auto put = [&](const Bar& bar) {
    if (bar.closed && kept == 0) return;
    kept -= bar.closed ? 1 : 0;
    bars.push_back(bar);
  };
  auto next = scene.closed_until;
  for (auto place = size(); place-- > 0;) {
    const BarRecord& record = at(place);
    if (scene.options.carry) {
      auto start = std::min(next, scene.closed_until) - length();
      for (; start > record.start && kept > 0; start -= length()) put(carried(record, start));
    }
    put(bar_of(record));
    next = record.start;
  }
  std::reverse(bars.begin(), bars.end());
  return bars;
}

}  // namespace tickgate::feeds
