// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "feeds/derived/bars.h"
#include "feeds/derived/bars_parts.h"

namespace tickgate::feeds {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// After a failure, doubled with each further one.
constexpr Monotonic kFirstPause = seconds(5);
constexpr Monotonic kLongestPause = minutes(5);
// A venue that has no such candles is asked again after so long.
constexpr Monotonic kRefusedPause = minutes(1);
// From one answer to the next question for the same series.
constexpr Monotonic kPause = seconds(2);

}  // namespace

Bars::Asked& Bars::asked(Key key) {
  auto& known = asked_[key];
  if (known == nullptr) known = std::make_unique<Asked>();
  return *known;
}

bool Bars::ask(schemas::InstrumentId instrument, schemas::Interval interval, Moment now) {
  const Key key{instrument.value(), interval};
  now_.steady = std::max(now_.steady, now.steady);
  return ask(key, asked(key));
}

bool Bars::ask(Key key, Asked& asked) {
  asked.asked_for = now_.steady;
  if (asked.under_way) return true;
  if (asker_ == nullptr || now_.steady < asked.retry) return false;
  const auto range = series_of(key).wanted(scene(key.first, key.second));
  if (!range) return false;
  if (!asker_->ask_candles({schemas::InstrumentId{key.first}, key.second,
                            schemas::Timestamp{range->from}, schemas::Timestamp{range->to}})) {
    asked.retry = now_.steady + kRefusedPause;
    return false;
  }
  counters_.asked.add();
  return asked.under_way = true;
}

void Bars::with_bars(schemas::InstrumentId instrument, schemas::Interval interval,
                     BarsAnswer answer, Moment now) {
  const Key key{instrument.value(), interval};
  now_.steady = std::max(now_.steady, now.steady);
  Asked& asked = this->asked(key);
  const bool waits = ask(key, asked);
  if (waits || is_owed(key)) chase(key, asked);
  if (!waits) return answer(copy(instrument, interval));
  asked.waiting.push_back({std::move(answer), now.steady + kPatience});
}

// What is shared is not made again, as long as it is the same.
BarsCopy Bars::copy(schemas::InstrumentId instrument, schemas::Interval interval) {
  const Key key{instrument.value(), interval};
  Asked& asked = this->asked(key);
  BarSeries& series = series_of(key);
  const auto now = scene(key.first, key.second);
  const auto open = series.open_count();
  series.settle(now);
  counters_.closed.add(open - series.open_count());
  auto shared = asked.copy.lock();
  if (shared == nullptr || asked.copied != series.sequence()) {
    auto made = series.copy(now);
    if (const auto late = late_.find(key); late != late_.end()) late->second.mark(made);
    shared = std::make_shared<const std::vector<schemas::Bar>>(std::move(made));
    asked.copy = shared;
    asked.copied = series.sequence();
  }
  return shared;
}

void Bars::on_candles(const CandleAnswer& answer) {
  const Key key{answer.request.instrument.value(), answer.request.interval};
  const auto found = asked_.find(key);
  if (found == asked_.end()) return;  // it was removed meanwhile
  Asked& asked = *found->second;
  if (!std::exchange(asked.under_way, false)) return;
  BarSeries& series = series_of(key);
  if (answer.ok) {
    asked.failures = 0;
    asked.retry = now_.steady + kPause;
    const auto before = series.bytes();
    series.merge(answer, scene(key.first, key.second));
    account(static_cast<std::int64_t>(series.bytes()) - static_cast<std::int64_t>(before));
    OfInstrument& bars = of(answer.request.instrument);
    list(bars, series, true);
    bars.quiet_until = {};
    note_dirty(bars);
  } else {
    counters_.failed.add();
    asked.retry =
        now_.steady + std::min(kFirstPause * (1U << std::min(asked.failures, 10U)), kLongestPause);
    ++asked.failures;
  }
  answer_waiting(key, asked);
  chase(key, asked);
}

void Bars::chase(Key key, Asked& asked) {
  if (!std::exchange(asked.chased, true)) chased_.push_back(key);
}

bool Bars::is_owed(Key key) {
  return asker_ != nullptr && demand_ != nullptr && is_held(key.first, key.second) &&
         series_of(key).misses_any();
}

void Bars::answer_waiting(Key key, Asked& asked) {
  auto waiting = std::exchange(asked.waiting, {});
  if (waiting.empty()) return;
  const auto bars = copy(schemas::InstrumentId{key.first}, key.second);
  for (auto& one : waiting) one.answer(bars);
}

// The bar in which we began has ended, a bar that lost trades has, or a pause is over.
void Bars::chase_all() {
  for (std::size_t i = chased_.size(); i-- > 0;) {
    const Key key = chased_[i];
    Asked& asked = *asked_.at(key);
    if (!asked.waiting.empty() && asked.waiting.front().deadline <= now_.steady) {
      answer_waiting(key, asked);
    }
    if (asked.under_way) continue;
    const BarSeries& series = series_of(key);
    if (is_owed(key)) {
      const bool now = asked.retry <= now_.steady;
      if (now && series.wants_final_row(scene(key.first, key.second))) ask(key, asked);
      continue;
    }
    asked.chased = false;
    chased_[i] = chased_.back();
    chased_.pop_back();
  }
}

}  // namespace tickgate::feeds
