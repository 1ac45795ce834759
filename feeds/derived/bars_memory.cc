// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>
#include <tuple>
#include <vector>

#include "feeds/derived/bars.h"
#include "feeds/derived/bars_parts.h"

namespace tickgate::feeds {

// The newest bars of an instrument are never dropped.
std::uint64_t Bars::most_bytes(const BarsOptions& options, std::uint64_t instruments) {
  const std::uint64_t least = instruments * sizeof(OfInstrument);
  const std::uint64_t series = instruments * schemas::kIntervalCount;
  const std::uint64_t full = least + series * BarSeries::most_bytes(options.kept);
  return std::max(least, std::min<std::uint64_t>(options.memory, full));
}

// Down to nine tenths, so that it is not done with each bar.
void Bars::shed() {
  const auto most = static_cast<std::int64_t>(options_.memory / 10 * 9);
  shed_unheld(most);
  if (counters_.bytes.value() > most) shed_held(most);
}

// Whole series that nobody holds: those never asked for, the largest first, and then the one asked
// for longest ago.
void Bars::shed_unheld(std::int64_t most) {
  std::vector<std::tuple<Monotonic, std::int64_t, BarSeries*>> unheld;
  for (const auto& bars : instruments_) {
    if (bars == nullptr) continue;
    for (BarSeries& series : bars->series) {
      const Key key{bars->id.value(), series.interval()};
      if (series.bytes() == 0 || is_held(key.first, key.second)) continue;
      const auto asked = asked_.find(key);
      const auto when = asked == asked_.end() ? Monotonic::min() : asked->second->asked_for;
      unheld.emplace_back(when, -static_cast<std::int64_t>(series.bytes()), &series);
    }
  }
  std::ranges::sort(unheld);
  for (const auto& [when, size, series] : unheld) {
    if (counters_.bytes.value() <= most) return;
    const auto before = series->bytes();
    counters_.dropped.add(series->shed(series->size()));
    account(static_cast<std::int64_t>(series->bytes()) - static_cast<std::int64_t>(before));
  }
}

// The oldest tenth of each that is left, until it will do.
void Bars::shed_held(std::int64_t most) {
  for (bool dropped = true; dropped && counters_.bytes.value() > most;) {
    dropped = false;
    for (const auto& bars : instruments_) {
      if (bars == nullptr) continue;
      for (BarSeries& series : bars->series) {
        const auto before = series.bytes();
        const auto count = series.shed(before == 0 ? 0 : series.size() / 10 + 1);
        counters_.dropped.add(count);
        account(static_cast<std::int64_t>(series.bytes()) - static_cast<std::int64_t>(before));
        dropped |= count > 0;
      }
    }
  }
}

void Bars::remove(schemas::InstrumentId instrument) {
  for (std::size_t i = 0; i < schemas::kIntervalCount; ++i) {
    const Key key{instrument.value(), static_cast<schemas::Interval>(i)};
    late_.erase(key);
    const auto asked = asked_.find(key);
    if (asked == asked_.end()) continue;
    for (auto& one : asked->second->waiting) {
      one.answer(std::make_shared<const std::vector<schemas::Bar>>());
    }
    std::erase(chased_, asked->first);
    asked_.erase(asked);
  }
  OfInstrument* const bars = find(instrument);
  if (bars == nullptr) return;
  for (std::size_t i = 0; i < schemas::kIntervalCount; ++i) {
    const BarSeries& series = bars->series[i];
    if (memory_ != nullptr) memory_->of(instrument).bars[i] = series.numbers();
    account(-static_cast<std::int64_t>(series.bytes()));
    std::erase(open_[i], bars);
  }
  std::erase(dirty_, bars);
  std::erase(waiting_, bars);
  account(-static_cast<std::int64_t>(sizeof(OfInstrument)));
  instruments_[instrument.value()].reset();
}

void Bars::remove_all() {
  for (std::uint32_t id = 0; id < instruments_.size(); ++id) remove(schemas::InstrumentId{id});
}

}  // namespace tickgate::feeds
