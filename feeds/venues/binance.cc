// SPDX-License-Identifier: Apache-2.0
// Streams stand in the URL, so there is nothing to subscribe to or to acknowledge. A book is
// bridged from a REST snapshot to the stream's diffs, whose update ids are contiguous, as "How to
// manage a local order book correctly" in the venue's web-socket-streams.md has it. Quotes are
// bookTicker's, which have no time; the book is not used for them. Trade ids count up by one.
#include "feeds/venues/binance.h"

#include <algorithm>
#include <optional>
#include <span>

#include "absl/strings/ascii.h"
#include "feeds/adapter/adapter_base.h"
#include "feeds/adapter/snapshot_bridge.h"
#include "feeds/adapter/trade_ids.h"
#include "feeds/adapter/venue_time.h"
#include "feeds/venues/binance_messages.h"

namespace tickgate::feeds::binance {
namespace {

using schemas::Channel;
using schemas::Timestamp;

constexpr std::string_view kStreams[] = {"depth@100ms", "bookTicker", "trade", "ticker"};
constexpr std::size_t kMostStreams = 1024;  // a connection
// But they stand in the URL, of which the venue reads some 8,000 characters (users measured it):
// four streams of a long symbol are about 100.
constexpr std::size_t kSymbolsInUrl = 70;
constexpr std::string_view kDepthPath = "/api/v3/depth", kInfoPath = "/api/v3/exchangeInfo";
constexpr std::uint32_t kInfoWeight = 20;
constexpr std::uint32_t depth_weight(std::size_t limit) {
  return limit <= 100 ? 5 : limit <= 500 ? 25 : limit <= 1000 ? 50 : 250;
}

constexpr VenueFacts kFacts = {
    .name = "binance",
    .websocket_url = "wss://stream.binance.com:9443",
    .rest_url = "https://api.binance.com",
    .integrity = schemas::Integrity::kSequence,
    // Pongs count among the sends. Weights: 6,000 a minute, of which a burst is part. A resync is a
    // snapshot, which waits for its weight.
    .limits = {.sends_per_second = 5,
               .send_burst = 5,
               .fetch_weight_per_second = 95,
               .fetch_weight_burst = 300,
               .resyncs_per_second = 20,
               .lifetime = std::chrono::hours(24),
               .connects = 300,
               .connects_within = std::chrono::minutes(5)},
    .book_depths = {.preset = 1000, .least = 100, .most = 5000},
    .symbols_per_connection = kSymbolsInUrl,
};

// What is kept of one symbol.
struct State : SymbolState {
  TradeIds trades{TradeIds::Jump::kIsLoss};
  SnapshotBridge bridge{{.order = BridgeRule::Order::kContiguous,
                         .far_behind = 1'000'000}};  // updates: hours of a busy symbol
  bool unlisted = false;

  const OrderBook& book() const { return bridge.book(); }
  void clear_book() { bridge.reset(); }
};

// "BTC-USDT" -> "BTCUSDT".
std::string venue_symbol(std::string_view pair) {
  std::string out;
  for (const char c : pair) {
    if (c != '-') out.push_back(absl::ascii_toupper(static_cast<unsigned char>(c)));
  }
  return out;
}

// The other way, for captures without an exchangeInfo; empty when no quote that we know fits. The
// longest that fits counts: FDUSD before USD.
std::string guess_pair(std::string_view venue_symbol) {
  static constexpr std::string_view kQuotes[] = {
      "FDUSD", "RLUSD", "BFUSD", "USDT", "USDC", "USD1", "USDE", "USDP", "USDS", "TUSD",
      "BUSD",  "XUSD",  "EURI",  "AEUR", "BIDR", "BVND", "IDRT", "DOGE", "TRY",  "EUR",
      "BRL",   "GBP",   "AUD",   "JPY",  "MXN",  "ARS",  "COP",  "CZK",  "PLN",  "RON",
      "UAH",   "ZAR",   "NGN",   "RUB",  "IDR",  "DAI",  "PAX",  "VAI",  "BTC",  "ETH",
      "BNB",   "SOL",   "XRP",   "TRX",  "DOT",  "UST",  "USD",  "U"};
  for (const auto quote : kQuotes) {
    if (venue_symbol.size() > quote.size() && venue_symbol.ends_with(quote)) {
      return fmt::format("{}-{}", venue_symbol.substr(0, venue_symbol.size() - quote.size()),
                         quote);
    }
  }
  return {};
}

// ".../api/v3/depth?symbol=BTCUSDT&limit=1000" -> "BTCUSDT".
std::string_view symbol_in(std::string_view query) {
  while (!query.empty()) {
    const auto parameter = query.substr(0, query.find('&'));
    if (parameter.starts_with("symbol=")) return parameter.substr(7);
    query.remove_prefix(std::min(parameter.size() + 1, query.size()));
  }
  return {};
}

class Adapter final : public AdapterBase<State> {
 public:
  Adapter(const AdapterSettings& settings, schemas::InstrumentRegistry& registry,
          AdapterEvents& events)
      : AdapterBase(kFacts, settings, registry, events) {
    for (const auto& pair : settings_.pairs) add(venue_symbol(pair), pair);
  }

