// SPDX-License-Identifier: Apache-2.0
#include "feeds/coinbase/adapter.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "feeds/coinbase/messages.h"
#include "feeds/coinbase/products.h"
#include "feeds/coinbase/requests.h"
#include "feeds/coinbase/snapshot.h"
#include "feeds/log.h"
#include "feeds/venue_time.h"

namespace tickgate::feeds::coinbase {
namespace {

using schemas::InstrumentId;
using schemas::Timestamp;
using schemas::to_absl;

constexpr std::string_view kUrl = "wss://advanced-trade-ws.coinbase.com";
// One product that the venue does not know may spoil the message it is in.
constexpr std::size_t kProductsPerMessage = 50;

class Adapter final : public VenueAdapter {
 public:
  Adapter(const AdapterSettings& settings, schemas::InstrumentRegistry& registry,
          AdapterEvents& events);

  std::string url() const override {
    return settings_.websocket_url.empty() ? std::string(kUrl) : settings_.websocket_url;
  }
  VenueLimits limits() const override;
  void on_open(Timestamp now) override;
  void on_text(std::string_view frame, Timestamp received) override;
  void on_http(std::string_view, int, std::string_view, Timestamp) override {}  // none is asked for
  void on_close() override;
  void resync(InstrumentId instrument) override;
  const OrderBook* book(InstrumentId instrument) const override;

 private:
  void announce(const Product& product);
  void subscribe(std::size_t what, std::span<Product* const> products);

  Product* product_of(std::string_view product_id);
  // False: seen before, to be dropped.
  bool take_sequence(const Message& message);
  void drop(const Message& message, const JsonReader& reader);
  void take_error(const Message& message);
  void take_subscriptions(const Message& message);
  void take_books(const Message& message, Timestamp received);
  void take_trades(const Message& message, Timestamp received);
  void take_trade_history(const Message& message);
  void take_trade(Product& product, const TradeItem& item, Timestamp received);
  void take_tickers(const Message& message, Timestamp received);

  Timestamp read_time(std::string_view text);
  void publish_book(Product& product, Timestamp venue_time, Timestamp received);
  void lose_book(Product& product, std::string_view reason);
  void lose_trades(const Product& product, std::uint64_t count);

  const AdapterSettings settings_;
  AdapterEvents& events_;
  Products products_;
  MessageDecoder decoder_;
  std::optional<std::uint64_t> last_sequence_;  // of this connection
  bool announced_ = false;
  bool reconnect_wished_ = false;  // on this connection

