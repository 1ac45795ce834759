// SPDX-License-Identifier: Apache-2.0
#include "feeds/feed/instrument_states.h"

#include <algorithm>

namespace tickgate::feeds {

using schemas::State;

namespace {

// What is not live changes by what is heard, and is looked at then; so long at most without that.
constexpr Monotonic kRest = std::chrono::seconds(1);

}  // namespace

bool InstrumentStates::add(schemas::InstrumentId id, Moment now) {
  if (index_of(id) != kUnknown) return false;
  if (id.value() >= index_.size()) index_.resize(id.value() + std::size_t{1}, kUnknown);
  index_[id.value()] = static_cast<std::uint32_t>(entries_.size());
  Entry& entry = entries_.emplace_back();
  look_at_.push_back(Monotonic::min());
  entry.id = id;
  entry.broken_since = now.steady;
  entry.broken_reason = "waiting for the first book";
  count(entry.state, 1);
  const auto verdict = judge(entry, now);
  if (verdict.state == entry.state)
    publisher_.set_state(id, verdict.state, verdict.reason, now.wall);
  refresh(entry, now);
  return true;
}

void InstrumentStates::remove(std::span<const schemas::InstrumentId> ids) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (std::ranges::find(ids, entries_[i].id) != ids.end()) {
      count(entries_[i].state, -1);
      index_[entries_[i].id.value()] = kUnknown;
      continue;
    }
    if (kept != i) {
      entries_[kept] = std::move(entries_[i]);
      look_at_[kept] = look_at_[i];
    }
    index_[entries_[kept].id.value()] = static_cast<std::uint32_t>(kept);
    ++kept;
  }
  entries_.resize(kept);
  look_at_.resize(kept);
}

void InstrumentStates::connected(Moment now) {
  connected_ = true;
  silent_ = false;
  for (Entry& entry : entries_) {
    entry.refused = entry.unanswered = entry.suspect = entry.was_synced = false;
    entry.missing.clear();
    entry.broken_since = now.steady;
    entry.broken_reason = "waiting for the first book";
    entry.rhythm.resume(now.steady);
  }
  refresh_all(now);
}

void InstrumentStates::disconnected(std::string_view reason, Moment now) {
  connected_ = false;
  silent_ = false;
  down_reason_ = reason;
  for (Entry& entry : entries_) entry.synced = false;
  refresh_all(now);
}

void InstrumentStates::silent(Moment now) {
  silent_ = true;
  for (Entry& entry : entries_) entry.suspect = true;
  refresh_all(now);
}

void InstrumentStates::speaking_again(Moment now) {
  silent_ = false;
  // The feed's silence is not the instruments' own: it must not count as their rhythm.
  for (Entry& entry : entries_) entry.rhythm.resume(now.steady);
  std::fill(look_at_.begin(), look_at_.end(), Monotonic::min());  // each has another reason now
}

void InstrumentStates::trusted_again(Moment now) {
  for (Entry& entry : entries_) entry.suspect = false;
  refresh_all(now);
}

void InstrumentStates::adopt(const InstrumentStates& successor, Moment now) {
  connected_ = successor.connected_;
  silent_ = successor.silent_;
  for (const Entry& theirs : successor.entries_) {
    Entry& entry = *find(theirs.id);
    static_cast<Standing&>(entry) = theirs;
    entry.suspect = theirs.suspect;
  }
  refresh_all(now);
  std::fill(look_at_.begin(), look_at_.end(), Monotonic::min());
}

void InstrumentStates::count(schemas::State state, std::int64_t change) {
  counts_[static_cast<std::size_t>(state)] += change;
  counters_.instruments[static_cast<std::size_t>(state)].add(change);
}

InstrumentStates::Verdict InstrumentStates::judge(const Entry& entry, Moment now) const {
  if (entry.closed) return {State::kClosed, entry.trading_reason};
  if (!connected_) return {State::kDown, down_reason_};
  if (entry.refused) return {State::kDown, entry.broken_reason};
  if (!entry.synced) return {State::kRecovering, entry.broken_reason};
  if (entry.halted) return {State::kHalted, entry.trading_reason};
  if (silent_) return {State::kStale, "the venue is silent"};
  if (entry.suspect) return {State::kStale, "no fresh value since the venue was silent"};
  if (entry.rhythm.stale(now.steady, rhythm_)) return {State::kStale, "silent beyond its rhythm"};
  return {State::kLive, {}};
}

void InstrumentStates::refresh(Entry& entry, Moment now) {
  const auto verdict = judge(entry, now);
  if (verdict.state != entry.state) {
    count(entry.state, -1);
    count(verdict.state, 1);
    entry.state = verdict.state;
  } else if (verdict.state == State::kLive && entry.missing.empty() && !entry.note_shown) {
    return;  // the ordinary case
  }
  entry.note_shown = verdict.state == State::kLive && !entry.missing.empty();
  const Publisher::Shown shown{verdict.state, verdict.reason};
  publisher_.set_status(entry.id, shown, shown, entry.missing.text(), now.wall);
}

void InstrumentStates::refresh_all(Moment now) {
  for (Entry& entry : entries_) refresh(entry, now);
}

void InstrumentStates::check(Moment now) {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (look_at_[i] > now.steady) continue;
    refresh(entries_[i], now);
    look_at_[i] = next_look(entries_[i], now.steady);
  }
}

Monotonic InstrumentStates::next_look(const Entry& entry, Monotonic now) const {
  if (entry.state != State::kLive) return now + kRest;
  const auto& rhythm = entry.rhythm;
  // Not known: it takes an update to become so, and the least silence after that.
  if (!rhythm.known(rhythm_)) return now + rhythm_.floor;
  return std::min(now + rhythm_.floor, rhythm.last() + rhythm.patience(rhythm_));
}

}  // namespace tickgate::feeds