  // Of the combined mode: in the raw one a bookTicker cannot be told from its fields alone.
  std::string url() const override {
    std::string url(without_slash(AdapterBase::url()));
    if (!url.ends_with("/stream")) url.append("/stream");
    std::string_view separator = "?streams=";
    for (const Entry* const entry : carried()) {
      const std::string symbol = absl::AsciiStrToLower(entry->venue_symbol);
      for (const auto stream : kStreams) {
        url.append(separator).append(symbol).append("@").append(stream);
        separator = "/";
      }
    }
    return url;
  }

  void on_open(Timestamp now) override {
    start(now);
    closed_ = false;
    info_refused_ = false;
    fetch_exchange_info();
    for (Entry* const entry : carried()) fetch_snapshot(*entry);
  }

  void on_close() override {
    AdapterBase::on_close();
    closed_ = true;
  }

  void resync(schemas::InstrumentId instrument) override {
    Entry* const entry = instruments_.find(instrument);
    if (entry == nullptr || closed_) return;
    if (entry->state.synced) forget_book(*entry, "resync");  // else what waits is of use
    entry->state.fetching = false;  // whoever asks again has waited long enough for an answer
    fetch_snapshot(*entry);
  }

  void on_text(std::string_view frame, Timestamp received) override {
    start(received);
    JsonReader reader;
    const Event& event = decoder_.event(frame, reader);
    switch (event.kind) {
      case EventKind::kUnused:
      case EventKind::kReply:
        return;
      case EventKind::kShutdown:
        return events_.request_replacement("the venue announced a shutdown of this connection");
      case EventKind::kError:
        return refusals_.warning(log_name_, "request refused", {{"message", event.message}});
      case EventKind::kUnknown:
        return reader.ok() ? events_.on_anomaly(Anomaly::kUnknownMessage, frame.substr(0, 100))
                           : events_.on_anomaly(Anomaly::kParseError, reader.detail());
      default:
        return on_event(event, reader);
    }
  }

  void on_http(std::string_view target, int status, std::string_view body,
               Timestamp received) override {
    start(received);
    const auto question = std::min(target.find('?'), target.size());
    const auto path = target.substr(0, question);
    if (path.ends_with(kInfoPath)) return on_exchange_info(status, body);
    if (path.ends_with(kDepthPath) && question < target.size()) {
      return on_snapshot(symbol_in(target.substr(question + 1)), status, body);
    }
    events_.on_anomaly(Anomaly::kUnknownMessage, target);
  }

 private:
  // The symbols that one connection carries; the first call tells of the others that it does not.
  std::span<Entry* const> carried() const {
    return std::span(configured_)
        .first(std::min(configured_.size(), kMostStreams / std::size(kStreams)));
  }
  void start(Timestamp received) {
    if (!begin(received)) return;
    for (const Entry* const entry : std::span(configured_).subspan(carried().size())) {
      events_.on_refused({entry->id(), Channel::kBook},
                         "a connection carries 1024 streams, four a symbol");
    }
  }

  std::string pair_of(std::string_view symbol) const override {
    const auto it = listed_.find(symbol);
    return it == listed_.end() ? guess_pair(symbol) : it->second.pair;
  }
  void on_discovered(Entry& entry) override {
    const auto it = listed_.find(entry.venue_symbol);
    if (it != listed_.end()) set_listed_status(entry, it->second.status);
  }

  // What the streams say of the market: quotes, trades, tickers, and the diffs that keep the books.

