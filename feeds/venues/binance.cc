// SPDX-License-Identifier: Apache-2.0
// Streams are subscribed to by messages, over a connection of the combined mode. A book is
// bridged from a REST snapshot to the stream's diffs, whose update ids are contiguous, as "How to
// manage a local order book correctly" in the venue's web-socket-streams.md has it. Quotes are
// bookTicker's, which have no time; the book is not used for them. Trade ids count up by one.
#include "feeds/venues/binance.h"

#include <algorithm>
#include <optional>
#include <span>

#include "feeds/adapter/venue_time.h"
#include "feeds/venues/binance_messages.h"
#include "feeds/venues/binance_subscriptions.h"
#include "feeds/venues/binance_symbols.h"

namespace tickgate::feeds::binance {
namespace {

using schemas::Channel;
using schemas::Timestamp;

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
    .clock = {.path = "/api/v3/time", .field = "/serverTime", .unit = std::chrono::milliseconds(1)},
    .book_depths = {.preset = 1000, .least = 100, .most = 5000},
    .symbols_per_connection = kMostStreams / kStreams.size(),
};

class Adapter final : public Subscriptions {
 public:
  Adapter(const AdapterSettings& settings, schemas::InstrumentRegistry& registry,
          AdapterEvents& events)
      : Subscriptions(kFacts, settings, registry, events) {
    for (const auto& pair : settings_.pairs) add(venue_symbol(pair), pair);
  }

  // Of the combined mode: in the raw one a bookTicker cannot be told from its fields alone.
  std::string url() const override {
    std::string url(without_slash(AdapterBase::url()));
    if (!url.ends_with("/stream")) url.append("/stream");
    return url;
  }

  void on_open(Timestamp now) override {
    start(now);
    closed_ = false;
    info_refused_ = false;
    subscribe_all(carried());
    fetch_exchange_info();
  }

  void on_close() override {
    AdapterBase::on_close();
    for (auto& entry : instruments_) {
      entry.state.wants_snapshot = entry.state.diffs_come = entry.state.elsewhere = false;
    }
    end_subscriptions();
    closed_ = true;
  }

  // A book that was thought whole has fallen silent, so it is perhaps its stream that is dead.
  void resync(schemas::InstrumentId instrument) override {
    Entry* const entry = served(instrument);
    if (entry == nullptr) return;
    if (entry->state.synced) return ask_again({instrument, Channel::kBook});
    entry->state.fetching = false;  // whoever asks again has waited long enough for an answer
    fetch_snapshot(*entry);
  }

  void ask_again(VenueSubscription subscription) override {
    Entry* const entry = served(subscription.instrument);
    if (entry == nullptr) return;
    for (std::size_t stream = 0; stream < kStreams.size(); ++stream) {
      if (kStreams[stream].channel != subscription.channel) continue;
      if (stream == kDepth) {
        if (!entry->state.synced && entry->state.diffs_come) return resync(entry->id());
        forget_book(*entry, "resync");
        entry->state.fetching = false;
      }
      subscribe_anew(stream, *entry);
    }
  }

  void on_text(std::string_view frame, Timestamp received) override {
    start(received);
    JsonReader reader;
    const Event& event = decoder_.event(frame, reader);
    watch_answers();
    switch (event.kind) {
      case EventKind::kUnused:
        return;
      case EventKind::kReply:
        return on_reply(event);
      case EventKind::kShutdown:
        return events_.request_replacement("the venue announced a shutdown of this connection");
      case EventKind::kError:
        return on_error(event);
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
      return on_snapshot(value_in(target.substr(question + 1), "symbol="), status, body);
    }
    events_.on_anomaly(Anomaly::kUnknownMessage, target);
  }

 private:
  // The symbols that one connection carries; the first call tells of the others that it does not.
  std::span<Entry* const> carried() const {
    return std::span(configured_)
        .first(std::min(configured_.size(), kFacts.symbols_per_connection));
  }
  // Null also for what another connection serves, and while there is none.
  Entry* served(schemas::InstrumentId instrument) {
    Entry* const entry = instruments_.find(instrument);
    return entry == nullptr || entry->state.elsewhere || closed_ ? nullptr : entry;
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
    Entry* const entry = symbol.empty() ? nullptr : entry_of(symbol);
    if (entry != nullptr && !entry->state.elsewhere) {
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
    if (!std::exchange(entry.state.diffs_come, true)) snapshot_if_wanted(entry);
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

  void fetch_snapshot(Entry& entry) override {
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
