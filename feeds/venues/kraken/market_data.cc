// SPDX-License-Identifier: Apache-2.0
// What the channels say of the market: books and their proof, trades, tickers.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "feeds/adapter/venue_time.h"
#include "feeds/venues/kraken/adapter_class.h"
#include "feeds/venues/kraken/checksum.h"

namespace tickgate::feeds::kraken {

using schemas::Channel;
using schemas::Timestamp;
using schemas::to_absl;

namespace {

// Absent is no fault: the venue's older snapshots have none.
Timestamp read_time(std::string_view token, JsonReader& reader) {
  if (token.empty()) return schemas::kNoTime;
  const auto time = parse_rfc3339(unquoted(token));
  if (!time) reader.fail("timestamp", token);
  return time.value_or(schemas::kNoTime);
}

}  // namespace

void Adapter::take_book(Entry& entry, bool is_snapshot, const Item& item, JsonReader& reader) {
  State& state = entry.state;
  const auto time = read_time(item.tokens.timestamp, reader);
  const auto expected = reader.count(item.tokens.checksum, "checksum");
  if (!reader.ok()) {  // its levels are lost to us
    if (is_snapshot || state.synced) {
      invalidate_book(entry, Anomaly::kParseError, reader.detail(), "unreadable book message");
    } else {
      events_.on_anomaly(Anomaly::kParseError, reader.detail());
    }
    return;
  }
  if (is_snapshot) {
    state.book.clear();
  } else if (!state.synced) {
    return;  // of a subscription given up; the new one begins with a snapshot
  }
  for (const auto& level : item.bids) state.book.set(BookSide::kBid, level.price, level.size);
  for (const auto& level : item.asks) state.book.set(BookSide::kAsk, level.price, level.size);
  if (is_snapshot && state.depth == 0) {  // no acknowledgement seen
    state.depth = std::max({depth_, item.bids.size(), item.asks.size()});
  }
  state.book.truncate(state.depth);  // the venue sends no delete for what falls out
  const auto computed = checksum(state.book);
  if (computed == expected) {
    if (!is_snapshot) events_.on_checksum_verified();
  } else {
    const auto detail = absl::StrCat(to_absl(entry.instrument.symbol), ": ours ", computed,
                                     ", the venue's ", expected);
    if (invalidate_book(entry, Anomaly::kChecksumFailed, detail, "checksum failed")) return;
  }
  if (state.book.crossed() &&
      invalidate_book(entry, Anomaly::kCrossedBook, entry.instrument.symbol, "crossed book")) {
    return;
  }
  publish_book(entry, time);
}

void Adapter::publish_book(Entry& entry, Timestamp venue_time) {
  if (!std::exchange(entry.state.synced, true)) events_.on_synced(entry.id());
  tick_.header = {entry.id(), Channel::kBook, {}, venue_time, received_};
  tick_.integrity = schemas::Integrity::kChecksum;
  entry.state.book.write_top(tick_);
  events_.on_tick(tick_);
  schemas::Quote quote;
  quote.header = {entry.id(), Channel::kQuote, {}, venue_time, received_};
  entry.state.book.write_best(quote);
  events_.on_tick(quote);
}

bool Adapter::invalidate_book(Entry& entry, Anomaly anomaly, std::string_view detail,
                              std::string_view reason) {
  events_.on_anomaly(anomaly, detail);
  if (settings_.gaps == GapPolicy::kWarn) return false;
  entry.state.book.clear();
  if (std::exchange(entry.state.synced, false)) events_.on_recovering(entry.id(), reason);
  events_.request_resync(entry.id());
  return true;
}

void Adapter::take_trade(Entry& entry, bool is_history, const Item::Tokens& tokens,
                         JsonReader& reader) {
  const auto id = reader.count(tokens.trade_id, "trade_id");
  if (is_history) {
    if (reader.ok()) entry.state.trades.take_history(id);
    return;
  }
  schemas::Trade trade;
  trade.header = {entry.id(), Channel::kTrade, {}, {}, received_};
  trade.header.venue_time = read_time(tokens.timestamp, reader);
  trade.price = reader.price(tokens.price, "price");
  trade.size = reader.size(tokens.qty, "qty");
  trade.id = unquoted(tokens.trade_id);
  const auto side = unquoted(tokens.side);
  if (side != "buy" && side != "sell") reader.fail("side", tokens.side);
  trade.side = side == "buy" ? schemas::Side::kBuy : schemas::Side::kSell;
  if (!reader.ok()) return;
  const auto missed = entry.state.trades.take(id);
  if (!missed) return events_.on_anomaly(Anomaly::kDuplicate, absl::StrCat("trade ", id));
  if (*missed != 0) events_.on_trades_lost(entry.id(), *missed);
  events_.on_tick(trade);
}

void Adapter::take_ticker(Entry& entry, const Item::Tokens& tokens, JsonReader& reader) {
  schemas::Ticker ticker;
  ticker.header = {entry.id(), Channel::kTicker, {}, {}, received_};
  ticker.header.venue_time = read_time(tokens.timestamp, reader);
  ticker.last = reader.price_or_zero(tokens.last, "last");
  ticker.high = reader.price_or_zero(tokens.high, "high");
  ticker.low = reader.price_or_zero(tokens.low, "low");
  ticker.volume = reader.size(tokens.volume, "volume");
  // A market without a trade has zeros, at the first of January 1970.
  if (reader.ok() && !ticker.last.value().is_zero()) events_.on_tick(ticker);
}

}  // namespace tickgate::feeds::kraken