  void on_event(const Event& event, JsonReader& reader) {
    const auto symbol = reader.text(event.fields['s'], "s");
    if (Entry* const entry = symbol.empty() ? nullptr : entry_of(symbol)) {
      if (event.kind == EventKind::kDepth) return on_diff(*entry, event, reader);
      if (event.kind == EventKind::kBookTicker) on_quote(*entry, event.fields, reader);
      if (event.kind == EventKind::kTrade) on_trade(*entry, event.fields, reader);
      if (event.kind == EventKind::kTicker) on_ticker(*entry, event.fields, reader);
    }
    if (!reader.ok()) events_.on_anomaly(Anomaly::kParseError, reader.detail());
  }

  void on_quote(Entry& entry, const EventFields& fields, JsonReader& reader) {
    schemas::Quote quote;
    stamp(quote, schemas::kNoTime);
    quote.bid = reader.price_or_zero(fields['b'], "b");
    quote.bid_size = reader.size(fields['B'], "B");
    quote.ask = reader.price_or_zero(fields['a'], "a");
    quote.ask_size = reader.size(fields['A'], "A");
    if (reader.ok()) publish_quote(entry, quote);
  }

  void on_trade(Entry& entry, const EventFields& fields, JsonReader& reader) {
    schemas::Trade trade;
    stamp(trade, unix_time(fields['T']));
    trade.price = reader.price(fields['p'], "p");
    trade.size = reader.size(fields['q'], "q");
    // Whether the buyer is the maker.
    trade.side = reader.flag(fields['m'], "m") ? schemas::Side::kSell : schemas::Side::kBuy;
    trade.id = unquoted(fields['t']);
    JsonReader of_id;
    const auto id = of_id.count(fields['t'], "t");
    if (!of_id.ok()) reader.fail("t", fields['t']);
    if (!reader.ok()) return lose_trade(entry, of_id.ok() ? std::optional(id) : std::nullopt);
    if (!accept_trade(entry, id, trade.header.venue_time)) return;
    set_trading(entry, Trading::kOn, {});
    publish(entry, trade);
  }

  void on_ticker(Entry& entry, const EventFields& fields, JsonReader& reader) {
    schemas::Ticker ticker;
    stamp(ticker, unix_time(fields['E']));
    ticker.last = reader.price_or_zero(fields['c'], "c");
    ticker.open = reader.price_or_zero(fields['o'], "o");
    ticker.has_open = true;
    ticker.high = reader.price_or_zero(fields['h'], "h");
    ticker.low = reader.price_or_zero(fields['l'], "l");
    ticker.volume = reader.size(fields['v'], "v");
    if (reader.ok()) publish(entry, ticker);
  }

  void on_diff(Entry& entry, const Event& event, JsonReader& reader) {
    using Result = SnapshotBridge::DiffResult;
    const SnapshotBridge::Diff diff{reader.count(event.fields['U'], "U"),
                                    reader.count(event.fields['u'], "u"),
                                    unix_time(event.fields['E']), event.bids, event.asks};
    if (!event.has_bids) reader.fail("b", event.fields['b']);
    if (!event.has_asks) reader.fail("a", event.fields['a']);
    if (diff.first > diff.last) reader.fail("U beyond u", event.fields['U']);
    if (!reader.ok()) {  // its levels are lost to us, so the chain is broken here
      invalidate_book(entry, Anomaly::kParseError, reader.detail(), "unreadable depth update");
      return;
    }
    auto& bridge = entry.state.bridge;
    auto result = bridge.apply(diff);
    if (result == Result::kGap) {
      const auto detail =
          fmt::format("{}: {} after {}", entry.instrument.symbol, diff.first, bridge.last());
      invalidate_book(entry, Anomaly::kGap, detail, "gap in depth updates");
      result = bridge.apply(diff, settings_.gaps == GapPolicy::kWarn);
    }
    if (result == Result::kApplied) return publish_book(entry, diff.time);
    if (result == Result::kOverflow) return request_resync(entry);
    if (result == Result::kDuplicate) {
      events_.on_anomaly(Anomaly::kDuplicate, fmt::format("depth update {}", diff.last));
    }
  }

  // What is asked of the venue by REST, and what it answers.

