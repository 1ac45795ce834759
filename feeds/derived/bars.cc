// SPDX-License-Identifier: Apache-2.0
#include "feeds/derived/bars.h"

#include <algorithm>
#include <utility>

#include "feeds/derived/bars_parts.h"

namespace tickgate::feeds {

using schemas::InstrumentId;
using schemas::Interval;
using schemas::kIntervalCount;

Bars::Bars(const BarsOptions& options, TickSink& sink, const BarDemand* demand)
    : options_(options), sink_(sink), demand_(demand) {
  closed_until_.fill(BarSeries::kAlways);
}

Bars::~Bars() = default;

Bars::OfInstrument* Bars::find(InstrumentId instrument) const {
  return instrument.value() < instruments_.size() ? instruments_[instrument.value()].get()
                                                  : nullptr;
}

Bars::OfInstrument& Bars::of(InstrumentId instrument) {
  if (OfInstrument* const known = find(instrument)) [[likely]]
    return *known;
  if (instrument.value() >= instruments_.size()) {
    instruments_.resize(instrument.value() + std::size_t{1});
  }
  auto fresh = std::make_unique<OfInstrument>();
  fresh->id = instrument;
  for (std::size_t i = 0; i < kIntervalCount; ++i) {
    fresh->series[i].set(instrument, static_cast<Interval>(i));
  }
  account(sizeof(OfInstrument));
  return *(instruments_[instrument.value()] = std::move(fresh));
}

BarSeries& Bars::series_of(Key key) {
  return of(InstrumentId{key.first}).series[static_cast<std::size_t>(key.second)];
}

bool Bars::is_held(std::uint32_t instrument, Interval interval) const {
  return demand_ == nullptr || demand_->any(InstrumentId{instrument}, interval);
}

BarScene Bars::scene(std::uint32_t instrument, Interval interval) {
  return {options_, now_, closed_until_[static_cast<std::size_t>(interval)],
          is_held(instrument, interval) ? &sink_ : nullptr};
}

// A trade belongs where the venue's clock says, though that be ahead of ours.
void Bars::on_trade(const schemas::Trade& trade) {
  OfInstrument& bars = of(trade.header.instrument);
  const auto stamp = trade.header.venue_time == schemas::kNoTime ? trade.header.receive_time
                                                                 : trade.header.venue_time;
  const auto time = stamp.value();
  const auto price = trade.price.value();
  const auto size = trade.size.value();
  for (BarSeries& series : bars.series) {
    if (!series.take(time, price, size)) [[unlikely]]
      take_slowly(bars, series, time, trade);
  }
  if (bars.losing) [[unlikely]]
    end_gap(bars, time);
  bars.last = time;
  note_dirty(bars);
}

void Bars::take_slowly(OfInstrument& bars, BarSeries& series, std::int64_t time,
                       const schemas::Trade& trade) {
  const auto before = series.bytes();
  const auto taken = series.take_slowly(time, trade.price.value(), trade.size.value(),
                                        scene(bars.id.value(), series.interval()));
  if (taken == BarSeries::Taken::kTooLate) counters_.too_late.add();
  account(static_cast<std::int64_t>(series.bytes()) - static_cast<std::int64_t>(before));
  list(bars, series);
}

void Bars::note_dirty(OfInstrument& bars) {
  if (std::exchange(bars.dirty, true)) return;
  dirty_.push_back(&bars);
}

// It may have ended already: a late trade of an interval that had none.
void Bars::list(OfInstrument& bars, BarSeries& series) {
  if (!series.has_open()) return;
  const auto interval = static_cast<std::size_t>(series.interval());
  due_[interval] = true;
  if (!std::exchange(series.listed, true)) open_[interval].push_back(&bars);
}

// Those that are lost lie between the last trade and the next, whenever that comes.
void Bars::on_trade_gap(const schemas::TradeGap& gap) {
  OfInstrument& bars = of(gap.instrument);
  if (bars.last == BarSeries::kAlways || std::exchange(bars.losing, true)) return;
  for (BarSeries& series : bars.series) series.lose_since(bars.last);
  note_dirty(bars);
}

void Bars::end_gap(OfInstrument& bars, std::int64_t time) {
  bars.losing = false;
  const auto [from, to] = std::minmax(bars.last, time);
  for (BarSeries& series : bars.series) {
    series.lose(from, to);
    const Key key{bars.id.value(), series.interval()};
    if (is_owed(key)) chase(key, asked(key));
  }
}

void Bars::advance(Moment now) {
  now_ = now;
  const auto ended = now.wall.value() - options_.grace.count();
  for (std::size_t i = 0; i < kIntervalCount; ++i) {
    const auto interval = static_cast<Interval>(i);
    const auto until = schemas::start_of(schemas::Timestamp{ended}, interval).value();
    if (std::exchange(closed_until_[i], until) != until || due_[i]) close_interval(interval);
  }
  tell_dirty();
  chase_all();
  if (counters_.bytes.value() > static_cast<std::int64_t>(options_.memory)) shed();
}

void Bars::close_interval(Interval interval) {
  const auto index = static_cast<std::size_t>(interval);
  due_[index] = false;
  std::erase_if(open_[index], [&](OfInstrument* bars) {
    BarSeries& series = bars->series[index];
    const auto open = series.open_count();
    series.close_ended(scene(bars->id.value(), interval));
    counters_.closed.add(open - series.open_count());
    return !(series.listed = series.has_open());
  });
  if (!options_.carry) return;
  // Those without a trade; of series that nobody holds it is made up for when that matters.
  for (const auto& bars : instruments_) {
    if (bars == nullptr || !is_held(bars->id.value(), interval)) continue;
    bars->series[index].close_ended(scene(bars->id.value(), interval));
  }
}

// Of what nobody holds changes wait until they are copied.
void Bars::tell_dirty() {
  std::erase_if(dirty_, [&](OfInstrument* bars) {
    if (demand_ != nullptr && !demand_->any(bars->id)) return !(bars->dirty = false);
    bool all = true;
    for (BarSeries& series : bars->series) {
      if (!series.has_changes() || !is_held(bars->id.value(), series.interval())) continue;
      const auto before = series.corrections();
      all &= series.tell_changes(scene(bars->id.value(), series.interval()));
      counters_.corrected.add(series.corrections() - before);
    }
    return !(bars->dirty = !all);
  });
}

}  // namespace tickgate::feeds
