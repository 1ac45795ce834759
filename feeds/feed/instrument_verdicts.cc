// SPDX-License-Identifier: Apache-2.0
// What may be shown of an instrument, derived from what is known of it.
#include <fmt/format.h>

#include <algorithm>

#include "feeds/feed/instrument_states.h"
#include "schemas/badness.h"

namespace tickgate::feeds {

using schemas::Channel;
using schemas::State;

namespace {

// A note that counts seconds would be told every second; it is told by this.
constexpr std::int64_t kNoteStep = 30;

}  // namespace

std::optional<InstrumentStates::Verdict> InstrumentStates::judge_connection(
    const Entry& entry) const {
  if (entry.closed) return Verdict{State::kClosed, entry.trading_reason};
  if (!connected_) return Verdict{State::kDown, down_reason_};
  return std::nullopt;
}

std::string_view InstrumentStates::suspicion() const {
  switch (doubted_) {
    case StaleReason::kPaused:
      return "no fresh value since the pause";
    case StaleReason::kVenueAge:
      return "no fresh value since the venue's data was old";
    default:
      return "no fresh value since the venue was silent";
  }
}

InstrumentStates::Verdict InstrumentStates::judge_book(const Entry& entry, Moment now) const {
  if (const auto verdict = judge_connection(entry)) return *verdict;
  if (entry.refused) return {State::kDown, entry.broken_reason};
  if (entry.doubt.of_book(now.steady)) {
    return {State::kRecovering, entry.synced ? entry.doubt.text() : entry.broken_reason};
  }
  // Stale while it is made anew; and if that helps for a moment only, until its stream moves again.
  if (entry.dead_book && !entry.halted && !doubt_) {
    if (entry.other_book) return {State::kStale, "the venue has another book", StaleReason::kProbe};
    if (entry.book_asked)
      return {State::kStale, "book silent, trades go on", StaleReason::kSiblings};
    return {State::kStale, "silent beyond its rhythm", StaleReason::kRhythm};
  }
  if (!entry.synced) return {State::kRecovering, entry.broken_reason};
  if (entry.halted) return {State::kHalted, entry.trading_reason};
  if (doubt_) return {State::kStale, doubt_->text, doubt_->reason};
  if (entry.other_book) return {State::kStale, "the venue has another book", StaleReason::kProbe};
  if (entry.suspect_book) return {State::kStale, suspicion(), doubted_};
  if (now.steady >= entry.beside_book.proven_at()) {
    return {State::kStale, "book silent, trades go on", StaleReason::kSiblings};
  }
  return judge_silence(entry, Channel::kBook, now);
}

InstrumentStates::Verdict InstrumentStates::judge_quote(const Entry& entry, Moment now) const {
  if (const auto verdict = judge_connection(entry)) return *verdict;
  if (entry.doubt.of_quote(now.steady)) return {State::kRecovering, entry.doubt.text()};
  if (!entry.quote_invalid.empty()) return {State::kRecovering, entry.quote_invalid};
  if (entry.halted) return {State::kHalted, entry.trading_reason};
  if (doubt_) return {State::kStale, doubt_->text, doubt_->reason};
  if (entry.other_quote) return {State::kStale, "the venue has another one", StaleReason::kProbe};
  if (entry.suspect_quote) return {State::kStale, suspicion(), doubted_};
  if (now.steady >= entry.beside_quote.proven_at()) {
    return {State::kStale, "quotes silent, trades go on", StaleReason::kSiblings};
  }
  return judge_silence(entry, Channel::kQuote, now);
}

InstrumentStates::Verdict InstrumentStates::judge_silence(const Entry& entry, Channel channel,
                                                          Moment now) const {
  const auto patience = this->patience(entry, channel);
  if (now.steady - silent_since(entry, channel) <= patience) return {State::kLive, {}};
  // Messages came, but for nobody.
  if (now.steady - last_tick_ > patience && last_message_ > last_tick_) {
    return {State::kStale, "only heartbeats", StaleReason::kOnlyHeartbeats};
  }
  return {State::kStale, "silent beyond its rhythm", StaleReason::kRhythm};
}

std::string_view InstrumentStates::note_of(const Entry& entry, Moment now) {
  if (!entry.missing.empty()) return note_text_ = entry.missing.text();
  if (entry.silent_channels != 0) {
    const bool trades =
        (entry.silent_channels & (1U << static_cast<unsigned>(Channel::kTrade))) != 0;
    return trades ? "trades are silent: asked again" : "tickers are silent: asked again";
  }
  if (entry.confirmed_at > entry.book_rhythm().last() ||
      (has_quote(entry) && entry.confirmed_at > entry.quote_rhythm().last())) {
    const auto seconds = (now.steady - entry.confirmed_at) / std::chrono::seconds(1);
    note_text_ = fmt::format("quiet, confirmed {} s ago", seconds / kNoteStep * kNoteStep);
    return note_text_;
  }
  const bool known =
      entry.book_rhythm().known() && (!has_quote(entry) || entry.quote_rhythm().known());
  return known ? "" : "rhythm not known yet";
}

void InstrumentStates::refresh(Entry& entry, Moment now) {
  const auto book = judge_book(entry, now);
  const bool own_quote =
      has_quote(entry) || !entry.quote_invalid.empty() || entry.doubt.quote_bad();
  const auto quote = own_quote ? judge_quote(entry, now) : book;
  const auto& whole = schemas::badness(quote.state) > schemas::badness(book.state) ? quote : book;
  const bool same = whole.state == entry.state && quote.state == entry.quote_state;
  if (whole.state != entry.state) {
    count(entry.state, -1);
    count(whole.state, 1);
    if (whole.state == State::kStale) {
      counters_.stale[static_cast<std::size_t>(whole.stale)].add();
    }
    entry.state = whole.state;
  }
  entry.quote_state = quote.state;
  std::string_view note;
  if (whole.state == State::kLive) {
    note = note_of(entry, now);
    if (same && note.empty() && !entry.note_shown) return;  // the ordinary case
  }
  entry.note_shown = !note.empty();
  if (!entry.synced || entry.refused) publisher_.drop_held_book(entry.id);
  if (!connected_ || !entry.quote_invalid.empty() || (!entry.synced && !own_quotes_)) {
    publisher_.drop_held_quote(entry.id);
  }
  publisher_.set_status(entry.id, {whole.state, whole.reason}, {quote.state, quote.reason}, note,
                        now.wall);
}

}  // namespace tickgate::feeds
