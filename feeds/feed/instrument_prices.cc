// SPDX-License-Identifier: Apache-2.0
// Whether the prices of an instrument can be right, and what becomes of it when they cannot.
#include "feeds/feed/instrument_states.h"
#include "feeds/feed/tick_prices.h"

namespace tickgate::feeds {

using schemas::Channel;

// A quote that is made of the book is judged with it, and what is good is good for both.
template <typename Tick>
bool InstrumentStates::believe(Entry& entry, const Tick& tick, Moment now) {
  constexpr Channel kChannel = Tick::kChannel;
  if (kChannel == Channel::kQuote && !own_quotes_) return !entry.doubt.book_bad();
  if (plausible_.factor != 0) [[likely]] {
    if (entry.prices.is_ignorant(now.steady)) [[unlikely]]
      learn_prices(entry, now);
    const auto is = judge(entry.prices, tick, now.steady, plausible_);
    if (is == Plausibility::Is::kMoved) [[unlikely]] {
      entry.doubt = {};
      refresh(entry, now);
    } else if (is != Plausibility::Is::kPlausible) [[unlikely]] {
      // What was held back belongs to another level.
      if (is == Plausibility::Is::kOffAnew) {
        publisher_.drop_held_book(entry.id);
        publisher_.drop_held_quote(entry.id);
      }
      return false;
    }
  }
  if (entry.doubt.any()) [[unlikely]] {
    // The market is where it was, so what was held back of another level is nobody's.
    const bool bad_book = entry.doubt.book_bad();
    if (bad_book) publisher_.drop_held_book(entry.id);
    if (own_quotes_ ? entry.doubt.quote_bad() : bad_book) publisher_.drop_held_quote(entry.id);
    entry.doubt.good(kChannel);
    refresh(entry, now);
  }
  return true;
}

template bool InstrumentStates::believe(Entry& entry, const schemas::Quote& quote, Moment now);
template bool InstrumentStates::believe(Entry& entry, const schemas::Book& book, Moment now);
template bool InstrumentStates::believe(Entry& entry, const schemas::Trade& trade, Moment now);
template bool InstrumentStates::believe(Entry& entry, const schemas::Ticker& ticker, Moment now);

// The channel is not silent, though what it says is worth nothing; nor is that a rhythm.
void InstrumentStates::quarantined(Entry& entry, Channel channel, Implausible reason, Moment now) {
  last_tick_ = now.steady;
  const auto heard = of(channel);
  entry.rhythm(heard).update(now.steady - late_, rhythm_, Rhythm::Lesson::kNone);
  entry.asks(heard).tries = 0;
  entry.doubt.bad(channel, reason, now.steady);
  refresh(entry, now);
  look_soon(entry);
}

// A line that comes later, or comes back, judges by what the other one has seen meanwhile: its own
// first price may be the wrong one.
void InstrumentStates::learn_prices(Entry& entry, Moment now) const {
  const auto* const theirs = elsewhere_ ? elsewhere_(entry.id) : nullptr;
  if (theirs != nullptr && theirs->knows(now.steady)) entry.prices = *theirs;
}

void InstrumentStates::believe_by_time(Entry& entry, Moment now) {
  if (entry.prices.settle(now.steady, plausible_)) entry.doubt = {};
}

}  // namespace tickgate::feeds
