// SPDX-License-Identifier: Apache-2.0
#include "feeds/feed/day_tickers.h"

#include <algorithm>
#include <utility>

namespace tickgate::feeds {
namespace {

using schemas::InstrumentId;
using schemas::Ticker;
using schemas::Timestamp;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Monotonic kOnceIn = seconds(1);
// After a failure, and at the longest.
constexpr Monotonic kFirstWait = seconds(30), kLongestWait = minutes(30);
// So long after a bar's end the venue has all of it.
constexpr std::int64_t kSettled = 10'000'000;
constexpr std::int64_t kStep = schemas::length(RollingDay::kStep);

Timestamp end_of_step(Timestamp time) {
  return Timestamp{schemas::start_of(time, RollingDay::kStep).value() + kStep};
}

bool lacks_a_field(const Ticker& ticker) { return !ticker.has_open; }

}  // namespace

DayTickers::Day::Day(Timestamp now)
    : rolling(now), from(RollingDay::begin(now)), to(end_of_step(now)), whole_at(now) {}

DayTickers::Day* DayTickers::day_of(InstrumentId instrument) const {
  const auto found = days_.find(instrument);
  return found == days_.end() ? nullptr : found->second.get();
}

void DayTickers::on_ticker(const Ticker& ticker, Moment now) {
  now_ = now;
  const auto instrument = ticker.header.instrument;
  Entry& entry = entries_[instrument];
  entry.newest = ticker;
  offer(instrument, entry, now);
}

void DayTickers::take(const schemas::Trade& trade, bool only, Moment now) {
  now_ = now;
  const auto instrument = trade.header.instrument;
  Day* const day = day_of(instrument);
  if (day != nullptr) day->rolling.add(trade, now.wall);
  if (!only) return;
  Entry& entry = entries_[instrument];
  entry.made = true;
  entry.newest.header = trade.header;
  entry.newest.header.channel = schemas::Channel::kTicker;
  entry.newest.last = trade.price;
  offer(instrument, entry, now);
}

// At once, or when its second is over.
void DayTickers::offer(InstrumentId instrument, Entry& entry, Moment now) {
  if (now.steady < entry.next) {
    if (!std::exchange(entry.waits, true)) waiting_.push_back(instrument);
    return;
  }
  Ticker ticker = entry.newest;
  if (!complete(ticker, entry.made, now.wall)) return;
  if (publisher_.publish(ticker)) entry.next = now.steady + kOnceIn;
}

// False: there is nothing to tell yet.
bool DayTickers::complete(Ticker& ticker, bool made, Timestamp now) const {
  if (!made && !lacks_a_field(ticker)) return true;
  const Day* const day = day_of(ticker.header.instrument);
  const auto ours = day == nullptr ? std::nullopt : day->rolling.at(now);
  if (!ours) return !made;
  ticker.open = ours->open;
  ticker.has_open = true;
  ticker.since = ours->since;
  if (!made) return true;
  ticker.high = ours->high;
  ticker.low = ours->low;
  ticker.volume = ours->volume;
  return true;
}

void DayTickers::on_trades_lost(InstrumentId instrument, Moment now) {
  now_ = now;
  Day* const day = day_of(instrument);
  if (day == nullptr) return;
  // While they were lost an earlier step may have ended.
  const auto from =
      std::max(RollingDay::begin(now.wall), Timestamp{end_of_step(now.wall).value() - 2 * kStep});
  day->from = day->wanted ? std::min(day->from, from) : from;
  day->to = end_of_step(now.wall);
  day->whole_at = Timestamp{day->to.value() + kSettled};
  day->wanted = true;
}

void DayTickers::on_candles(const CandleAnswer& answer) {
  const auto instrument = answer.request.instrument;
  Day* const day = day_of(instrument);
  if (day == nullptr) return;
  day->asked = false;
  if (!answer.ok) return;  // it is asked for again
  day->rolling.replace(answer.request.from, answer.request.to, answer.candles);
  day->wait = {};
  // What came since it was asked for is wanted on top of it.
  if (day->from == answer.request.from && day->to == answer.request.to) day->wanted = false;
  if (answer.received < answer.request.to) {
    // One was under way: its trades that crossed with the answer are in neither, or in both.
    day->from = day->wanted ? day->from : schemas::start_of(answer.received, RollingDay::kStep);
    day->to = std::max(day->to, answer.request.to);
    day->whole_at = Timestamp{day->to.value() + kSettled};
    day->wanted = true;
  }
  const auto entry = entries_.find(instrument);
  if (entry != entries_.end()) offer(instrument, entry->second, now_);
}

void DayTickers::remove(InstrumentId instrument) {
  entries_.erase(instrument);
  days_.erase(instrument);
  std::erase(waiting_, instrument);
}

void DayTickers::advance(Moment now, const Ask& ask) {
  now_ = now;
  if (!waiting_.empty()) {
    for (const auto instrument : std::exchange(waiting_, {})) {
      Entry& entry = entries_[instrument];
      entry.waits = false;
      offer(instrument, entry, now);
    }
  }
  if (now.steady < look_again_) return;
  look_again_ = now.steady + kOnceIn;
  follow(now);
  ask_for_candles(now, ask);
}

// Those that are followed for the first time.
void DayTickers::follow(Moment now) {
  if (demand_ == nullptr) return;
  for (const auto& [instrument, entry] : entries_) {
    if (!entry.made && !lacks_a_field(entry.newest)) continue;
    if (demand_->of(instrument) == 0 || days_.contains(instrument)) continue;
    days_.emplace(instrument, std::make_unique<Day>(now.wall));
  }
}

void DayTickers::ask_for_candles(Moment now, const Ask& ask) {
  for (const auto& [instrument, day] : days_) {
    if (!day->wanted || day->asked || now.steady < day->ask_at || now.wall < day->whole_at)
      continue;
    day->from = std::max(day->from, RollingDay::begin(now.wall));
    day->wait = std::clamp(2 * day->wait, kFirstWait, kLongestWait);
    day->ask_at = now.steady + day->wait;
    day->wanted = day->from < day->to;
    day->asked = day->wanted && ask({instrument, RollingDay::kStep, day->from, day->to});
  }
}

}  // namespace tickgate::feeds
