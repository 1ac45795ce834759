// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/replay_states.h"

#include <algorithm>
#include <utility>

#include "feeds/feed/tick_prices.h"
#include "schemas/badness.h"

namespace tickgate::gateway {

using schemas::Channel;
using schemas::InstrumentId;
using schemas::State;

namespace {

constexpr std::string_view kFirstBook = "waiting for the first book";

constexpr bool is_broken(State state) {
  return state == State::kRecovering || state == State::kDown;
}

}  // namespace

ReplayStanding& ReplayConnection::of(InstrumentId instrument) {
  const auto index = instrument.value();
  if (index >= standings.size()) standings.resize(index + std::size_t{1});
  return standings[index];
}

ReplayStates::Instrument& ReplayStates::of(InstrumentId instrument) {
  const auto index = instrument.value();
  if (index >= instruments_.size()) instruments_.resize(index + std::size_t{1});
  return instruments_[index];
}

void ReplayStates::announce(const schemas::Instrument& instrument, ReplayConnection& connection) {
  auto& known_to = of(instrument.id).known_to;
  connection.of(instrument.id).book_reason = kFirstBook;
  if (known_to.empty()) publisher_.announce(instrument);
  if (std::find(known_to.begin(), known_to.end(), &connection) == known_to.end()) {
    known_to.push_back(&connection);
  }
  refresh(instrument.id);
}

void ReplayStates::synced(InstrumentId instrument, ReplayConnection& connection) {
  if (carriers_.carries(Channel::kBook, instrument, connection)) refresh(instrument);
}

void ReplayStates::quote_invalid(InstrumentId instrument, ReplayConnection& connection) {
  if (carriers_.carries(Channel::kQuote, instrument, connection)) refresh(instrument);
}

void ReplayStates::publish(const schemas::Book& book, ReplayConnection& connection) {
  const auto id = book.header.instrument;
  if (!carriers_.carries(Channel::kBook, id, connection)) return;
  of(id).bad_book = !believe(book);
  if (!of(id).bad_book) publisher_.publish(book);
}

void ReplayStates::publish(const schemas::Quote& quote, ReplayConnection& connection) {
  const auto id = quote.header.instrument;
  if (connection.quotes_from_book) {
    if (of(id).bad_book || !carriers_.carries(Channel::kBook, id, connection)) return;
    publisher_.publish(quote);
    return;
  }
  const auto* const before = carrier(Channel::kQuote, id);
  if (!carriers_.carries(Channel::kQuote, id, connection)) return;
  if (!believe(quote)) return;
  const bool was_none = std::exchange(connection.of(id).quote_is_none, false);
  if (was_none || before != &connection) refresh(id);
  publisher_.publish(quote);
}

void ReplayStates::publish(const schemas::Ticker& ticker, ReplayConnection& connection) {
  const auto id = ticker.header.instrument;
  if (carriers_.carries(Channel::kTicker, id, connection) && believe(ticker)) {
    publisher_.publish(ticker);
  }
}

bool ReplayStates::publish(const schemas::Trade& trade, ReplayConnection& connection) {
  if (carriers_.came_before(trade, connection)) return true;
  if (believe(trade)) {
    publisher_.publish(trade);
    return true;
  }
  publisher_.lose_trades(trade.header.instrument, 1, schemas::GapReason::kFeedGap);
  return false;
}

// As of a feed, but that there is no clock, and so no state of waiting for good ones.
template <typename Tick>
bool ReplayStates::believe(const Tick& tick) {
  if (plausible_.factor == 0) return true;
  auto& prices = of(tick.header.instrument).prices;
  const auto is = judge(prices, tick, feeds::Monotonic(now_.value()), plausible_);
  if (is == feeds::Plausibility::Is::kPlausible || is == feeds::Plausibility::Is::kMoved) {
    return true;
  }
  const auto reference = prices.reference();
  std::array<char, schemas::Decimal::kMaxText> price, held_against;
  char* const end = write_decimal(price.data(), feeds::suspect_of(tick, reference));
  char* const end_of_other = write_decimal(held_against.data(), reference);
  quarantined({tick.header.instrument,
               Tick::kChannel,
               feeds::Implausible::kOffMedian,
               {price.data(), end},
               {held_against.data(), end_of_other}});
  return false;
}

void ReplayStates::quarantined(const feeds::ImplausibleTick& tick) {
  ++quarantined_[static_cast<std::size_t>(tick.reason)];
  if (on_quarantined_) on_quarantined_(tick);
}

void ReplayStates::set_trading(InstrumentId instrument, State state, std::string_view reason) {
  if (of(instrument).trading == State::kHalted) of(instrument).prices.forget();
  of(instrument).trading = state;
  of(instrument).trading_reason = reason;
  refresh(instrument);
}

ReplayStates::Verdict ReplayStates::judge_trading(const Instrument& instrument) const {
  return {instrument.trading, instrument.trading_reason};
}

ReplayStates::Verdict ReplayStates::judge_book(InstrumentId id) const {
  const Instrument& instrument = instruments_[id.value()];
  if (instrument.trading == State::kClosed) return judge_trading(instrument);
  const auto* whose = carrier(Channel::kBook, id);
  if (whose == nullptr) {  // whoever knows it may bring one
    const auto& known_to = instrument.known_to;
    const auto up = std::find_if(known_to.begin(), known_to.end(),
                                 [](const auto* connection) { return connection->open; });
    whose = up == known_to.end() ? known_to.front() : *up;
  }
  const auto& standing = whose->standings[id.value()];
  if (!whose->open || standing.refused) return {State::kDown, standing.book_reason};
  if (!whose->has_book(id)) return {State::kRecovering, standing.book_reason};
  return judge_trading(instrument);
}

// Where no quote has come yet there is none to be wrong: the book alone counts.
ReplayStates::Verdict ReplayStates::judge_quote(InstrumentId id, const Verdict& book) const {
  const auto* const whose = carrier(Channel::kQuote, id);
  if (whose == nullptr || book.state == State::kClosed) return book;
  const auto& standing = whose->standings[id.value()];
  if (!whose->open) return {State::kDown, "disconnected"};
  if (standing.quote_is_none) return {State::kRecovering, standing.quote_reason};
  return judge_trading(instruments_[id.value()]);
}

void ReplayStates::refresh(InstrumentId id) {
  if (of(id).known_to.empty()) return;  // not announced
  const auto book = judge_book(id);
  const auto quote = judge_quote(id, book);
  const auto whole = schemas::badness(quote.state) > schemas::badness(book.state) ? quote : book;
  std::string_view note;
  for (const auto* const connection : of(id).known_to) {
    for (const auto& text : connection->standings[id.value()].notes) {
      if (connection->open && !text.empty()) note = text;
    }
  }
  if (is_broken(book.state)) publisher_.drop_held_book(id);
  if (is_broken(quote.state)) publisher_.drop_held_quote(id);
  publisher_.set_status(id, {whole.state, whole.reason}, {quote.state, quote.reason},
                        whole.state == State::kLive ? note : std::string_view(), now_);
}

void ReplayStates::refresh_all(const ReplayConnection& connection) {
  for (std::uint32_t i = 0; i < instruments_.size(); ++i) {
    const auto& known_to = instruments_[i].known_to;
    if (std::find(known_to.begin(), known_to.end(), &connection) != known_to.end()) {
      refresh(InstrumentId{i});
    }
  }
}

}  // namespace tickgate::gateway
