// SPDX-License-Identifier: Apache-2.0
// sequence_num counts up by one through all messages of a connection, acknowledgements too
// ("Sequence Numbers" in the venue's guide to its WebSocket): a hole concerns every product, and
// only another connection mends it. A book is level2's snapshot and its updates; what of it can't
// be read is mended by subscribing to level2 anew. The venue closes what gets no updates for a
// minute unless there are heartbeats.
#include "feeds/venues/coinbase.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "feeds/adapter/adapter_base.h"
#include "feeds/adapter/trade_ids.h"
#include "feeds/adapter/venue_time.h"
#include "feeds/venues/coinbase_messages.h"
#include "schemas/json.h"

namespace tickgate::feeds::coinbase {
namespace {

using schemas::Channel;
using schemas::Timestamp;

constexpr VenueFacts kFacts = {
    .name = "coinbase",
    .websocket_url = "wss://advanced-trade-ws.coinbase.com",
    .integrity = schemas::Integrity::kSequence,
    .quotes_from_book = true,
    // Unauthenticated messages, per address; a resync is two.
    .limits = {.sends_per_second = 8,
               .send_burst = 8,
               .sends_by_host = true,
               .resyncs_per_second = 2,
               .between_connects = std::chrono::milliseconds(125)},
};

// What we subscribe to per product, and the channel that stands for it in acknowledgements.
struct Subscribable {
  std::string_view channel;
  Channel stands_for;
};
constexpr std::array<Subscribable, 3> kSubscribables = {
    {{"level2", Channel::kBook}, {"market_trades", Channel::kTrade}, {"ticker", Channel::kTicker}}};
constexpr std::size_t kLevel2 = 0;  // its index above

// One product that the venue does not know may spoil the message it is in.
constexpr std::size_t kProductsPerMessage = 50;

// What is kept of one product.
struct State : SymbolState {
  TradeIds trades{TradeIds::Jump::kIsLossInDoubt};
  OrderBook levels;
  std::uint8_t asked = 0;  // a bit per Subscribable, set until it is acknowledged

  const OrderBook& book() const { return levels; }
  void clear_book() { levels.clear(); }
  bool waits_for(std::size_t what) const { return (asked >> what & 1U) != 0; }
};

// The product that public channels serve in place of a "-USDC" one, of which both our instruments
// then get what comes ("Products" in the venue's guide).
std::string product_for(std::string_view pair) {
  // These two are products of their own: their -USD namesakes are others.
  if (pair == "USDT-USDC" || pair == "EURC-USDC") return std::string(pair);
  std::string product(pair.ends_with("-USDC") ? pair.substr(0, pair.size() - 1) : pair);
  std::ranges::replace(product, '_', '-');  // see pair_for
  return product;
}

// Perpetuals and futures have three parts, "BTC-PERP-INTX"; ours are BASE-QUOTE: "BTC_PERP-INTX".
std::string pair_for(std::string_view product) {
  std::string pair(product);
  const auto last = std::min(pair.rfind('-'), pair.size());
  std::ranges::replace(pair.begin(), pair.begin() + static_cast<std::ptrdiff_t>(last), '-', '_');
  return pair;
}

// Makes a book of a snapshot of any size and order in n log n steps: the venue lists the best
// levels first, and a book takes them cheaply only the other way round. Keeps its room.
class SnapshotFiller {
 public:
  // Replaces what is in `book`. Of two levels at one price the later one counts.
  void fill(OrderBook& book, std::span<const LevelUpdate> levels) {
    for (auto& side : sides_) side.clear();
    for (const auto& update : levels) {
      sides_[static_cast<std::size_t>(update.side)].push_back(update.level);
    }
    book.clear();
    for (const auto side : {BookSide::kBid, BookSide::kAsk}) {
      auto& all = sides_[static_cast<std::size_t>(side)];
      std::ranges::stable_sort(all, [side](const auto& a, const auto& b) {
        return side == BookSide::kBid ? a.price < b.price : a.price > b.price;
      });
      for (const auto& level : all) book.set(side, level.price, level.size);
    }
  }

