// SPDX-License-Identifier: Apache-2.0
#include "feeds/binance/adapter.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "feeds/binance/addresses.h"
#include "feeds/binance/book_sync.h"
#include "feeds/binance/messages.h"
#include "feeds/instrument_map.h"
#include "feeds/log.h"
#include "feeds/venue_time.h"

namespace tickgate::feeds::binance {
namespace {

using schemas::InstrumentId;
using schemas::Timestamp;
using schemas::to_absl;

constexpr std::size_t kDefaultDepth = 1000;

// What is kept of one symbol. The last trade's id and the halt outlive a connection.
struct State {
  BookSync sync;
  std::optional<std::uint64_t> last_trade_id;
  bool whole = false;     // as the receiver knows it
  bool fetching = false;  // a snapshot was asked for and has not come
  bool halted = false;
  bool unlisted = false;
};

class Adapter final : public VenueAdapter {
 public:
  Adapter(const AdapterSettings& settings, schemas::InstrumentRegistry& registry,
          AdapterEvents& events);

  std::string url() const override { return stream_url(settings_.websocket_url, symbols_); }
  VenueLimits limits() const override;
  void on_open(Timestamp now) override;
  void on_text(std::string_view frame, Timestamp received) override;
  void on_http(std::string_view target, int status, std::string_view body,
               Timestamp received) override;
  void on_close() override;
  void resync(InstrumentId instrument) override;
  const OrderBook* book(InstrumentId instrument) const override;

 private:
  using Instruments = InstrumentMap<State>;
  using Entry = Instruments::Entry;

  void announce();
  Entry* entry_of(std::string_view symbol);
  Entry* discover(std::string_view symbol);
  void fetch_snapshot(Entry& entry);
  void fetch_exchange_info();

  void take_quote(Entry& entry, const EventFields& fields, Timestamp received, JsonReader& reader);
  void take_trade(Entry& entry, const EventFields& fields, Timestamp received, JsonReader& reader);
  void take_ticker(Entry& entry, const EventFields& fields, Timestamp received, JsonReader& reader);
  void take_diff(Entry& entry, const Event& event, Timestamp received, JsonReader& reader);
  void take_snapshot(std::string_view symbol, int status, std::string_view body,
                     Timestamp received);
  void take_snapshot_refusal(Entry& entry, int status, std::string_view body);
  void take_exchange_info(int status, std::string_view body);

  void publish_book(Entry& entry, Timestamp venue_time, Timestamp received);
  // Whether the book must be made anew; with GapPolicy::kWarn it never must.
  bool lose_book(Entry& entry, Anomaly anomaly, std::string_view detail, std::string_view reason);
  void wish_resync(Entry& entry);

