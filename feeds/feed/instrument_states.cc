// SPDX-License-Identifier: Apache-2.0
// What happens to instruments, one by one and all together; and when each is looked at.
#include "feeds/feed/instrument_states.h"

namespace tickgate::feeds {

using schemas::Channel;

bool InstrumentStates::add(schemas::InstrumentId id, Moment now) {
  if (index_of(id) != kUnknown) return false;
  if (id.value() >= index_.size()) index_.resize(id.value() + std::size_t{1}, kUnknown);
  index_[id.value()] = static_cast<std::uint32_t>(entries_.size());
  Entry& entry = entries_.emplace_back();
  look_at_.push_back(Monotonic::min());
  entry.id = id;
  entry.broken_since = now.steady;
  entry.broken_reason = "waiting for the first book";
  for (Rhythm& rhythm : entry.rhythms) rhythm.resume(now.steady);
  count(entry.state, 1);
  const auto verdict = judge_book(entry, now);
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
  doubt_.reset();
  last_message_ = last_tick_ = now.steady;
  for (Entry& entry : entries_) {
    entry.refused = entry.unanswered = entry.was_synced = entry.quote_heard = false;
    entry.suspect_book = entry.suspect_quote = entry.other_book = entry.other_quote = false;
    entry.dead_book = entry.dead_again = false;
    entry.quote_invalid.clear();
    entry.doubt = {};
    entry.missing.clear();
    entry.broken_since = now.steady;
    entry.broken_reason = "waiting for the first book";
    entry.beside_book.clear();
    entry.beside_quote.clear();
    entry.confirmed_at = Monotonic::min();
    entry.probe_awaited = false;
    entry.asking = {};
    for (Rhythm& rhythm : entry.rhythms) rhythm.resume(now.steady);
  }
  refresh_all(now);
  look_at_all();
}

void InstrumentStates::disconnected(std::string_view reason, Moment now) {
  connected_ = false;
  late_ = {};
  doubt_.reset();
  down_reason_ = reason;
  for (Entry& entry : entries_) entry.synced = entry.quote_heard = false;
  refresh_all(now);
}

void InstrumentStates::doubt(StaleReason reason, std::string_view text, Moment now) {
  if (doubt_ && doubt_->reason == reason && doubt_->text == text) return;
  doubt_ = {reason, std::string(text)};
  doubted_ = reason;
  for (Entry& entry : entries_) entry.suspect_book = entry.suspect_quote = true;
  refresh_all(now);
}

void InstrumentStates::believe() {
  if (!doubt_) return;
  doubt_.reset();
  look_at_all();  // each has another reason now
}

void InstrumentStates::trusted_again(Moment now) {
  for (Entry& entry : entries_) entry.suspect_book = entry.suspect_quote = false;
  refresh_all(now);
}

void InstrumentStates::adopt(const InstrumentStates& successor, Moment now) {
  connected_ = successor.connected_;
  doubt_ = successor.doubt_;
  doubted_ = successor.doubted_;
  last_message_ = last_tick_ = now.steady;
  late_ = successor.late_;
  for (const Entry& theirs : successor.entries_) {
    Entry& entry = *find(theirs.id);
    static_cast<Standing&>(entry) = theirs;
    for (std::size_t i = 0; i < Entry::kChannels; ++i) entry.rhythms[i].follow(theirs.rhythms[i]);
    entry.beside_book = theirs.beside_book;
    entry.beside_quote = theirs.beside_quote;
    entry.confirmed_at = theirs.confirmed_at;
    entry.asking = theirs.asking;
    entry.probe_awaited = false;
  }
  refresh_all(now);
  look_at_all();
}

void InstrumentStates::rebuilt(Entry& entry, Moment now) {
  entry.synced = entry.was_synced = true;
  entry.rebuilt_at = now.steady;
  entry.refused = entry.unanswered = entry.other_book = false;
  if (!doubt_) entry.suspect_book = false;
  if (!entry.dead_again) {
    entry.dead_book = false;
    entry.asks(Channel::kBook) = {};  // that it did not answer before is over
  }
  entry.beside_book.clear();
  look_soon(entry);
}

void InstrumentStates::confirmed(Entry& entry, Moment now) {
  entry.probe_awaited = false;
  if (doubt_ || !entry.synced) return;
  entry.asks(Channel::kBook) = entry.asks(Channel::kQuote) = {};
  entry.confirmed_at = now.steady;
  entry.dead_book = entry.dead_again = false;
  entry.suspect_book = entry.suspect_quote = entry.other_book = entry.other_quote = false;
  entry.beside_book.clear();
  entry.beside_quote.clear();
  entry.rhythm(Channel::kBook).confirm();
  if (has_quote(entry)) entry.rhythm(Channel::kQuote).confirm();
  refresh(entry, now);
  look_soon(entry);
}

// What was made anew and died again soon has snapshots, and no stream.
void InstrumentStates::die(Entry& entry, Moment now) {
  constexpr Monotonic kSoon = std::chrono::seconds(60);
  entry.dead_again = entry.died_at != Monotonic::min() && now.steady - entry.died_at < kSoon;
  entry.dead_book = true;
  entry.died_at = now.steady;
}

void InstrumentStates::contradicted(Entry& entry, Moment now) {
  entry.probe_awaited = false;
  if (!entry.synced) return;
  entry.other_book = entry.other_quote = true;
  die(entry, now);
  refresh(entry, now);
}

void InstrumentStates::count(schemas::State state, std::int64_t change) {
  counts_[static_cast<std::size_t>(state)] += change;
  counters_.instruments[static_cast<std::size_t>(state)].add(change);
}

void InstrumentStates::refresh_all(Moment now) {
  for (Entry& entry : entries_) refresh(entry, now);
}

void InstrumentStates::check(Moment now, VenueAsker* asker) {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (look_at_[i] > now.steady) continue;
    Entry& entry = entries_[i];
    if (asker != nullptr) ask(entry, now, *asker);
    if (entry.doubt.any()) believe_by_time(entry, now);
    refresh(entry, now);
    look_at_[i] = next_look(entry, now.steady);
  }
}

}  // namespace tickgate::feeds