 private:
  std::array<std::vector<schemas::BookLevel>, 2> sides_;  // by BookSide
};

class Adapter final : public AdapterBase<State> {
 public:
  Adapter(const AdapterSettings& settings, schemas::InstrumentRegistry& registry,
          AdapterEvents& events)
      : AdapterBase(kFacts, settings, registry, events) {
    for (const auto& pair : settings_.pairs) {
      if (Entry* const known = instruments_.find(product_for(pair))) {
        instruments_.add_alias(*known, pair);
      } else {
        add(product_for(pair), pair);
      }
    }
  }

  void on_open(Timestamp now) override {
    begin(now);
    last_sequence_.reset();
    reconnect_requested_ = false;
    if (configured_.empty()) return;  // a capture: there is nobody to ask
    events_.send(make_request("subscribe", "heartbeats", {}), {});
    const std::span all(configured_);
    for (std::size_t what = 0; what < kSubscribables.size(); ++what) {
      for (std::size_t i = 0; i < all.size(); i += kProductsPerMessage) {
        subscribe(what, all.subspan(i, std::min(kProductsPerMessage, all.size() - i)));
      }
    }
  }

  void on_close() override {
    AdapterBase::on_close();
    for (auto& entry : instruments_) entry.state.asked = 0;
  }

  // The venue sends a snapshot for each subscription to level2, so that is asked for anew, and with
  // it whatever was never acknowledged.
  void resync(schemas::InstrumentId instrument) override {
    Entry* const entry = instruments_.find(instrument);
    if (entry == nullptr) return;
    Entry* const one[] = {entry};
    forget_book(*entry, "resync");
    events_.send(make_request("unsubscribe", kSubscribables[kLevel2].channel, one), {});
    for (std::size_t what = 0; what < kSubscribables.size(); ++what) {
      if (what == kLevel2 || entry->state.waits_for(what)) subscribe(what, one);
    }
  }

  // {"type":"subscribe","product_ids":["ABC-USDC"],"channel":"level2"}: what comes for it is named
  // "ABC-USD", which nobody asked for.
  void on_sent(std::string_view text) override {
    for (const auto& product : decoder_.products_of(text)) {
      const auto pair = pair_of(product);
      if (Entry* const known = instruments_.find(product_for(product))) {
        discover_alias(*known, pair);
      } else {
        discover(product_for(product), pair);
      }
    }
  }

  void on_text(std::string_view frame, Timestamp received) override {
    begin(received);
    JsonReader reader;
    const Message& message = decoder_.decode(frame, reader);
    // A message that can't be walked is as lost as one that never came, and its successor says so.
    if (message.complete && message.sequence && !accept_sequence(*message.sequence)) return;
    if (!reader.ok()) return on_unreadable(message, reader);
    if (!message.bad_item.empty()) events_.on_anomaly(Anomaly::kParseError, message.bad_item);
    if (message.channel == "l2_data") return on_books(message);
    if (message.channel == "market_trades") return on_trades(message);
    if (message.channel == "ticker") return on_tickers(message);
    if (message.channel == "subscriptions") return on_subscriptions(message);
    if (message.channel.empty() && message.type == "error") return on_error(message);
    static constexpr std::string_view kUnused[] = {"heartbeats", "candles", "status",
                                                   "ticker_batch"};
    if (std::ranges::find(kUnused, message.channel) == std::end(kUnused)) {
      events_.on_anomaly(Anomaly::kUnknownMessage, frame.substr(0, 100));
    }
  }

 private:
  std::string pair_of(std::string_view symbol) const override { return pair_for(symbol); }

