// SPDX-License-Identifier: Apache-2.0
#include "feeds/kraken/adapter.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "feeds/instrument_map.h"
#include "feeds/kraken/checksum.h"
#include "feeds/kraken/messages.h"
#include "feeds/kraken/requests.h"
#include "feeds/kraken/trade_history.h"
#include "feeds/log.h"
#include "feeds/venue_time.h"

namespace tickgate::feeds::kraken {
namespace {

using schemas::Channel;
using schemas::InstrumentId;
using schemas::Timestamp;
using schemas::to_absl;

constexpr std::string_view kUrl = "wss://ws.kraken.com";
constexpr std::string_view kPath = "/v2";
constexpr std::size_t kSymbolsPerRequest = 100;
constexpr std::size_t kMostRequests = 1000;  // whose answers we still understand
constexpr std::array kChannels = {Channel::kBook, Channel::kTrade, Channel::kTicker};

enum class Trading : std::uint8_t { kOn, kHalted, kClosed };

// What is kept of one symbol. Trades and halts outlive a connection.
struct State {
  OrderBook book;
  bool whole = false;
  std::size_t depth = 0;  // as acknowledged on this connection; 0: not yet
  TradeHistory trades;
  std::string status = "online";  // the venue's word
  Trading told = Trading::kOn;    // what the receiver knows
};

class Adapter final : public VenueAdapter, private MessageVisitor {
 public:
  Adapter(const AdapterSettings& settings, schemas::InstrumentRegistry& registry,
          AdapterEvents& events);

  std::string url() const override;
  VenueLimits limits() const override;
  void on_open(Timestamp now) override;
  void on_text(std::string_view frame, Timestamp received) override;
  void on_http(std::string_view, int, std::string_view, Timestamp) override {}  // asks for nothing
  void on_close() override;
  void resync(InstrumentId instrument) override;
  const OrderBook* book(InstrumentId instrument) const override;

 private:
  using Instruments = InstrumentMap<State>;
  using Entry = Instruments::Entry;
  struct Request {
    std::uint64_t id;
    Channel channel;
    std::vector<InstrumentId> instruments;
  };

  void on_item(MessageKind kind, bool is_snapshot, const Item& item, JsonReader& reader) override;
  void on_reply(const Reply& reply) override;

  void announce();
  Entry* entry_of(std::string_view symbol);
  void subscribe_to(Channel channel, std::span<const std::string> symbols);
  void take_refusal(const Reply& reply);

  void take_book(Entry& entry, bool is_snapshot, const Item& item, JsonReader& reader);
  void take_trade(Entry& entry, bool is_history, const Item::Tokens& tokens, JsonReader& reader);
  void take_ticker(Entry& entry, const Item::Tokens& tokens, JsonReader& reader);
  void take_system_status(std::string_view status);
  void take_pair_status(Entry& entry, std::string_view status);
  bool known_status(std::string_view status);
  void tell_trading(Entry& entry);
  void publish_book(Entry& entry, Timestamp venue_time);
  // Whether the book must be made anew; with GapPolicy::kWarn it never must.
  bool lose_book(Entry& entry, Anomaly anomaly, std::string_view detail, std::string_view reason);

