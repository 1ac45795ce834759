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
#include "feeds/venues/binance_books.h"
#include "feeds/venues/binance_candles.h"
#include "feeds/venues/binance_messages.h"
#include "feeds/venues/binance_subscriptions.h"
#include "feeds/venues/binance_symbols.h"

namespace tickgate::feeds::binance {
namespace {

using schemas::Channel;
using schemas::Timestamp;

constexpr std::string_view kQuotePath = "/api/v3/ticker/bookTicker";
constexpr std::uint32_t kQuoteWeight = 2;
constexpr std::int64_t kAskUnlistedEvery = 2'000'000;  // microseconds
constexpr VenueFacts kFacts = {
    .name = "binance",
    .websocket_url = "wss://stream.binance.com:9443",
    .rest_url = "https://api.binance.com",
    .integrity = schemas::Integrity::kSequence,
    // Five messages in any second of a connection, of which a pong may be one. Weights: 6,000 a
    // minute, of which a burst is part. A resync is a snapshot, which waits for its weight.
    .limits = {.sends_per_second = 3,
               .send_burst = 1,
               .fetch_weight_per_second = 95,
               .fetch_weight_burst = 300,
               .resyncs_per_second = 20,
               .lifetime = std::chrono::hours(24),
               .connects = 300,
               .connects_within = std::chrono::minutes(5)},
    .clock = {.path = "/api/v3/time", .field = "/serverTime", .unit = std::chrono::milliseconds(1)},
    .candles = &kCandleWords,
    .book_depths = {.preset = 1000, .least = 100, .most = 5000},
    .numbered = {.quotes = Numbering::kRising,
                 .books = Numbering::kRising,
                 .trades = Numbering::kContiguous},
    .symbols_per_connection = kMostStreams / kStreams.size(),
};

class Adapter final : public Books {
 public:
  Adapter(const AdapterSettings& settings, schemas::InstrumentRegistry& registry,
          AdapterEvents& events)
      : Books(kFacts, settings, registry, events) {
    for (const auto& pair : settings_.pairs) Adapter::add_pair(pair);
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
    subscribe_all(carried());
    ask_for_list(carried());
  }
  Entry* add_pair(const std::string& pair) override { return add(venue_symbol(pair), pair); }
  void subscribe_to_added(std::span<Entry* const> entries) override {
    subscribe_some(entries);
    ask_for_list(carried());
  }
  void unsubscribe_from(std::span<Entry* const> entries) override {
    forget_subscriptions(entries);
    std::vector<Entry*> left(carried().begin(), carried().end());
    std::erase_if(left, [&](Entry* one) { return std::ranges::count(entries, one) > 0; });
    ask_for_list(left);
  }

  void on_close() override {
    AdapterBase::on_close();
    for (auto& entry : instruments_) {
      entry.state.wants_snapshot = entry.state.diffs_come = entry.state.elsewhere = false;
      entry.state.probing = entry.state.quoted = entry.state.held = false;
      entry.state.quotes.forget();
    }
    end_subscriptions();
    forget_list();
    closed_ = true;
  }