  void fetch_snapshot(Entry& entry) {
    if (std::exchange(entry.state.fetching, true)) return;
    const auto& depths = facts_.book_depths;
    const auto depth = settings_.book_depth == 0 ? depths.preset : settings_.book_depth;
    const auto limit = std::min<std::size_t>(depth, depths.most);
    events_.fetch_as({.url = rest_url(fmt::format("{}?symbol={}&limit={}", kDepthPath,
                                                  entry.venue_symbol, limit)),
                      .weight = depth_weight(limit),
                      .instrument = entry.id()});
  }
  void on_snapshot(std::string_view symbol, int status, std::string_view body) {
    using Result = SnapshotBridge::SnapshotResult;
    Entry* const entry = closed_ ? nullptr : entry_of(symbol);
    if (entry == nullptr) return;  // asked for by a connection that is gone
    entry->state.fetching = false;
    if (status != 200) return on_snapshot_refusal(*entry, status, body);
    JsonReader reader;
    const auto& snapshot = decoder_.depth(body, reader);
    if (!reader.ok()) {
      events_.on_anomaly(Anomaly::kParseError, reader.detail());
      return request_resync(*entry);
    }
    if (std::exchange(entry->state.unlisted, false)) events_.on_trading(entry->id());
    const auto result = entry->state.bridge.apply(
        SnapshotBridge::Snapshot{snapshot.last_update_id, snapshot.bids, snapshot.asks});
    if (result == Result::kSynced) return publish_book(*entry, entry->state.bridge.time());
    if (result == Result::kTooOld) request_resync(*entry);
  }
  void on_snapshot_refusal(Entry& entry, int status, std::string_view body) {
    const auto error = decoder_.rest_error(body);
    if (status == 400 && error.code == kInvalidSymbol) {
      entry.state.unlisted = true;
      events_.on_closed(entry.id(), "not listed");
      // One symbol that is not listed makes the venue refuse the question about all of them.
      if (std::exchange(info_refused_, false)) fetch_exchange_info();
      return;
    }
    refusals_.warning(
        log_name_, "no snapshot",
        {{"symbol", entry.instrument.symbol}, {"status", status}, {"message", error.message}});
    request_resync(entry);
  }

  void fetch_exchange_info() {
    std::string path = fmt::format("{}?symbols=", kInfoPath);
    std::string_view separator = "%5B";
    for (const Entry* const entry : carried()) {
      if (entry->state.unlisted) continue;
      path.append(separator).append("%22").append(entry->venue_symbol).append("%22");
      separator = "%2C";
    }
    if (separator != "%2C") return;
    events_.fetch_as({.url = rest_url(path.append("%5D")), .weight = kInfoWeight});
  }
  void on_exchange_info(int status, std::string_view body) {
    if (status != 200) {
      info_refused_ = decoder_.rest_error(body).code == kInvalidSymbol;
      return refusals_.warning(log_name_, "no exchangeInfo", {{"status", status}});
    }
    JsonReader reader;
    for (const auto& listed : decoder_.exchange_info(body, reader)) {
      if (settings_.discover) {
        listed_[listed.symbol] = {fmt::format("{}-{}", listed.base, listed.quote),
                                  std::string(listed.status)};
      }
      Entry* const entry = instruments_.find(listed.symbol);
      if (entry != nullptr) set_listed_status(*entry, listed.status);
    }
    if (!reader.ok()) events_.on_anomaly(Anomaly::kParseError, reader.detail());
  }
  void set_listed_status(Entry& entry, std::string_view status) {
    if (status.empty()) return;
    const bool trades = status == "TRADING";  // else BREAK, HALT
    set_trading(entry, trades ? Trading::kOn : Trading::kHalted, status);
  }

  struct Listed {
    std::string pair, status;
  };
  schemas::TextMap<Listed> listed_;  // by venue symbol; only to discover
  MessageDecoder decoder_;
  bool closed_ = false;        // between on_close and on_open
  bool info_refused_ = false;  // exchangeInfo, because one of the symbols is not listed
};

}  // namespace

const VenueFacts& facts() { return kFacts; }

std::unique_ptr<VenueAdapter> make_adapter(const AdapterSettings& settings,
                                           schemas::InstrumentRegistry& registry,
                                           AdapterEvents& events) {
  return std::make_unique<Adapter>(settings, registry, events);
}

}  // namespace tickgate::feeds::binance