  // False: seen before, to be dropped.
  bool accept_sequence(std::uint64_t number) {
    const auto last = last_sequence_;
    if (last && number <= *last) {
      events_.on_anomaly(Anomaly::kDuplicate, sequence_text(number, *last));
      return false;
    }
    last_sequence_ = number;
    if (!last || number == *last + 1) return true;
    events_.on_anomaly(Anomaly::kGap, sequence_text(number, *last));
    // The numbers are the connection's, so nobody knows whose message is missing.
    for (auto& entry : instruments_) {
      entry.state.trades.doubt();
      if (settings_.gaps == GapPolicy::kResync) forget_book(entry, "sequence gap");
    }
    if (settings_.gaps == GapPolicy::kResync && !std::exchange(reconnect_requested_, true)) {
      events_.request_reconnect("sequence gap");
    }
    return true;
  }
  static std::string sequence_text(std::uint64_t number, std::uint64_t last) {
    return fmt::format("sequence_num {} after {}", number, last);
  }

  void on_unreadable(const Message& message, const JsonReader& reader) {
    events_.on_anomaly(Anomaly::kParseError, reader.detail());
    if (message.books.empty() && message.trades.empty()) {  // nobody knows whose it was
      for (auto& entry : instruments_) {
        if (message.channel == "l2_data" && entry.state.synced) lose_book(entry);
        if (message.channel == "market_trades") entry.state.trades.doubt();
      }
    }
    for (const auto& event : message.books) {
      if (Entry* const entry = instruments_.find(event.product)) lose_book(*entry);
    }
    for (const auto& trade : message.trades) {
      if (Entry* const entry = instruments_.find(trade.product)) entry->state.trades.doubt();
    }
  }

  // The market: books, trades, tickers.

  void on_books(const Message& message) {
    touched_.clear();
    for (const auto& event : message.books) {
      Entry* const entry = entry_of(event.product);
      if (entry == nullptr) continue;
      if (!event.readable) {
        lose_book(*entry);
      } else if (event.snapshot) {
        filler_.fill(entry->state.levels, message.levels_of(event));
        mark_synced(*entry);
      } else if (entry->state.synced) {
        for (const auto& update : message.levels_of(event)) {
          entry->state.levels.set(update.side, update.level.price, update.level.size);
        }
      } else {
        continue;  // waits for its snapshot
      }
      touch(*entry);
    }
    if (touched_.empty()) return;
    const auto time = rfc3339_time(message.timestamp);
    for (Entry* const entry : touched_) {
      if (entry->state.synced) publish_book(*entry, time);
    }
  }
  void lose_book(Entry& entry) {
    forget_book(entry, "unreadable update");
    request_resync(entry);
  }
  // False: it was already.
  bool touch(Entry& entry) {
    if (std::ranges::find(touched_, &entry) != touched_.end()) return false;
    touched_.push_back(&entry);
    return true;
  }

  void on_trades(const Message& message) {
    on_trade_history(message);
    fresh_trades_.clear();
    for (const auto& item : message.trades) {
      if (item.snapshot) continue;
      if (Entry* const entry = entry_of(item.product)) fresh_trades_.emplace_back(entry, &item);
    }
    // Newest first on the wire.
    std::ranges::stable_sort(fresh_trades_, {}, [](const auto& fresh) { return fresh.second->id; });
    for (const auto& [entry, item] : fresh_trades_) on_trade(*entry, *item);
  }
  // The last trades before we subscribed: history. What of it we should have sent is lost.
  void on_trade_history(const Message& message) {
    touched_.clear();
    for (const auto& item : message.trades) {
      Entry* const entry = item.snapshot ? entry_of(item.product) : nullptr;
      if (entry == nullptr || !touch(*entry)) continue;
      ids_.clear();
      for (const auto& other : message.trades) {
        if (other.snapshot && other.has_id && other.product == item.product) {
          ids_.push_back(other.id);
        }
      }
      announce_loss(*entry, entry->state.trades.accept_history(ids_));
    }
  }
  void on_trade(Entry& entry, const TradeItem& item) {
    if (!item.readable) {
      return lose_trade(entry, item.has_id ? std::optional(item.id) : std::nullopt);
    }
    schemas::Trade trade;
    stamp(trade, rfc3339_time(item.time));
    if (!accept_trade(entry, item.id, trade.header.venue_time)) return;
    trade.price = item.price;
    trade.size = item.size;
    trade.side = item.side;
    trade.id = item.id_text;
    publish(entry, trade);
  }

