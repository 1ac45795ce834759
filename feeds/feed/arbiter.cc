// SPDX-License-Identifier: Apache-2.0
#include "feeds/feed/arbiter.h"

#include <algorithm>
#include <utility>

#include "schemas/badness.h"

namespace tickgate::feeds {
namespace {

using schemas::InstrumentId;
using schemas::InstrumentStatus;
using schemas::State;
using schemas::Timestamp;

// Of what a venue heartbeats: a spare takes over within one.
constexpr Monotonic kHeartbeat = std::chrono::seconds(1);
// A line that has just taken over may be behind what was shown, for so long. A clock that is set
// meanwhile hides its prices no longer.
constexpr Monotonic kCatchUp = std::chrono::seconds(10);

constexpr bool is_mute(State state) { return state == State::kDown || state == State::kRecovering; }
constexpr bool connected(State state) { return state != State::kDown && state != State::kClosed; }

}  // namespace

Arbiter::Arbiter(FeedShared& feed)
    : feed_(feed),
      clients_(feed.publisher),
      counters_(feed.counters),
      patience_(kHeartbeat * 3 / 4),
      inputs_{Input(*this, 0), Input(*this, 1)} {}

void Arbiter::set_facts(const VenueFacts& facts) {
  has_ticker_ = facts.has_ticker;
  contiguous_trades_ = facts.numbered.trades == Numbering::kContiguous;
  if (facts.heartbeat.count() > 0) patience_ = Monotonic(facts.heartbeat) * 3 / 4;
}

void Arbiter::announce(const schemas::Instrument& instrument) {
  const auto index = instrument.id.value();
  if (index >= entries_.size()) entries_.resize(index + std::size_t{1});
  if (entries_[index]) return;
  entries_[index].emplace().trades = TradeMerge(contiguous_trades_);
  clients_.announce(instrument);
}

void Arbiter::remove(const schemas::Instrument& instrument, Timestamp now) {
  const auto index = instrument.id.value();
  if (index >= entries_.size() || !entries_[index]) return;
  if (entries_[index]->shown) count(entries_[index]->state, -1);
  entries_[index].reset();
  for (Input& input : inputs_) input.publisher.remove(instrument, now);
}

std::size_t Arbiter::speaker(InstrumentId instrument) const {
  const auto index = instrument.value();
  if (index >= entries_.size() || !entries_[index]) return 0;
  const Entry& entry = *entries_[index];
  return entry.books.last() != 0 ? entry.book_line : entry.speaker;
}

// Which line's word counts, and what follows.

void Arbiter::on_status(std::size_t line, const InstrumentStatus& status) {
  Entry& one = entry(status.header.instrument);
  Side& side = one.sides[line];
  side.status = status;
  note_word(side);
  note_loss(line, side);
  choose(status.header.instrument, one, status.header.receive_time);
}

void Arbiter::note_word(Side& side) {
  const auto state = side.status->state;
  if (is_mute(state)) return;
  const auto word = state == State::kHalted   ? Word::kHalted
                    : state == State::kClosed ? Word::kClosed
                                              : Word::kTrading;
  if (word != std::exchange(side.word, word)) side.word_at = ++words_;
}

// What it had before is no price of now; and why it became stale, which its states have counted.
void Arbiter::note_loss(std::size_t line, Side& side) {
  if (is_mute(side.status->state)) side.has.book = false;
  if (is_mute(side.status->quote_state)) side.has.quote = false;
  if (!connected(side.status->state)) side.has.ticker = false;
  Input& input = inputs_[line];
  for (std::size_t i = 0; i < kStaleReasonCount; ++i) {
    const auto count = input.counters.stale[i].value();
    if (count != std::exchange(input.stale[i], count)) side.stale = static_cast<StaleReason>(i);
  }
}

// Of two words on trading the newer counts, as long as its line is heard; else the better state.
bool Arbiter::better(const Entry& entry, std::size_t line, std::size_t than) const {
  const auto &ours = entry.sides[line], &theirs = entry.sides[than];
  if (!ours.status || !theirs.status) return ours.status.has_value();
  const auto state = ours.status->state, other = theirs.status->state;
  if (is_mute(state) != is_mute(other)) return is_mute(other);
  if (!is_mute(state) && ours.word != theirs.word) return ours.word_at > theirs.word_at;
  if (state != other) return schemas::badness(state) < schemas::badness(other);
  return schemas::badness(ours.status->quote_state) < schemas::badness(theirs.status->quote_state);
}

void Arbiter::choose(InstrumentId instrument, Entry& entry, Timestamp now) {
  const auto before = entry.speaker, other = 1 - before;
  const bool taken = better(entry, other, before);
  if (taken) entry.speaker = other;
  show(instrument, entry, now);
  if (taken) take_over(instrument, entry, entry.speaker);
  const auto open = open_lines(entry);
  if (!open[0] && !open[1]) {
    entry.quotes.restart();
    entry.books.restart();
  }
  check_trades(entry, std::nullopt);
}

void Arbiter::show(InstrumentId instrument, Entry& entry, Timestamp now) {
  const auto& best = status(entry, entry.speaker);
  const auto& spare = entry.sides[1 - entry.speaker].status;
  const bool same_word = spare && entry.sides[0].word == entry.sides[1].word;
  const bool lends = same_word && connected(best.state) &&
                     schemas::badness(spare->quote_state) < schemas::badness(best.quote_state);
  const auto& quote = lends ? *spare : best;
  if (!entry.shown || best.state != entry.state) {
    if (std::exchange(entry.shown, true)) count(entry.state, -1);
    count(best.state, 1);
    if (best.state == State::kStale) {
      counters_.stale[static_cast<std::size_t>(entry.sides[entry.speaker].stale)].add();
    }
    entry.state = best.state;
  }
  clients_.set_status(instrument, {best.state, best.reason.view()},
                      {quote.quote_state, quote.quote_reason.view()}, best.note.view(), now);
}

// What the new one has is shown, unless what was shown is newer.
void Arbiter::take_over(InstrumentId instrument, Entry& entry, std::size_t line) {
  entry.lag.clear();
  if (!entry.sides[1 - line].status) return;
  if (connected(status(entry, line).state)) counted(line).takeovers.add();
  entry.taken_over = now_;
  const auto& values = inputs_[line].publisher.cache();
  const auto& [book, quote, ticker] = entry.sides[line].has;
  if (book) on_price(line, *values.book(instrument));
  if (quote) on_price(line, *values.quote(instrument));
  if (ticker) on_spoken(line, *values.ticker(instrument));
}

TradeMerge::Open Arbiter::open_lines(const Entry& entry) const {
  TradeMerge::Open open{};
  for (std::size_t line = 0; line < kLines; ++line) {
    const auto& status = entry.sides[line].status;
    open[line] = status && connected(status->state);
  }
  return open;
}

// Prices.

template <typename Tick>
void Arbiter::on_price(std::size_t line, const Tick& tick) {
  const auto number = tick.header.sequence.value();
  if (number == 0) return on_spoken(line, tick);
  Entry& one = entry(tick.header.instrument);
  note_value(one.sides[line], tick);
  const auto [first, lead] = race(one, tick).offer(line, number, tick.header.receive_time);
  if (lead) {
    auto& winner = counted(1 - line);
    winner.leads.add();
    winner.lead_time.add(static_cast<std::uint64_t>(*lead));
  }
  if (!first) return;
  counted(line).wins.add();
  if constexpr (Tick::kChannel == schemas::Channel::kBook) one.book_line = line;
  clients_.publish(tick);
}

// Of what is not numbered, whoever speaks says it.
template <typename Tick>
void Arbiter::on_spoken(std::size_t line, const Tick& tick) {
  Entry& one = entry(tick.header.instrument);
  const bool goes_on = note_value(one.sides[line], tick);
  if constexpr (Tick::kChannel != schemas::Channel::kTicker) {
    note_lag(one, line, tick.header.venue_time, goes_on);
  }
  if (line != one.speaker) return;
  const auto& values = clients_.cache();
  if constexpr (Tick::kChannel == schemas::Channel::kBook) {
    if (goes_back(one, tick, values.book(tick.header.instrument))) return;
  } else if constexpr (Tick::kChannel == schemas::Channel::kQuote) {
    if (goes_back(one, tick, values.quote(tick.header.instrument))) return;
  } else {
    if (goes_back(one, tick, values.ticker(tick.header.instrument))) return;
    return feed_.tickers.on_ticker(tick, moment_of(tick.header));
  }
  clients_.publish(tick);
}

template <typename Tick>
bool Arbiter::goes_back(const Entry& entry, const Tick& tick, const Tick* published) const {
  if (entry.taken_over == Monotonic::min() || now_ - entry.taken_over > kCatchUp) return false;
  if (published == nullptr) return false;
  const auto &ours = tick.header, &shown = published->header;
  const bool dated = ours.venue_time != schemas::kNoTime && shown.venue_time != schemas::kNoTime;
  return dated ? ours.venue_time < shown.venue_time : ours.receive_time < shown.receive_time;
}

// The spare is ahead with what the speaker has not brought. What a line begins with (a snapshot) is
// no such thing.
void Arbiter::note_lag(Entry& entry, std::size_t line, Timestamp stamp, bool goes_on) {
  auto& newest = entry.sides[line].newest;
  if (stamp != schemas::kNoTime) newest = std::max(newest, stamp);
  if (line == entry.speaker) return entry.lag.on_speaker(stamp);
  if (!goes_on) return;
  if (stamp == schemas::kNoTime || stamp > entry.sides[entry.speaker].newest) {
    entry.lag.on_spare(stamp, now_, patience_);
  }
}

// Trades.

void Arbiter::on_trade(std::size_t line, const schemas::Trade& trade) {
  Entry& one = entry(trade.header.instrument);
  const auto lost = std::exchange(one.sides[line].lost, 0);
  if (trade.header.sequence.value() == 0) {
    if (line == one.speaker) publish_trade(trade, lost);
    return;
  }
  const auto emit = [this](const schemas::Trade& next, std::uint64_t missing) {
    publish_trade(next, missing);
  };
  if (one.trades.offer(line, trade, lost, open_lines(one), emit)) counted(line).wins.add();
}

void Arbiter::on_gap(std::size_t line, const schemas::TradeGap& gap) {
  entry(gap.instrument).sides[line].lost += gap.to.value() - gap.from.value() + 1;
}

void Arbiter::publish_trade(const schemas::Trade& trade, std::uint64_t lost) {
  const auto id = trade.header.instrument;
  const auto now = moment_of(trade.header);
  if (lost > 0) {
    counters_.trades_lost.add(lost);
    feed_.tickers.on_trades_lost(id, now);
    feed_.tallies.add(id, Tally::kTradeLost, now.wall, lost);
    clients_.lose_trades(id, lost, schemas::GapReason::kFeedGap);
  }
  clients_.publish(trade);
  feed_.tickers.on_trade(trade, !has_ticker_, now);
}

void Arbiter::check_trades(Entry& entry, std::optional<Monotonic> now) {
  if (!entry.trades.waits()) return;
  entry.trades.check(
      open_lines(entry), now,
      [this](const schemas::Trade& next, std::uint64_t missing) { publish_trade(next, missing); });
}

void Arbiter::advance(Moment now) {
  now_ = now.steady;
  for (std::size_t index = 0; index < entries_.size(); ++index) {
    auto& one = entries_[index];
    if (!one) continue;
    check_trades(*one, now.steady);
    if (one->lag.any()) check_lag(InstrumentId(static_cast<std::uint32_t>(index)), *one, now);
  }
}

// Silent or late, though its own rhythm would not call it so yet.
void Arbiter::check_lag(InstrumentId instrument, Entry& entry, Moment now) {
  if (!entry.lag.reaches(patience_, now.steady)) return;
  const auto spare = 1 - entry.speaker;
  if (better(entry, entry.speaker, spare)) return;
  entry.speaker = spare;
  show(instrument, entry, now.wall);
  take_over(instrument, entry, spare);
}

}  // namespace tickgate::feeds