  const AdapterSettings settings_;
  AdapterEvents& events_;
  Instruments instruments_;
  std::vector<std::string> symbols_;            // the venue's, as configured
  schemas::TextMap<std::string> listed_pairs_;  // by venue symbol; only to discover
  MessageDecoder decoder_;
  schemas::Book tick_;  // reused: too large to clear each time
  log::Limiter refusals_;
  bool announced_ = false;
  bool closed_ = false;        // between on_close and on_open
  bool info_refused_ = false;  // exchangeInfo, because one of the symbols is not listed
};

// So wide a jump, up or down, is another numbering; or one absurd id, which must not make
// duplicates of all that follow it.
bool renumbered(std::uint64_t last, std::uint64_t id) {
  constexpr std::uint64_t kWide = 100'000'000;
  return id > last ? id - last > kWide : last - id > kWide;
}

Timestamp read_time(std::string_view token, std::string_view what, JsonReader& reader) {
  if (token.empty()) return schemas::kNoTime;
  const auto milliseconds = reader.count(token, what);
  const auto time = milliseconds > INT64_MAX
                        ? std::nullopt
                        : from_milliseconds(static_cast<std::int64_t>(milliseconds));
  if (!time) reader.fail(what, token);
  return time.value_or(schemas::kNoTime);
}

Adapter::Adapter(const AdapterSettings& settings, schemas::InstrumentRegistry& registry,
                 AdapterEvents& events)
    : settings_(settings), events_(events), instruments_("binance", registry) {
  for (const auto& pair : settings_.pairs) {
    const auto [entry, fresh] = instruments_.add(venue_symbol(pair), pair);
    if (entry == nullptr) {
      log::error("feeds.binance", "not a pair", {{"pair", pair}});
    } else if (fresh && symbols_.size() < kMostSymbols) {
      symbols_.push_back(entry->venue_symbol);
    }
  }
}

VenueLimits Adapter::limits() const {
  VenueLimits limits;
  limits.sends_per_second = 5;  // pongs count too
  limits.send_burst = 5;
  limits.fetches_per_second = 1;  // a snapshot weighs 50 of 6,000 a minute, at 5,000 levels 250
  limits.resyncs_per_second = 1;
  limits.lifetime = std::chrono::hours(24);
  return limits;
}

// The first call of all: nothing is said of an instrument before it is announced.
void Adapter::announce() {
  if (std::exchange(announced_, true)) [[likely]]
    return;
  for (const auto& entry : instruments_) events_.on_instrument(entry.instrument);
  for (std::size_t i = symbols_.size(); i < instruments_.size(); ++i) {
    events_.on_refused(
        {(instruments_.begin() + static_cast<std::ptrdiff_t>(i))->id(), schemas::Channel::kBook},
        "a connection carries 1024 streams, four a symbol");
  }
}

void Adapter::on_open(Timestamp /*now*/) {
  announce();
  closed_ = false;
  info_refused_ = false;
  fetch_exchange_info();
  for (const auto& symbol : symbols_) fetch_snapshot(*instruments_.find(symbol));
}

void Adapter::on_close() {
  closed_ = true;
  for (auto& entry : instruments_) {
    entry.state.sync.reset();
    entry.state.whole = entry.state.fetching = false;
  }
}

void Adapter::resync(InstrumentId instrument) {
  Entry* const entry = instruments_.find(instrument);
  if (entry == nullptr || closed_) return;
  if (std::exchange(entry->state.whole, false)) {
    entry->state.sync.reset();
    events_.on_recovering(entry->id(), "resync");
  }
  entry->state.fetching = false;  // whoever asks again has waited long enough for an answer
  fetch_snapshot(*entry);
}

const OrderBook* Adapter::book(InstrumentId instrument) const {
  const Entry* const entry = instruments_.find(instrument);
  return entry != nullptr && entry->state.whole ? &entry->state.sync.book() : nullptr;
}

void Adapter::fetch_snapshot(Entry& entry) {
  if (std::exchange(entry.state.fetching, true)) return;
  const auto depth = settings_.book_depth == 0 ? kDefaultDepth : settings_.book_depth;
  events_.fetch(
      depth_url(settings_.rest_url, entry.venue_symbol, std::min<std::size_t>(depth, 5000)));
}

void Adapter::fetch_exchange_info() {
  std::vector<std::string> listed;
  for (const auto& symbol : symbols_) {
    if (!instruments_.find(symbol)->state.unlisted) listed.push_back(symbol);
  }
  if (!listed.empty()) events_.fetch(exchange_info_url(settings_.rest_url, listed));
}

// Null, and counted, for a symbol that nobody asked for.
Adapter::Entry* Adapter::entry_of(std::string_view symbol) {
  if (Entry* const entry = instruments_.find(symbol)) [[likely]]
    return entry;
  if (settings_.discover) {
    if (Entry* const entry = discover(symbol)) return entry;
  }
  events_.on_anomaly(Anomaly::kUnknownInstrument, symbol.substr(0, 100));
  return nullptr;
}

Adapter::Entry* Adapter::discover(std::string_view symbol) {
  std::optional<std::string> pair;
  if (const auto it = listed_pairs_.find(symbol); it != listed_pairs_.end()) {
    pair = it->second;
  } else {
    pair = guess_pair(symbol);
  }
  if (!pair) return nullptr;
  const auto [entry, fresh] = instruments_.add(symbol, *pair);
  if (fresh) events_.on_instrument(entry->instrument);
  return entry;
}

void Adapter::on_text(std::string_view frame, Timestamp received) {
  announce();
  JsonReader reader;
  const Event& event = decoder_.event(frame, reader);
  switch (event.kind) {
    case EventKind::kUnused:
    case EventKind::kReply:
      return;
    case EventKind::kShutdown:
      return events_.wish_reconnect("the venue announced a shutdown of this connection");
    case EventKind::kError:
      return refusals_.warning("feeds.binance", "request refused", {{"message", event.message}});
    case EventKind::kUnknown:
      return reader.ok() ? events_.on_anomaly(Anomaly::kUnknownMessage, frame.substr(0, 100))
                         : events_.on_anomaly(Anomaly::kParseError, reader.detail());
    default:
      break;
  }
  const auto symbol = reader.text(event.fields['s'], "s");
  Entry* const entry = symbol.empty() ? nullptr : entry_of(symbol);
  if (entry != nullptr) {
    switch (event.kind) {
      case EventKind::kBookTicker:
        take_quote(*entry, event.fields, received, reader);
        break;
      case EventKind::kTrade:
        take_trade(*entry, event.fields, received, reader);
        break;
      case EventKind::kTicker:
        take_ticker(*entry, event.fields, received, reader);
        break;
      default:
        return take_diff(*entry, event, received, reader);
    }
  }
  if (!reader.ok()) events_.on_anomaly(Anomaly::kParseError, reader.detail());
}

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
  auto& last = entry.state.last_trade_id;
  if (last && renumbered(*last, id)) {
    events_.on_trades_lost(entry.id(), 1);  // how many, nobody can tell
  } else if (last && id <= *last) {
    return events_.on_anomaly(Anomaly::kDuplicate, absl::StrCat("trade ", id, " after ", *last));
  } else if (last && id > *last + 1) {
    events_.on_trades_lost(entry.id(), id - *last - 1);
  }
  last = id;
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
    lose_book(entry, Anomaly::kParseError, reader.detail(), "unreadable depth update");
    return;
  }
  auto& sync = entry.state.sync;
  auto result = sync.take(diff);
  if (result == BookSync::DiffResult::kGap) {
    const auto detail = absl::StrCat(to_absl(entry.instrument.symbol), ": ", diff.first, " after ",
                                     sync.last_update_id());
    lose_book(entry, Anomaly::kGap, detail, "gap in depth updates");
    result = sync.take(diff, settings_.gaps == GapPolicy::kWarn);
  }
  switch (result) {
    case BookSync::DiffResult::kApplied:
      return publish_book(entry, diff.time, received);
    case BookSync::DiffResult::kDuplicate:
      return events_.on_anomaly(Anomaly::kDuplicate, absl::StrCat("depth update ", diff.last));
    case BookSync::DiffResult::kOverflow:
      return wish_resync(entry);
    default:
      return;
  }
}