  void add_numbers(const Entry& entry, std::vector<VenueNumber>& numbers) const override {
    if (entry.state.synced) numbers.push_back({"u", entry.state.bridge.last()});
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

  bool probe(schemas::InstrumentId instrument) override {
    Entry* const entry = served(instrument);
    if (entry == nullptr || !(entry->state.synced || entry->state.quoted)) return false;
    entry->state.probing = true;
    events_.fetch_as({.url = rest_url(fmt::format("{}?symbol={}", kQuotePath,
                                                  percent_encoded(entry->venue_symbol))),
                      .weight = kQuoteWeight});
    return true;
  }

  void on_text(std::string_view frame, Timestamp received) override {
    start(received);
    JsonReader reader;
    const Event& event = decoder_.event(frame, reader);
    watch_answers();
    watch_list();
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
    const auto path = target.substr(0, target.find('?'));
    if (path.ends_with(kInfoPath)) return on_list(target, status, body);
    const auto symbol = parameter_of(target, "symbol");
    if (path.ends_with(kQuotePath)) return on_probe(symbol, status, body);
    if (path.ends_with(kDepthPath) && !symbol.empty()) {
      return on_snapshot(symbol, limit_of(target), status, body);
    };
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

  // What the streams say of the market: quotes, trades, tickers, and the diffs that keep the books.

  void on_event(const Event& event, JsonReader& reader) {
    const auto symbol = reader.text(event.fields['s'], "s");
    Entry* const entry = symbol.empty() ? nullptr : entry_of(symbol);
    if (entry != nullptr && !entry->state.elsewhere) {
      if (event.kind != EventKind::kTicker) entry->state.probing = false;
      if (entry->state.unlisted) [[unlikely]]
        ask_about_unlisted(*entry);
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
    if (!reader.ok()) {
      quarantine(entry, Channel::kQuote, reader);
      return drop_quote(entry, "unreadable quote");
    }
    JsonReader of_id;
    const auto update = of_id.count(fields['u'], "u");
    quote.header.sequence = schemas::SequenceNumber(of_id.ok() ? update : 0);
    publish_quote(entry, quote);
    entry.state.quoted = true;
    entry.state.bid = quote.bid;
    entry.state.ask = quote.ask;
    compare_with_book(entry, quote);
  }

  void on_trade(Entry& entry, const EventFields& fields, JsonReader& reader) {
    schemas::Trade trade;
    stamp(trade, unix_time(fields['T']));
    trade.price = reader.price(fields['p'], "p");
    trade.size = reader.size_of_trade(fields['q'], "q");
    // Whether the buyer is the maker.
    trade.side = reader.flag(fields['m'], "m") ? schemas::Side::kSell : schemas::Side::kBuy;
    trade.id = unquoted(fields['t']);
    JsonReader of_id;
    const auto id = of_id.count(fields['t'], "t");
    if (!of_id.ok()) reader.fail("t", fields['t']);
    if (!reader.ok()) {
      quarantine(entry, Channel::kTrade, reader);
      return lose_trade(entry, of_id.ok() ? std::optional(id) : std::nullopt);
    }
    if (!accept_trade(entry, id, trade.header.venue_time)) return;
    trade.header.sequence = schemas::SequenceNumber(id);
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
    publish_ticker(entry, ticker, reader);
  }

  // It was not listed and sends events: it is now, or soon.
  void ask_about_unlisted(Entry& entry) {
    if (received_.value() - entry.state.asked_at.value() >= kAskUnlistedEvery) {
      fetch_snapshot(entry);
    }
  }
  // By its snapshot; the list tells whether it trades.
  void on_listed(Entry& entry) override {
    entry.state.unlisted = false;
    set_trading(entry, Trading::kOn, {});
    if (!settings_.discover) ask_for_list(carried());
  }

  // The best prices by REST, beside the streams.
  void on_probe(std::string_view symbol, int status, std::string_view body) {
    Entry* const entry = instruments_.find(symbol);
    if (entry == nullptr || !std::exchange(entry->state.probing, false)) return;
    const auto best = status == 200 ? decoder_.best_prices(body) : std::nullopt;
    if (!best) return;
    const State& state = entry->state;
    bool same = !state.quoted || (state.bid == best->bid && state.ask == best->ask);
    if (state.synced) {
      schemas::Quote shown;
      state.book().write_best(shown);
      same = same && shown.bid == best->bid && shown.ask == best->ask;
    }
    entry->for_each_instrument(
        [&](const auto& instrument) { events_.on_probed(instrument.id, same); });
  }
};

}  // namespace

const VenueFacts& facts() { return kFacts; }

std::unique_ptr<VenueAdapter> make_adapter(const AdapterSettings& settings,
                                           schemas::InstrumentRegistry& registry,
                                           AdapterEvents& events) {
  return std::make_unique<Adapter>(settings, registry, events);
}

}  // namespace tickgate::feeds::binance