  // Reused, to allocate nothing per message.
  schemas::Book tick_;
  std::vector<Product*> touched_;
  std::vector<std::pair<Product*, const TradeItem*>> fresh_trades_;
  SnapshotFiller filler_;
};

Adapter::Adapter(const AdapterSettings& settings, schemas::InstrumentRegistry& registry,
                 AdapterEvents& events)
    : settings_(settings), events_(events), products_(registry) {
  for (const auto& pair : settings_.pairs) {
    if (products_.add(product_for(pair), pair) == nullptr) {
      log::error("feeds.coinbase", "not a pair", {{"pair", pair}});
    }
  }
}

VenueLimits Adapter::limits() const {
  VenueLimits limits;
  limits.sends_per_second = 8;  // unauthenticated messages, per IP
  limits.send_burst = 8;
  limits.resyncs_per_second = 2;  // two messages each
  return limits;
}

void Adapter::announce(const Product& product) {
  for (const auto id : product.instruments) events_.on_instrument(products_.instrument(id));
}

void Adapter::on_open(Timestamp /*now*/) {
  last_sequence_.reset();
  reconnect_wished_ = false;
  std::vector<Product*> all;
  for (auto& product : products_) {
    if (!announced_) announce(product);
    product.whole = false;
    all.push_back(&product);
  }
  announced_ = true;
  if (settings_.pairs.empty()) return;  // a capture: there is nobody to ask
  // First, for the venue closes what gets no updates for a minute unless there are heartbeats.
  events_.send(make_request("subscribe", "heartbeats", {}), {});
  for (std::size_t what = 0; what < kSubscribables.size(); ++what) {
    for (std::size_t i = 0; i < all.size(); i += kProductsPerMessage) {
      const auto count = std::min(kProductsPerMessage, all.size() - i);
      subscribe(what, std::span(all).subspan(i, count));
    }
  }
}

void Adapter::on_close() {
  for (auto& product : products_) {
    product.book.clear();
    product.whole = false;
    product.asked = 0;
    product.trades.doubt();
  }
}

void Adapter::subscribe(std::size_t what, std::span<Product* const> products) {
  std::vector<VenueSubscription> awaited;
  for (Product* const product : products) {
    product->asked = static_cast<std::uint8_t>(product->asked | 1U << what);
    for (const auto id : product->instruments) {
      awaited.push_back({id, kSubscribables[what].stands_for});
    }
  }
  events_.send(make_request("subscribe", kSubscribables[what].channel, products), awaited);
}

// The venue sends a snapshot for each subscription to level2, so that is asked for anew, and with
// it whatever was never acknowledged.
void Adapter::resync(InstrumentId instrument) {
  Product* const product = products_.find(instrument);
  if (product == nullptr) return;
  Product* const one[] = {product};
  lose_book(*product, "resync");
  events_.send(make_request("unsubscribe", kSubscribables[kLevel2].channel, one), {});
  for (std::size_t what = 0; what < kSubscribables.size(); ++what) {
    if (what == kLevel2 || (product->asked >> what & 1U) != 0) subscribe(what, one);
  }
}

const OrderBook* Adapter::book(InstrumentId instrument) const {
  const Product* const product = products_.find(instrument);
  return product != nullptr && product->whole ? &product->book : nullptr;
}

Product* Adapter::product_of(std::string_view product_id) {
  if (Product* const known = products_.find(product_id)) return known;
  Product* const found = settings_.discover ? products_.add(product_id, product_id) : nullptr;
  if (found == nullptr) {
    events_.on_anomaly(Anomaly::kUnknownInstrument, product_id);
  } else {
    announce(*found);
  }
  return found;
}

void Adapter::on_text(std::string_view frame, Timestamp received) {
  JsonReader reader;
  const Message& message = decoder_.decode(frame, reader);
  // A message that can't be walked is as lost as one that never came, and its successor says so.
  if (message.whole && message.sequence && !take_sequence(message)) return;
  if (!reader.ok()) return drop(message, reader);
  if (message.channel == "l2_data") return take_books(message, received);
  if (message.channel == "market_trades") return take_trades(message, received);
  if (message.channel == "ticker") return take_tickers(message, received);
  if (message.channel == "subscriptions") return take_subscriptions(message);
  if (message.channel.empty() && message.type == "error") return take_error(message);
  static constexpr std::string_view kUnused[] = {"heartbeats", "candles", "status", "ticker_batch"};
  if (std::ranges::find(kUnused, message.channel) == std::end(kUnused)) {
    events_.on_anomaly(Anomaly::kUnknownMessage, frame.substr(0, 100));
  }
}

bool Adapter::take_sequence(const Message& message) {
  const auto number = *message.sequence;
  const auto last = last_sequence_;
  if (last && number <= *last) {
    events_.on_anomaly(Anomaly::kDuplicate,
                       absl::StrCat("sequence_num ", number, " after ", *last));
    return false;
  }
  last_sequence_ = number;
  if (!last || number == *last + 1) return true;
  events_.on_anomaly(Anomaly::kGap, absl::StrCat("sequence_num ", number, " after ", *last));
  // The numbers are the connection's, so nobody knows whose message is missing.
  for (auto& product : products_) {
    product.trades.doubt();
    if (settings_.gaps == GapPolicy::kResync) lose_book(product, "sequence gap");
  }
  if (settings_.gaps == GapPolicy::kResync && !std::exchange(reconnect_wished_, true)) {
    events_.wish_reconnect("sequence gap");
  }
  return true;
}

void Adapter::drop(const Message& message, const JsonReader& reader) {
  events_.on_anomaly(Anomaly::kParseError, reader.detail());
  for (const auto& event : message.books) {
    Product* const product = products_.find(event.product);
    if (product == nullptr) continue;
    lose_book(*product, "unreadable update");
    for (const auto id : product->instruments) events_.wish_resync(id);
  }
  for (const auto& trade : message.trades) {
    if (Product* const product = products_.find(trade.product)) product->trades.doubt();
  }
}

// The venue does not say which request it refuses. Those of the products it names are meant, or
// any that waits for an answer; one that is acknowledged later was not.
void Adapter::take_error(const Message& message) {
  const auto named = [&](const Product& product) {
    return message.text.find(product.id) != message.text.npos;
  };
  const bool any_named =
      std::any_of(products_.begin(), products_.end(),
                  [&](const Product& product) { return product.asked != 0 && named(product); });
  bool refused = false;
  for (const auto& product : products_) {
    if (any_named && !named(product)) continue;
    for (std::size_t what = 0; what < kSubscribables.size(); ++what) {
      if ((product.asked >> what & 1U) == 0) continue;
      refused = true;
      for (const auto id : product.instruments) {
        events_.on_refused({id, kSubscribables[what].stands_for}, message.text);
      }
    }
  }
  if (!refused) events_.on_anomaly(Anomaly::kUnknownMessage, message.text);
}

void Adapter::take_subscriptions(const Message& message) {
  for (const auto& item : message.subscribed) {
    Product* const product = products_.find(item.product);
    if (product == nullptr) continue;
    for (std::size_t what = 0; what < kSubscribables.size(); ++what) {
      const auto bit = 1U << what;
      if (item.channel != kSubscribables[what].channel || (product->asked & bit) == 0) continue;
      product->asked = static_cast<std::uint8_t>(product->asked & ~bit);
      for (const auto id : product->instruments) {
        events_.on_acknowledged({id, kSubscribables[what].stands_for});
      }
    }
  }
}

Timestamp Adapter::read_time(std::string_view text) {
  const auto time = parse_rfc3339(text);
  if (!time) events_.on_anomaly(Anomaly::kParseError, absl::StrCat("time: ", to_absl(text)));
  return time.value_or(schemas::kNoTime);
}

void Adapter::take_books(const Message& message, Timestamp received) {
  touched_.clear();
  for (const auto& event : message.books) {
    Product* const product = product_of(event.product);
    if (product == nullptr) continue;
    if (event.snapshot) {
      filler_.fill(product->book, message.levels_of(event));
      if (!std::exchange(product->whole, true)) {
        for (const auto id : product->instruments) events_.on_whole(id);
      }
    } else if (product->whole) {
      for (const auto& update : message.levels_of(event)) {
        product->book.set(update.side, update.level.price, update.level.size);
      }
    } else {
      continue;  // waits for its snapshot
    }
    if (std::ranges::find(touched_, product) == touched_.end()) touched_.push_back(product);
  }
  if (touched_.empty()) return;
  const auto time = read_time(message.timestamp);
  for (Product* const product : touched_) publish_book(*product, time, received);
}

void Adapter::publish_book(Product& product, Timestamp venue_time, Timestamp received) {
  if (product.book.crossed()) {
    events_.on_anomaly(Anomaly::kCrossedBook, product.id);
    if (settings_.gaps == GapPolicy::kResync) {
      lose_book(product, "crossed book");
      for (const auto id : product.instruments) events_.wish_resync(id);
      return;
    }
  }
  tick_.header.venue_time = venue_time;
  tick_.header.receive_time = received;
  tick_.integrity = schemas::Integrity::kSequence;
  product.book.write_top(tick_);
  schemas::Quote quote;
  quote.header = tick_.header;
  product.book.write_best(quote);
  for (const auto id : product.instruments) {
    tick_.header.instrument = quote.header.instrument = id;
    events_.on_tick(tick_);
    events_.on_tick(quote);
  }
}

void Adapter::lose_book(Product& product, std::string_view reason) {
  product.book.clear();
  if (!std::exchange(product.whole, false)) return;
  for (const auto id : product.instruments) events_.on_recovering(id, reason);
}

void Adapter::take_trades(const Message& message, Timestamp received) {
  take_trade_history(message);
  fresh_trades_.clear();
  for (const auto& item : message.trades) {
    if (item.snapshot) continue;
    if (Product* const product = product_of(item.product))
      fresh_trades_.emplace_back(product, &item);
  }
  // Newest first on the wire.
  std::ranges::stable_sort(fresh_trades_, {}, [](const auto& fresh) { return fresh.second->id; });
  for (const auto& [product, item] : fresh_trades_) take_trade(*product, *item, received);
}

// The last trades before we subscribed: history. What of it we should have sent is lost.
void Adapter::take_trade_history(const Message& message) {
  touched_.clear();
  for (const auto& item : message.trades) {
    if (!item.snapshot) continue;
    Product* const product = product_of(item.product);
    if (product == nullptr || std::ranges::find(touched_, product) != touched_.end()) {
      continue;
    }
    touched_.push_back(product);
    std::uint64_t newest = 0;
    for (const auto& other : message.trades) {
      if (other.snapshot && other.product == item.product) newest = std::max(newest, other.id);
    }
    const auto lost = product->trades.take_history(newest);
    if (lost > 0) lose_trades(*product, lost);
  }
}

void Adapter::take_trade(Product& product, const TradeItem& item, Timestamp received) {
  const auto lost = product.trades.take(item.id);
  if (!lost) {
    return events_.on_anomaly(Anomaly::kDuplicate,
                              absl::StrCat("trade ", item.id, " of ", product.id));
  }
  if (*lost > 0) lose_trades(product, *lost);
  schemas::Trade trade;
  trade.header.venue_time = read_time(item.time);
  trade.header.receive_time = received;
  trade.price = item.price;
  trade.size = item.size;
  trade.side = item.side;
  trade.id = item.id_text;
  for (const auto id : product.instruments) {
    trade.header.instrument = id;
    events_.on_tick(trade);
  }
}

void Adapter::lose_trades(const Product& product, std::uint64_t count) {
  for (const auto id : product.instruments) events_.on_trades_lost(id, count);
}

void Adapter::take_tickers(const Message& message, Timestamp received) {
  if (message.tickers.empty()) return;
  schemas::Ticker ticker;
  ticker.header.venue_time = read_time(message.timestamp);
  ticker.header.receive_time = received;
  for (const auto& item : message.tickers) {
    Product* const product = product_of(item.product);
    if (product == nullptr) continue;
    ticker.last = item.last;
    ticker.high = item.high;
    ticker.low = item.low;
    ticker.volume = item.volume;
    for (const auto id : product->instruments) {
      ticker.header.instrument = id;
      events_.on_tick(ticker);
    }
  }
}

}  // namespace

std::unique_ptr<VenueAdapter> make_adapter(const AdapterSettings& settings,
                                           schemas::InstrumentRegistry& registry,
                                           AdapterEvents& events) {
  return std::make_unique<Adapter>(settings, registry, events);
}

}  // namespace tickgate::feeds::coinbase