void Adapter::on_http(std::string_view target, int status, std::string_view body,
                      Timestamp received) {
  announce();
  const auto [resource, symbol] = parse_target(target);
  if (resource == Resource::kDepth) take_snapshot(symbol, status, body, received);
  if (resource == Resource::kExchangeInfo) take_exchange_info(status, body);
}

void Adapter::take_snapshot(std::string_view symbol, int status, std::string_view body,
                            Timestamp received) {
  Entry* const entry = closed_ ? nullptr : entry_of(symbol);
  if (entry == nullptr) return;  // asked for by a connection that is gone
  entry->state.fetching = false;
  if (status != 200) return take_snapshot_refusal(*entry, status, body);
  JsonReader reader;
  const auto& snapshot = decoder_.depth(body, reader);
  if (!reader.ok()) {
    events_.on_anomaly(Anomaly::kParseError, reader.detail());
    return wish_resync(*entry);
  }
  if (std::exchange(entry->state.unlisted, false)) events_.on_trading(entry->id());
  Timestamp time;
  switch (entry->state.sync.take_snapshot(snapshot.last_update_id, snapshot.bids, snapshot.asks,
                                          time)) {
    case BookSync::SnapshotResult::kWhole:
      return publish_book(*entry, time, received);
    case BookSync::SnapshotResult::kTooOld:
      return wish_resync(*entry);
    case BookSync::SnapshotResult::kUnwanted:
      return;
  }
}

