// SPDX-License-Identifier: Apache-2.0
#include "feeds/publish/publisher.h"

#include <algorithm>
#include <utility>

#include "schemas/check.h"

namespace tickgate::feeds {

using schemas::Book;
using schemas::BookLevel;
using schemas::Channel;
using schemas::InstrumentId;
using schemas::Quote;
using schemas::SequenceNumber;
using schemas::State;
using schemas::Ticker;

namespace {

template <typename Value>
bool same(const Value& a, const Value& b) {
  return a.value().identical(b.value());
}

bool same(const Quote& a, const Quote& b) {
  return same(a.bid, b.bid) && same(a.ask, b.ask) && same(a.bid_size, b.bid_size) &&
         same(a.ask_size, b.ask_size) && a.header.bid_venue == b.header.bid_venue &&
         a.header.ask_venue == b.header.ask_venue;
}

bool same(const Ticker& a, const Ticker& b) {
  return same(a.last, b.last) && same(a.high, b.high) && same(a.low, b.low) &&
         same(a.volume, b.volume) && a.has_open == b.has_open && same(a.open, b.open);
}

bool same(const Book& a, const Book& b) {
  const auto same_levels = [](std::span<const BookLevel> left, std::span<const BookLevel> right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](const BookLevel& x, const BookLevel& y) {
                        return same(x.price, y.price) && same(x.size, y.size);
                      });
  };
  return same_levels(a.bid_levels(), b.bid_levels()) && same_levels(a.ask_levels(), b.ask_levels());
}

bool same_reasons(const schemas::InstrumentStatus& a, const schemas::InstrumentStatus& b) {
  return a.reason.view() == b.reason.view() && a.quote_reason.view() == b.quote_reason.view();
}

bool same_words(const schemas::InstrumentStatus& a, const schemas::InstrumentStatus& b) {
  return same_reasons(a, b) && a.note.view() == b.note.view();
}

// No status yet: nothing may be shown.
constexpr State state_of(const schemas::InstrumentStatus* status) {
  return status == nullptr ? State::kDown : status->state;
}
constexpr State quote_state_of(const schemas::InstrumentStatus* status) {
  return status == nullptr ? State::kDown : status->quote_state;
}

// Live, halted and stale instruments are synced; a stale one becomes live by the value that comes.
constexpr bool shows_prices(State state) {
  return state == State::kLive || state == State::kHalted || state == State::kStale;
}

}  // namespace

void Publisher::announce(const schemas::Instrument& instrument) {
  auto& numbers = sequences(instrument.id);
  if (memory_ != nullptr) {
    const auto known = memory_->known(instrument.id).ticks;
    std::ranges::transform(numbers, known, numbers.begin(), std::ranges::max);
  }
  sink_.on_instrument(instrument);
}

void Publisher::hand_over(InstrumentId instrument) {
  if (memory_ != nullptr) memory_->of(instrument).ticks = sequences(instrument);
  cache_.forget(instrument);
  history_.forget(instrument);
  if (instrument.value() < held_.size()) held_[instrument.value()] = {};
}

void Publisher::remove(const schemas::Instrument& instrument, schemas::Timestamp now) {
  ++sequences(instrument.id)[static_cast<std::size_t>(Channel::kStatus)];
  hand_over(instrument.id);
  sink_.on_removed(instrument, now);
}

bool Publisher::publish(Quote quote) {
  const auto instrument = quote.header.instrument;
  if (!shows_prices(quote_state_of(cache_.status(instrument)))) [[unlikely]] {
    ++held_back_;
    held(instrument).quote = std::make_unique<Quote>(quote);
    return false;
  }
  drop_held_quote(instrument);
  const auto* last = cache_.quote(instrument);
  if (last != nullptr && same(*last, quote) && !venues_numbers_) return false;
  pass(quote);
  return true;
}

bool Publisher::publish(Book book) {
  const auto instrument = book.header.instrument;
  if (!shows_prices(state_of(cache_.status(instrument)))) [[unlikely]] {
    ++held_back_;
    held(instrument).book = std::make_unique<Book>(book);
    return false;
  }
  drop_held_book(instrument);
  const auto* last = cache_.book(instrument);
  if (last != nullptr && same(*last, book) && !venues_numbers_) return false;
  pass(book);
  return true;
}

bool Publisher::publish(Ticker ticker) {
  const auto* last = cache_.ticker(ticker.header.instrument);
  if (last != nullptr && same(*last, ticker) && !venues_numbers_) return false;
  pass(ticker);
  return true;
}

void Publisher::publish(schemas::Trade trade) { pass(trade); }

void Publisher::lose_trades(InstrumentId instrument, std::uint64_t count,
                            schemas::GapReason reason) {
  TICKGATE_CHECK(count > 0);
  auto& last = sequences(instrument)[static_cast<std::size_t>(Channel::kTrade)];
  sink_.on_trade_gap({instrument, SequenceNumber{last + 1}, SequenceNumber{last + count}, reason});
  last += count;
}

void Publisher::set_status(InstrumentId instrument, const Shown& whole, const Shown& quote,
                           std::string_view note, schemas::Timestamp now) {
  const auto* last = cache_.status(instrument);
  schemas::InstrumentStatus status;
  status.header.instrument = instrument;
  status.header.receive_time = now;
  status.state = whole.state;
  status.reason = whole.reason;
  status.quote_state = quote.state;
  status.quote_reason = quote.reason;
  status.note = note;
  const bool same_state = last != nullptr && last->state == whole.state;
  const bool same_quote = last != nullptr && last->quote_state == quote.state;
  if (same_state && same_quote && same_words(*last, status)) return;
  status.since = same_state ? last->since : now;
  status.quote_since = same_quote ? last->quote_since : now;
  if (!same_state || !same_quote || !same_reasons(*last, status)) history_.note(status, now);
  pass(status);
  release_held(instrument);
}

Publisher::Held& Publisher::held(InstrumentId instrument) {
  if (instrument.value() >= held_.size()) held_.resize(instrument.value() + std::size_t{1});
  return held_[instrument.value()];
}

void Publisher::release_held(InstrumentId instrument) {
  if (instrument.value() >= held_.size()) return;
  auto& [quote, book] = held_[instrument.value()];
  const auto* const status = cache_.status(instrument);
  if (quote != nullptr && shows_prices(status->quote_state)) publish(*std::exchange(quote, {}));
  if (book != nullptr && shows_prices(status->state)) publish(*std::exchange(book, {}));
}

State Publisher::state(InstrumentId instrument) const {
  return state_of(cache_.status(instrument));
}

Publisher::Sequences& Publisher::sequences(InstrumentId instrument) {
  if (instrument.value() >= sequences_.size()) sequences_.resize(instrument.value() + 1);
  return sequences_[instrument.value()];
}

template <typename Tick>
void Publisher::pass(Tick& tick) {
  constexpr auto kIndex = static_cast<std::size_t>(Tick::kChannel);
  tick.header.channel = Tick::kChannel;
  const SequenceNumber ours{++sequences(tick.header.instrument)[kIndex]};
  if (!venues_numbers_) [[likely]]
    tick.header.sequence = ours;
  ++published_[kIndex];
  cache_.apply(tick);
  sink_.on_tick(tick);
}

}  // namespace tickgate::feeds