  const AdapterSettings settings_;
  const std::size_t depth_;  // to subscribe to
  AdapterEvents& events_;
  Instruments instruments_;
  std::vector<std::string> symbols_;  // the venue's, as configured
  MessageDecoder decoder_;
  std::vector<Request> requests_;  // on this connection, by rising id
  std::uint64_t last_request_id_ = 0;
  std::string system_status_ = "online";
  Timestamp received_;  // of the frame at hand
  schemas::Book tick_;  // reused: too large to clear each time
  log::Limiter refusals_;
  bool announced_ = false;
};

// What the venue calls itself or a pair. Nullopt for a word that is new to us.
std::optional<Trading> trading_of(std::string_view status) {
  for (const std::string_view open : {"online", "limit_only", "reduce_only"}) {
    if (status == open) return Trading::kOn;
  }
  for (const std::string_view halted :
       {"maintenance", "cancel_only", "post_only", "work_in_progress"}) {
    if (status == halted) return Trading::kHalted;
  }
  return status == "delisted" ? std::optional(Trading::kClosed) : std::nullopt;
}

// Absent is no fault: the venue's older snapshots have none.
Timestamp read_time(std::string_view token, JsonReader& reader) {
  if (token.empty()) return schemas::kNoTime;
  const auto time = parse_rfc3339(unquoted(token));
  if (!time) reader.fail("timestamp", token);
  return time.value_or(schemas::kNoTime);
}

std::optional<Channel> subscribed_channel(std::string_view name) {
  const auto channel = schemas::channel_from_name(name);
  return channel && std::ranges::find(kChannels, *channel) != kChannels.end() ? channel
                                                                              : std::nullopt;
}

Adapter::Adapter(const AdapterSettings& settings, schemas::InstrumentRegistry& registry,
                 AdapterEvents& events)
    : settings_(settings),
      depth_(subscribable_depth(settings.book_depth)),
      events_(events),
      instruments_("kraken", registry) {
  for (const auto& pair : settings_.pairs) {
    const auto [entry, fresh] = instruments_.add(venue_symbol(pair), pair);
    if (entry == nullptr) log::error("feeds.kraken", "not a pair", {{"pair", pair}});
    if (fresh) symbols_.push_back(entry->venue_symbol);
  }
}

std::string Adapter::url() const {
  if (settings_.websocket_url.empty()) return absl::StrCat(to_absl(kUrl), to_absl(kPath));
  std::string_view base = settings_.websocket_url;
  while (base.ends_with('/')) base.remove_suffix(1);
  const auto host = base.find("://");
  const bool has_path = base.find('/', host == base.npos ? 0 : host + 3) != base.npos;
  return absl::StrCat(to_absl(base), has_path ? "" : to_absl(kPath));
}

VenueLimits Adapter::limits() const {
  VenueLimits limits;
  limits.sends_per_second = 5;  // the venue's own limit moves, and is not published
  limits.send_burst = 5;
  limits.resyncs_per_second = 2;  // two requests each
  return limits;
}

// The first call of all: nothing is said of an instrument before it is announced.
void Adapter::announce() {
  if (std::exchange(announced_, true)) [[likely]]
    return;
  for (const auto& entry : instruments_) events_.on_instrument(entry.instrument);
}

void Adapter::on_open(Timestamp /*now*/) {
  announce();
  for (std::size_t first = 0; first < symbols_.size(); first += kSymbolsPerRequest) {
    const auto some =
        std::span(symbols_).subspan(first, std::min(kSymbolsPerRequest, symbols_.size() - first));
    for (const Channel channel : kChannels) subscribe_to(channel, some);
  }
  if (!symbols_.empty()) events_.send(subscribe("instrument", {}, 0, ++last_request_id_), {});
}

void Adapter::on_close() {
  requests_.clear();
  for (auto& entry : instruments_) {
    entry.state.book.clear();
    entry.state.whole = false;
    entry.state.depth = 0;
    entry.state.trades.on_close();
  }
}

void Adapter::resync(InstrumentId instrument) {
  Entry* const entry = instruments_.find(instrument);
  if (entry == nullptr) return;
  if (std::exchange(entry->state.whole, false)) events_.on_recovering(entry->id(), "resync");
  const std::array symbols = {entry->venue_symbol};
  events_.send(unsubscribe("book", symbols, depth_, ++last_request_id_), {});
  subscribe_to(Channel::kBook, symbols);
}

const OrderBook* Adapter::book(InstrumentId instrument) const {
  const Entry* const entry = instruments_.find(instrument);
  return entry != nullptr && entry->state.whole ? &entry->state.book : nullptr;
}

void Adapter::subscribe_to(Channel channel, std::span<const std::string> symbols) {
  Request request{++last_request_id_, channel, {}};
  std::vector<VenueSubscription> awaited;
  for (const auto& symbol : symbols) {
    request.instruments.push_back(instruments_.find(symbol)->id());
    awaited.push_back({request.instruments.back(), channel});
  }
  events_.send(subscribe(schemas::name(channel), symbols, channel == Channel::kBook ? depth_ : 0,
                         request.id),
               awaited);
  if (requests_.size() == kMostRequests) requests_.erase(requests_.begin());
  requests_.push_back(std::move(request));
}

// Null, and counted, for a symbol that nobody asked for.
Adapter::Entry* Adapter::entry_of(std::string_view symbol) {
  if (Entry* const entry = instruments_.find(symbol)) [[likely]]
    return entry;
  if (const auto pair = pair_of(symbol); settings_.discover && !pair.empty()) {
    const auto [entry, fresh] = instruments_.add(symbol, pair);
    if (fresh) events_.on_instrument(entry->instrument);
    if (entry != nullptr) return entry;
  }
  events_.on_anomaly(Anomaly::kUnknownInstrument, symbol.substr(0, 100));
  return nullptr;
}

void Adapter::on_text(std::string_view frame, Timestamp received) {
  announce();
  received_ = received;
  JsonReader reader;
  const auto kind = decoder_.decode(frame, *this, reader);
  if (!reader.ok()) {
    events_.on_anomaly(Anomaly::kParseError, reader.detail());
  } else if (kind == MessageKind::kUnknown) {
    events_.on_anomaly(Anomaly::kUnknownMessage, frame.substr(0, 100));
  }
}

void Adapter::on_item(MessageKind kind, bool is_snapshot, const Item& item, JsonReader& reader) {
  const auto& tokens = item.tokens;
  if (kind == MessageKind::kStatus) return take_system_status(unquoted(tokens.system));
  const auto symbol = reader.text(tokens.symbol, "symbol");
  if (kind == MessageKind::kInstrument) {  // of every pair of the venue
    Entry* const entry = instruments_.find(symbol);
    if (entry != nullptr) take_pair_status(*entry, unquoted(tokens.status));
    return;
  }
  Entry* const entry = tokens.symbol.empty() ? nullptr : entry_of(symbol);
  if (entry != nullptr) {
    if (kind == MessageKind::kBook) return take_book(*entry, is_snapshot, item, reader);
    if (kind == MessageKind::kTrade) take_trade(*entry, is_snapshot, tokens, reader);
    if (kind == MessageKind::kTicker) take_ticker(*entry, tokens, reader);
  }
  if (!reader.ok()) events_.on_anomaly(Anomaly::kParseError, reader.detail());
}

void Adapter::take_book(Entry& entry, bool is_snapshot, const Item& item, JsonReader& reader) {
  State& state = entry.state;
  const auto time = read_time(item.tokens.timestamp, reader);
  const auto expected = reader.count(item.tokens.checksum, "checksum");
  if (!reader.ok()) {  // its levels are lost to us
    if (is_snapshot || state.whole) {
      lose_book(entry, Anomaly::kParseError, reader.detail(), "unreadable book message");
    } else {
      events_.on_anomaly(Anomaly::kParseError, reader.detail());
    }
    return;
  }
  if (is_snapshot) {
    state.book.clear();
  } else if (!state.whole) {
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
    if (lose_book(entry, Anomaly::kChecksumFailed, detail, "checksum failed")) return;
  }
  if (state.book.crossed() &&
      lose_book(entry, Anomaly::kCrossedBook, entry.instrument.symbol, "crossed book")) {
    return;
  }
  publish_book(entry, time);
}

void Adapter::publish_book(Entry& entry, Timestamp venue_time) {
  if (!std::exchange(entry.state.whole, true)) events_.on_whole(entry.id());
  tick_.header = {entry.id(), Channel::kBook, {}, venue_time, received_};
  tick_.integrity = schemas::Integrity::kChecksum;
  entry.state.book.write_top(tick_);
  events_.on_tick(tick_);
  schemas::Quote quote;
  quote.header = {entry.id(), Channel::kQuote, {}, venue_time, received_};
  entry.state.book.write_best(quote);
  events_.on_tick(quote);
}

bool Adapter::lose_book(Entry& entry, Anomaly anomaly, std::string_view detail,
                        std::string_view reason) {
  events_.on_anomaly(anomaly, detail);
  if (settings_.gaps == GapPolicy::kWarn) return false;
  entry.state.book.clear();
  if (std::exchange(entry.state.whole, false)) events_.on_recovering(entry.id(), reason);
  events_.wish_resync(entry.id());
  return true;
}

void Adapter::take_trade(Entry& entry, bool is_history, const Item::Tokens& tokens,
                         JsonReader& reader) {
  const auto id = reader.count(tokens.trade_id, "trade_id");
  if (is_history) {
    if (reader.ok()) entry.state.trades.on_history(id);
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
  const auto missed = entry.state.trades.on_trade(id);
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

void Adapter::take_system_status(std::string_view status) {
  if (!known_status(status)) return;
  system_status_ = status;
  for (auto& entry : instruments_) tell_trading(entry);
}

void Adapter::take_pair_status(Entry& entry, std::string_view status) {
  if (!known_status(status)) return;
  entry.state.status = status;
  tell_trading(entry);
}

bool Adapter::known_status(std::string_view status) {
  if (trading_of(status)) return true;
  events_.on_anomaly(Anomaly::kUnknownMessage,
                     absl::StrCat("status ", to_absl(status.substr(0, 100))));
  return false;
}

// The pair's own status, unless the whole venue's is worse.
void Adapter::tell_trading(Entry& entry) {
  const auto system = *trading_of(system_status_);
  const auto own = *trading_of(entry.state.status);
  const auto now = std::max(system, own);
  if (now == std::exchange(entry.state.told, now)) return;
  const std::string& why = own >= system ? entry.state.status : system_status_;
  if (now == Trading::kOn) events_.on_trading(entry.id());
  if (now == Trading::kHalted) events_.on_halted(entry.id(), why);
  if (now == Trading::kClosed) events_.on_closed(entry.id(), why);
}

void Adapter::on_reply(const Reply& reply) {
  if (reply.method != "subscribe") return;  // pong; unsubscribe is followed by its subscribe
  if (reply.success != "true") return take_refusal(reply);
  const auto channel = subscribed_channel(reply.channel);
  if (!channel) return;  // instrument
  Entry* const entry = entry_of(reply.symbol);
  if (entry == nullptr) return;
  std::uint64_t depth = 0;
  if (*channel == Channel::kBook && absl::SimpleAtoi(to_absl(reply.depth), &depth)) {
    entry->state.depth = depth;
  }
  events_.on_acknowledged({entry->id(), *channel});
}

// A refusal names its symbol or nothing; the request's id tells the channel.
void Adapter::take_refusal(const Reply& reply) {
  refusals_.warning("feeds.kraken", "subscription refused",
                    {{"symbol", reply.symbol}, {"message", reply.error}});
  std::uint64_t id = 0;
  const Request* request = nullptr;
  if (absl::SimpleAtoi(to_absl(reply.request_id), &id)) {
    const auto it = std::ranges::find(requests_, id, &Request::id);
    if (it != requests_.end()) request = &*it;
  }
  Entry* const entry = reply.symbol.empty() ? nullptr : instruments_.find(reply.symbol);
  if (request == nullptr) {
    if (entry == nullptr) return;
    const auto channel = subscribed_channel(reply.channel);
    for (const Channel each : kChannels) {
      if (!channel || each == *channel) events_.on_refused({entry->id(), each}, reply.error);
    }
    return;
  }
  if (entry != nullptr) return events_.on_refused({entry->id(), request->channel}, reply.error);
  for (const auto instrument : request->instruments) {
    events_.on_refused({instrument, request->channel}, reply.error);
  }
}

}  // namespace

std::unique_ptr<VenueAdapter> make_adapter(const AdapterSettings& settings,
                                           schemas::InstrumentRegistry& registry,
                                           AdapterEvents& events) {
  return std::make_unique<Adapter>(settings, registry, events);
}

}  // namespace tickgate::feeds::kraken
