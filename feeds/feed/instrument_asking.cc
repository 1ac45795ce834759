// SPDX-License-Identifier: Apache-2.0
// What of an instrument is silent, when it is looked at, and what is asked of the venue then.
#include <algorithm>

#include "feeds/feed/instrument_states.h"

namespace tickgate::feeds {

using schemas::Channel;
using schemas::State;

namespace {

// What is not live changes by what is heard, and is looked at then; so long at most without that.
constexpr Monotonic kRest = std::chrono::seconds(1);
// A question that the pace did not permit is put again after this.
constexpr Monotonic kAskAgain = std::chrono::milliseconds(250);
// What was asked for anew is not asked for again sooner.
constexpr Monotonic kAnew = std::chrono::seconds(30);
// One question is of book and quote; no other is put while it may be answered.
constexpr Monotonic kAnswerTime = std::chrono::seconds(2);
// So many of a channel of trades are too few for its rhythm, but its patience is long then.
constexpr std::uint32_t kFewGaps = 5;

}  // namespace

Monotonic InstrumentStates::silent_since(const Entry& entry, Channel channel) const {
  return std::max(entry.rhythm(channel).last(), entry.confirmed_at);
}

bool InstrumentStates::has_patience_for(const Entry& theirs, Moment now) const {
  const auto bearable = [&](Channel channel) {
    const auto& ours = entries_[index_of(theirs.id)];
    return now.steady - silent_since(theirs, channel) <= patience(ours, channel);
  };
  return bearable(Channel::kBook) && (!has_quote(theirs) || bearable(Channel::kQuote));
}

void InstrumentStates::ask(Entry& entry, Moment now, VenueAsker& asker) {
  if (!connected_ || doubt_ || entry.closed || entry.halted || entry.refused) return;
  if (entry.synced) {
    ask_by_siblings(entry, now, asker);
    probe(entry, Channel::kBook, now, asker);
    if (has_quote(entry)) probe(entry, Channel::kQuote, now, asker);
  }
  ask_beside(entry, Channel::kTrade, now, asker);
  ask_beside(entry, Channel::kTicker, now, asker);
}

// Once: what is made anew and falls silent again is known by its rhythm, or by trades again.
void InstrumentStates::ask_by_siblings(Entry& entry, Moment now, VenueAsker& asker) {
  if (now.steady < entry.beside_book.proven_at()) {
    entry.book_asked = false;
  } else if (!entry.book_asked) {
    entry.book_asked = true;
    die(entry, now);
    entry.asks(Channel::kBook).asked(now.steady, kAnew);
    asker.rebuild(entry.id);
  }
  if (!has_quote(entry) || now.steady < entry.beside_quote.proven_at()) {
    entry.quote_asked = false;
  } else if (!entry.quote_asked && asker.ask_again(entry.id, Channel::kQuote)) {
    entry.quote_asked = true;
    entry.asks(Channel::kQuote).asked(now.steady, kAnew);
    entry.rhythm(Channel::kQuote).expect_history();
  }
}

// At half its patience, so that who is merely quiet is never called stale; and while it is stale,
// ever slower. Where the venue cannot be asked, or does not answer in time, it is made anew.
void InstrumentStates::probe(Entry& entry, Channel channel, Moment now, VenueAsker& asker) {
  const auto silence = now.steady - silent_since(entry, channel);
  const auto patience = this->patience(entry, channel);
  auto& asking = entry.asks(channel);
  if (silence < patience / 2) {
    if (asking.tries == 0) asking = {};
    return;
  }
  if (!asking.due(now.steady) || now.steady - entry.probed_at < kAnswerTime) return;
  const auto answer = asker.probe(entry.id);
  if (answer == VenueAsker::Answer::kLater) return;
  if (entry.probe_awaited) counters_.probes[static_cast<std::size_t>(ProbeAnswer::kNone)].add();
  const bool unanswered = entry.probe_awaited || answer == VenueAsker::Answer::kCannot;
  if (silence > patience && unanswered) {
    if (channel == Channel::kBook) {
      if (entry.rhythm(channel).known()) die(entry, now);
      asker.rebuild(entry.id);
    } else if (asker.ask_again(entry.id, channel)) {
      entry.rhythm(channel).expect_history();
    }
  }
  entry.probe_awaited = answer == VenueAsker::Answer::kAsked;
  if (entry.probe_awaited) entry.probed_at = now.steady;
  asking.asked(now.steady, patience / 2);
}

// Its silence is said, and it is asked for again; nothing else is wrong.
void InstrumentStates::ask_beside(Entry& entry, Channel channel, Moment now, VenueAsker& asker) {
  const auto bit = static_cast<std::uint8_t>(1U << static_cast<unsigned>(channel));
  Rhythm& rhythm = entry.rhythm(channel);
  auto& asking = entry.asks(channel);
  const auto patience = rhythm.patience(rhythm_);
  const bool judged = rhythm.known() || rhythm.gaps() >= kFewGaps;
  if (!judged || now.steady - rhythm.last() <= patience) {
    if ((entry.silent_channels & bit) == 0) return;
    entry.silent_channels &= static_cast<std::uint8_t>(~bit);
    asking = {};
    return;
  }
  if (!asking.due(now.steady) || !asker.ask_again(entry.id, channel)) return;
  entry.silent_channels |= bit;
  rhythm.expect_history();
  asking.asked(now.steady, std::max(patience, kAnew));
}

Monotonic InstrumentStates::next_look(const Entry& entry, Monotonic now) const {
  if (entry.doubt.any()) return now;
  if (entry.state != State::kLive) return now + kRest;
  auto at = std::min(
      {now + rhythm_.floor, next_look(entry, Channel::kBook, now), entry.beside_book.proven_at()});
  if (has_quote(entry)) {
    at = std::min({at, next_look(entry, Channel::kQuote, now), entry.beside_quote.proven_at()});
  }
  return at;
}

Monotonic InstrumentStates::next_look(const Entry& entry, Channel channel, Monotonic now) const {
  const auto since = silent_since(entry, channel);
  const auto patience = this->patience(entry, channel);
  if (now < since + patience / 2) return since + patience / 2;
  return std::min(since + patience, std::max(entry.asks(channel).next, now + kAskAgain));
}

}  // namespace tickgate::feeds