void Adapter::take_snapshot_refusal(Entry& entry, int status, std::string_view body) {
  const auto error = decoder_.rest_error(body);
  if (status == 400 && error.code == kInvalidSymbol) {
    entry.state.unlisted = true;
    events_.on_closed(entry.id(), "not listed");
    // One symbol that is not listed makes the venue refuse the question about all of them.
    if (std::exchange(info_refused_, false)) fetch_exchange_info();
    return;
  }
  refusals_.warning(
      "feeds.binance", "no snapshot",
      {{"symbol", entry.instrument.symbol}, {"status", status}, {"message", error.message}});
  wish_resync(entry);
}

void Adapter::take_exchange_info(int status, std::string_view body) {
  if (status != 200) {
    info_refused_ = decoder_.rest_error(body).code == kInvalidSymbol;
    return refusals_.warning("feeds.binance", "no exchangeInfo", {{"status", status}});
  }
  JsonReader reader;
  for (const auto& listed : decoder_.exchange_info(body, reader)) {
    if (settings_.discover) {
      listed_pairs_[listed.symbol] = absl::StrCat(to_absl(listed.base), "-", to_absl(listed.quote));
    }
    Entry* const entry = instruments_.find(listed.symbol);
    if (entry == nullptr || listed.status.empty()) continue;
    const bool halted = listed.status != "TRADING";  // BREAK, HALT
    if (halted == std::exchange(entry->state.halted, halted)) continue;
    halted ? events_.on_halted(entry->id(), listed.status) : events_.on_trading(entry->id());
  }
  if (!reader.ok()) events_.on_anomaly(Anomaly::kParseError, reader.detail());
}

void Adapter::publish_book(Entry& entry, Timestamp venue_time, Timestamp received) {
  const OrderBook& book = entry.state.sync.book();
  if (book.crossed() &&
      lose_book(entry, Anomaly::kCrossedBook, entry.instrument.symbol, "crossed book")) {
    return;
  }
  if (!std::exchange(entry.state.whole, true)) events_.on_whole(entry.id());
  tick_.header = {entry.id(), schemas::Channel::kBook, {}, venue_time, received};
  tick_.integrity = schemas::Integrity::kSequence;
  book.write_top(tick_);
  events_.on_tick(tick_);
}

bool Adapter::lose_book(Entry& entry, Anomaly anomaly, std::string_view detail,
                        std::string_view reason) {
  events_.on_anomaly(anomaly, detail);
  if (settings_.gaps == GapPolicy::kWarn) return false;
  entry.state.sync.reset();
  if (std::exchange(entry.state.whole, false)) {
    events_.on_recovering(entry.id(), reason);
  }
  wish_resync(entry);
  return true;
}

void Adapter::wish_resync(Entry& entry) {
  if (!entry.state.fetching) events_.wish_resync(entry.id());  // else its answer will tell
}

}  // namespace

std::unique_ptr<VenueAdapter> make_adapter(const AdapterSettings& settings,
                                           schemas::InstrumentRegistry& registry,
                                           AdapterEvents& events) {
  return std::make_unique<Adapter>(settings, registry, events);
}

}  // namespace tickgate::feeds::binance
