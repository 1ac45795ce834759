// SPDX-License-Identifier: Apache-2.0
#include "feeds/derived/bars.h"

#include <algorithm>
#include <utility>

#include "feeds/derived/bars_parts.h"

namespace tickgate::feeds {
namespace {

constexpr std::int64_t kSecond = schemas::length(schemas::Interval::k1s);
// After a second's end, its last trades are still on their way.
constexpr std::int64_t kOnTheWay = kSecond / 5;
// So many instruments' seconds are given in a beat of 50 ms, of those that none waits for.
constexpr std::size_t kGivenAtOnce = 1'000;

std::int64_t second_of(std::int64_t time) {
  return schemas::start_of(schemas::Timestamp{time}, schemas::Interval::k1s).value();
}

}  // namespace

using schemas::InstrumentId;
using schemas::Interval;
using schemas::kIntervalCount;

Bars::Bars(const BarsOptions& options, TickSink& sink, const BarDemand* demand,
           SequenceMemory* memory)
    : options_(options), sink_(sink), demand_(demand), memory_(memory) {
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
  const auto numbers = memory_ == nullptr ? SequenceMemory::Numbers{} : memory_->known(instrument);
  for (std::size_t i = 0; i < kIntervalCount; ++i) {
    fresh->series[i].set(instrument, static_cast<Interval>(i), numbers.bars[i]);
  }
  account(sizeof(OfInstrument));
  return *(instruments_[instrument.value()] = std::move(fresh));
}

BarSeries& Bars::series_of(Key key) {
  OfInstrument& bars = of(InstrumentId{key.first});
  give_second(bars);
  return bars.series[static_cast<std::size_t>(key.second)];
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
  const auto within =
      static_cast<std::uint64_t>(time) - static_cast<std::uint64_t>(bars.second.start);
  if (within < kSecond && bars.second.trades > 0) [[likely]] {
    bars.second.add(
        BarRecord::of(bars.second.start, time, trade.price.value(), trade.size.value()));
  } else {
    begin_second(bars, time, trade);
  }
  bars.last = time;
  note_dirty(bars);
}

// Of a second that has ended, and behind a loss, a trade is given to the series at once.
void Bars::begin_second(OfInstrument& bars, std::int64_t time, const schemas::Trade& trade) {
  give_second(bars);
  const auto start = second_of(time);
  bars.second = BarRecord::of(start, time, trade.price.value(), trade.size.value());
  if (start + kSecond > closed_until_[0] && !bars.losing) [[likely]] {
    if (!std::exchange(bars.waiting, true)) waiting_.push_back(&bars);
    return;
  }
  give_second(bars);
  if (bars.losing) end_gap(bars, time);
}

// To all series what each of them would have been given trade by trade.
void Bars::give_second(OfInstrument& bars) {
  if (bars.second.trades == 0) return;
  for (BarSeries& series : bars.series) {
    if (!series.take(bars.second)) [[unlikely]]
      take_slowly(bars, series);
  }
  if (options_.longest_delay > Monotonic{0} &&
      bars.second.start + kSecond + LateTrades::kSoon < now_.wall.value()) [[unlikely]] {
    note_late(bars);
  }
  bars.second.trades = 0;
}

// So that the next trade need not, which comes when there is something else to do. All that end at
// `until` or before, but `most`; whether that was all.
bool Bars::give_ended_seconds(std::int64_t until, std::size_t most) {
  std::erase_if(waiting_, [&](OfInstrument* bars) {
    if (most == 0 || (bars->second.trades > 0 && bars->second.start + kSecond > until))
      return false;
    --most;
    give_second(*bars);
    return !(bars->waiting = false);
  });
  return most > 0;
}

void Bars::take_slowly(OfInstrument& bars, BarSeries& series) {
  const auto before = series.bytes();
  const auto now = scene(bars.id.value(), series.interval());
  const auto taken = series.take_slowly(bars.second, now);
  if (taken == BarSeries::Taken::kTooLate) counters_.too_late.add(bars.second.trades);
  if (taken == BarSeries::Taken::kCorrects) bars.quiet_until = {};
  account(static_cast<std::int64_t>(series.bytes()) - static_cast<std::int64_t>(before));
  list(bars, series, bars.second.start < now.closed_until);
}

// Its trades have come by now; a bar that had ended before has them by the venue's clock alone,
// whether it was still open, for its grace, or not.
void Bars::note_late(const OfInstrument& bars) {
  const auto wall = now_.wall.value();
  const auto delay = std::chrono::duration_cast<std::chrono::microseconds>(options_.longest_delay);
  for (const BarSeries& series : bars.series) {
    const auto interval = series.interval();
    const auto start = schemas::start_of(schemas::Timestamp{bars.second.start}, interval).value();
    if (start + schemas::length(interval) + LateTrades::kSoon >= wall) continue;
    late_[Key{bars.id.value(), interval}].note(start, wall, wall - delay.count());
  }
}

// Told is what has changed, and of open bars no more often than series tell them.
void Bars::note_dirty(OfInstrument& bars) {
  if (std::exchange(bars.dirty, true)) return;
  dirty_.push_back(&bars);
}

// It may have ended already: a late trade of an interval that had none.
void Bars::list(OfInstrument& bars, BarSeries& series, bool may_have_ended) {
  if (!series.has_open()) return;
  const auto interval = static_cast<std::size_t>(series.interval());
  due_[interval] |= may_have_ended;
  if (!std::exchange(series.listed, true)) open_[interval].push_back(&bars);
}

// Those that are lost lie between the last trade and the next, whenever that comes.
void Bars::on_trade_gap(const schemas::TradeGap& gap) {
  OfInstrument& bars = of(gap.instrument);
  if (bars.last == BarSeries::kAlways || std::exchange(bars.losing, true)) return;
  give_second(bars);
  for (BarSeries& series : bars.series) series.lose_since(bars.last);
  bars.quiet_until = {};
  note_dirty(bars);
}

void Bars::end_gap(OfInstrument& bars, std::int64_t time) {
  bars.losing = false;
  bars.quiet_until = {};
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
  const auto closing = second_of(ended);
  if (closing != closed_until_[0]) give_ended_seconds(closing, SIZE_MAX);
  const auto arrived = second_of(now.wall.value() - kOnTheWay);
  if (arrived != given_until_ && give_ended_seconds(arrived, kGivenAtOnce)) given_until_ = arrived;
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
    if (now_.steady < bars->quiet_until) return false;
    give_second(*bars);
    bool all = true;
    for (BarSeries& series : bars->series) {
      if (!series.has_changes()) continue;
      const auto now = scene(bars->id.value(), series.interval());
      if (now.out == nullptr) continue;
      const auto before = series.corrections();
      all &= series.tell_changes(now);
      counters_.corrected.add(series.corrections() - before);
    }
    if (all) bars->quiet_until = now_.steady + BarSeries::kOpenPace;
    return !(bars->dirty = !all);
  });
}

}  // namespace tickgate::feeds
