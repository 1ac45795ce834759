// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/replay_states.h"

#include <algorithm>
#include <utility>

namespace tickgate::gateway {

using schemas::InstrumentId;
using schemas::State;

namespace {

constexpr std::string_view kFirstBook = "waiting for the first book";

// The more, the worse.
int badness(State state) {
  switch (state) {
    case State::kLive:
      return 0;
    case State::kStale:
      return 1;
    case State::kHalted:
      return 2;
    case State::kRecovering:
      return 3;
    case State::kDown:
      return 4;
    case State::kClosed:
      return 5;
  }
  return 5;
}

// Whether `connection` carries what `carrier` did until now.
bool takes_over(ReplayConnection*& carrier, ReplayConnection& connection) {
  if (carrier == nullptr || !carrier->connected || carrier->opened < connection.opened) {
    carrier = &connection;
  }
  return carrier == &connection;
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

bool ReplayStates::carries_book(InstrumentId instrument, ReplayConnection& connection) {
  auto& carrier = of(instrument).book;
  if (carrier != nullptr && carrier != &connection && !carrier->of(instrument).synced) {
    carrier = &connection;
  }
  return takes_over(carrier, connection);
}

void ReplayStates::synced(InstrumentId instrument, ReplayConnection& connection) {
  if (carries_book(instrument, connection)) refresh(instrument);
}

void ReplayStates::quote_invalid(InstrumentId instrument, ReplayConnection& connection) {
  if (takes_over(of(instrument).quote, connection)) refresh(instrument);
}

void ReplayStates::publish(const schemas::Book& book, ReplayConnection& connection) {
  if (carries_book(book.header.instrument, connection)) publisher_.publish(book);
}

void ReplayStates::publish(const schemas::Quote& quote, ReplayConnection& connection) {
  const auto id = quote.header.instrument;
  if (connection.quotes_from_book) {
    if (carries_book(id, connection)) publisher_.publish(quote);
    return;
  }
  const auto* const before = of(id).quote;
  if (!takes_over(of(id).quote, connection)) return;
  auto& standing = connection.of(id);
  if (std::exchange(standing.quote_is_none, false) || before != &connection) refresh(id);
  publisher_.publish(quote);
}

void ReplayStates::publish(const schemas::Ticker& ticker, ReplayConnection& connection) {
  if (takes_over(of(ticker.header.instrument).ticker, connection)) publisher_.publish(ticker);
}

void ReplayStates::publish(const schemas::Trade& trade, ReplayConnection& connection) {
  if (!came_before(trade, connection)) publisher_.publish(trade);
}

bool ReplayStates::came_before(const schemas::Trade& trade, const ReplayConnection& connection) {
  if (trade.id.length == 0) return false;
  Instrument& instrument = of(trade.header.instrument);
  const auto hash = std::hash<std::string_view>()(trade.id.view());
  auto& trades = instrument.trades;
  if (instrument.known_to.size() > 1 &&
      std::any_of(trades.begin(), trades.end(), [&](const SeenTrade& seen) {
        return seen.hash == hash && seen.from != &connection;
      })) {
    return true;
  }
  if (trades.size() < kTradesKept) {
    trades.push_back({hash, &connection});
  } else {
    trades[instrument.next_trade++ % kTradesKept] = {hash, &connection};
  }
  return false;
}

void ReplayStates::set_trading(InstrumentId instrument, State state, std::string_view reason) {
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
  const auto* carrier = instrument.book;
  if (carrier == nullptr) {  // whoever knows it may bring one
    const auto& known_to = instrument.known_to;
    const auto up = std::find_if(known_to.begin(), known_to.end(),
                                 [](const auto* connection) { return connection->connected; });
    carrier = up == known_to.end() ? known_to.front() : *up;
  }
  const auto& standing = carrier->standings[id.value()];
  if (!carrier->connected || standing.refused) return {State::kDown, standing.book_reason};
  if (!standing.synced) return {State::kRecovering, standing.book_reason};
  return judge_trading(instrument);
}

// Where no quote has come yet there is none to be wrong: the book alone counts.
ReplayStates::Verdict ReplayStates::judge_quote(InstrumentId id, const Verdict& book) const {
  const Instrument& instrument = instruments_[id.value()];
  if (instrument.quote == nullptr || book.state == State::kClosed) return book;
  const auto& standing = instrument.quote->standings[id.value()];
  if (!instrument.quote->connected) return {State::kDown, "disconnected"};
  if (standing.quote_is_none) return {State::kRecovering, standing.quote_reason};
  return judge_trading(instrument);
}

void ReplayStates::refresh(InstrumentId id) {
  if (of(id).known_to.empty()) return;  // not announced
  const auto book = judge_book(id);
  const auto quote = judge_quote(id, book);
  const auto whole = badness(quote.state) > badness(book.state) ? quote : book;
  std::string_view note;
  for (const auto* const connection : of(id).known_to) {
    for (const auto& text : connection->standings[id.value()].notes) {
      if (connection->connected && !text.empty()) note = text;
    }
  }
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