  void on_tickers(const Message& message) {
    if (message.tickers.empty()) return;
    schemas::Ticker ticker;
    stamp(ticker, rfc3339_time(message.timestamp));
    for (const auto& item : message.tickers) {
      const Entry* const entry = entry_of(item.product);
      if (entry == nullptr) continue;
      ticker.last = item.last;
      ticker.high = item.high;
      ticker.low = item.low;
      ticker.volume = item.volume;
      publish(*entry, ticker);
    }
  }

  // What is asked of the venue, and what it answers.

  // {"type":"subscribe","product_ids":["BTC-USD"],"channel":"level2"}; heartbeats have no products.
  static std::string make_request(std::string_view type, std::string_view channel,
                                  std::span<Entry* const> entries) {
    auto out = fmt::format(R"({{"type":"{}")", type);
    std::string_view separator = R"(,"product_ids":[)";
    for (const Entry* const entry : entries) {
      schemas::append_json_string(out.append(separator), entry->venue_symbol);
      separator = ",";
    }
    if (!entries.empty()) out.append("]");
    return out.append(fmt::format(R"(,"channel":"{}"}})", channel));
  }
  void subscribe(std::size_t what, std::span<Entry* const> entries) {
    std::vector<VenueSubscription> awaited;
    for (Entry* const entry : entries) {
      entry->state.asked = static_cast<std::uint8_t>(entry->state.asked | 1U << what);
      entry->for_each_instrument([&](const schemas::Instrument& instrument) {
        awaited.push_back({instrument.id, kSubscribables[what].stands_for});
      });
    }
    events_.send(make_request("subscribe", kSubscribables[what].channel, entries), awaited);
  }

  // The venue does not say which request it refuses. Those of the products it names are meant, or
  // any that waits for an answer; one that is acknowledged later was not.
  void on_error(const Message& message) {
    const auto named = [&](const Entry& entry) {
      return message.text.find(entry.venue_symbol) != message.text.npos;
    };
    const bool any_named = std::ranges::any_of(
        instruments_, [&](const Entry& entry) { return entry.state.asked != 0 && named(entry); });
    bool refused = false;
    for (const auto& entry : instruments_) {
      if (any_named && !named(entry)) continue;
      for (std::size_t what = 0; what < kSubscribables.size(); ++what) {
        if (!entry.state.waits_for(what)) continue;
        refused = true;
        entry.for_each_instrument([&](const schemas::Instrument& instrument) {
          events_.on_refused({instrument.id, kSubscribables[what].stands_for}, message.text);
        });
      }
    }
    if (!refused) events_.on_anomaly(Anomaly::kUnknownMessage, message.text.substr(0, 100));
  }

  void on_subscriptions(const Message& message) {
    for (const auto& item : message.subscribed) {
      Entry* const entry = instruments_.find(item.product);
      if (entry == nullptr) continue;
      for (std::size_t what = 0; what < kSubscribables.size(); ++what) {
        if (item.channel != kSubscribables[what].channel || !entry->state.waits_for(what)) continue;
        entry->state.asked = static_cast<std::uint8_t>(entry->state.asked & ~(1U << what));
        entry->for_each_instrument([&](const schemas::Instrument& instrument) {
          events_.on_acknowledged({instrument.id, kSubscribables[what].stands_for});
        });
      }
    }
  }

  MessageDecoder decoder_;
  std::optional<std::uint64_t> last_sequence_;  // of this connection
  bool reconnect_requested_ = false;            // on this connection

  // Reused, to allocate nothing per message.
  std::vector<Entry*> touched_;
  std::vector<std::pair<Entry*, const TradeItem*>> fresh_trades_;
  std::vector<std::uint64_t> ids_;
  SnapshotFiller filler_;
};

}  // namespace

const VenueFacts& facts() { return kFacts; }

std::unique_ptr<VenueAdapter> make_adapter(const AdapterSettings& settings,
                                           schemas::InstrumentRegistry& registry,
                                           AdapterEvents& events) {
  return std::make_unique<Adapter>(settings, registry, events);
}

}  // namespace tickgate::feeds::coinbase
