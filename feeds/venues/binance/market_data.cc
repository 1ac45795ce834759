// SPDX-License-Identifier: Apache-2.0
// What the streams say of the market: quotes, trades, tickers, and the diffs that keep the books.
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "feeds/adapter/venue_time.h"
#include "feeds/venues/binance/adapter_class.h"

namespace tickgate::feeds::binance {

using schemas::Timestamp;
using schemas::to_absl;

namespace {

Timestamp read_time(std::string_view token, std::string_view what, JsonReader& reader) {
  if (token.empty()) return schemas::kNoTime;
  const auto milliseconds = reader.count(token, what);
  const auto time = milliseconds > INT64_MAX
                        ? std::nullopt
                        : from_milliseconds(static_cast<std::int64_t>(milliseconds));
  if (!time) reader.fail(what, token);
  return time.value_or(schemas::kNoTime);
}

}  // namespace

void Adapter::take_quote(Entry& entry, const EventFields& fields, Timestamp received,
                         JsonReader& reader) {
  schemas::Quote quote;
  quote.header = {entry.id(), schemas::Channel::kQuote, {}, schemas::kNoTime, received};
  quote.bid = reader.price_or_zero(fields['b'], "b");
  quote.bid_size = reader.size(fields['B'], "B");
  quote.ask = reader.price_or_zero(fields['a'], "a");
  quote.ask_size = reader.size(fields['A'], "A");
  if (reader.ok()) events_.on_tick(quote);
}

void Adapter::take_trade(Entry& entry, const EventFields& fields, Timestamp received,
                         JsonReader& reader) {
  schemas::Trade trade;
  trade.header = {entry.id(), schemas::Channel::kTrade, {}, {}, received};
  trade.header.venue_time = read_time(fields['T'], "T", reader);
  trade.price = reader.price(fields['p'], "p");
  trade.size = reader.size(fields['q'], "q");
  trade.side = reader.flag(fields['m'], "m") ? schemas::Side::kSell : schemas::Side::kBuy;
  trade.id = fields['t'];
  const auto id = reader.count(fields['t'], "t");
  if (!reader.ok()) return;
  auto& ids = entry.state.trades;
  const auto lost = ids.take(id);
  if (!lost) {
    return events_.on_anomaly(Anomaly::kDuplicate,
                              absl::StrCat("trade ", id, " after ", ids.last()));
  }
  if (*lost != 0) events_.on_trades_lost(entry.id(), *lost);
  if (std::exchange(entry.state.halted, false)) events_.on_trading(entry.id());
  events_.on_tick(trade);
}

void Adapter::take_ticker(Entry& entry, const EventFields& fields, Timestamp received,
                          JsonReader& reader) {
  schemas::Ticker ticker;
  ticker.header = {entry.id(), schemas::Channel::kTicker, {}, {}, received};
  ticker.header.venue_time = read_time(fields['E'], "E", reader);
  ticker.last = reader.price_or_zero(fields['c'], "c");
  ticker.open = reader.price_or_zero(fields['o'], "o");
  ticker.has_open = true;
  ticker.high = reader.price_or_zero(fields['h'], "h");
  ticker.low = reader.price_or_zero(fields['l'], "l");
  ticker.volume = reader.size(fields['v'], "v");
  if (reader.ok()) events_.on_tick(ticker);
}

void Adapter::take_diff(Entry& entry, const Event& event, Timestamp received, JsonReader& reader) {
  const Diff diff{reader.count(event.fields['U'], "U"), reader.count(event.fields['u'], "u"),
                  read_time(event.fields['E'], "E", reader), event.bids, event.asks};
  if (diff.first > diff.last) reader.fail("U beyond u", event.fields['U']);
  if (!reader.ok()) {  // its levels are lost to us, so the chain is broken here
    invalidate_book(entry, Anomaly::kParseError, reader.detail(), "unreadable depth update");
    return;
  }
  auto& sync = entry.state.sync;
  auto result = sync.take(diff);
  if (result == BookSync::DiffResult::kGap) {
    const auto detail = absl::StrCat(to_absl(entry.instrument.symbol), ": ", diff.first, " after ",
                                     sync.last_update_id());
    invalidate_book(entry, Anomaly::kGap, detail, "gap in depth updates");
    result = sync.take(diff, settings_.gaps == GapPolicy::kWarn);
  }
  switch (result) {
    case BookSync::DiffResult::kApplied:
      return publish_book(entry, diff.time, received);
    case BookSync::DiffResult::kDuplicate:
      return events_.on_anomaly(Anomaly::kDuplicate, absl::StrCat("depth update ", diff.last));
    case BookSync::DiffResult::kOverflow:
      return request_resync(entry);
    default:
      return;
  }
}

void Adapter::publish_book(Entry& entry, Timestamp venue_time, Timestamp received) {
  const OrderBook& book = entry.state.sync.book();
  if (book.crossed() &&
      invalidate_book(entry, Anomaly::kCrossedBook, entry.instrument.symbol, "crossed book")) {
    return;
  }
  if (!std::exchange(entry.state.synced, true)) events_.on_synced(entry.id());
  tick_.header = {entry.id(), schemas::Channel::kBook, {}, venue_time, received};
  tick_.integrity = schemas::Integrity::kSequence;
  book.write_top(tick_);
  events_.on_tick(tick_);
}

bool Adapter::invalidate_book(Entry& entry, Anomaly anomaly, std::string_view detail,
                              std::string_view reason) {
  events_.on_anomaly(anomaly, detail);
  if (settings_.gaps == GapPolicy::kWarn) return false;
  entry.state.sync.reset();
  if (std::exchange(entry.state.synced, false)) {
    events_.on_recovering(entry.id(), reason);
  }
  request_resync(entry);
  return true;
}

void Adapter::request_resync(Entry& entry) {
  if (!entry.state.fetching) events_.request_resync(entry.id());  // else its answer will tell
}

}  // namespace tickgate::feeds::binance
