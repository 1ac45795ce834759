// SPDX-License-Identifier: Apache-2.0
// The life of a connection, the order of its messages, and which of them goes where.
#include "feeds/venues/coinbase/adapter.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "feeds/log/log.h"
#include "feeds/venues/coinbase/adapter_class.h"
#include "feeds/venues/coinbase/requests.h"

namespace tickgate::feeds::coinbase {

using schemas::InstrumentId;
using schemas::Timestamp;

namespace {

// One product that the venue does not know may spoil the message it is in.
constexpr std::size_t kProductsPerMessage = 50;

}  // namespace

constexpr VenueFacts kFacts = {
    .name = "coinbase",
    .websocket_url = "wss://advanced-trade-ws.coinbase.com",
    .integrity = schemas::Integrity::kSequence,
    .quotes_from_book = true,
    // Unauthenticated messages, per address; a resync is two.
    .limits = {.sends_per_second = 8, .send_burst = 8, .resyncs_per_second = 2},
};
const VenueFacts& facts() { return kFacts; }

Adapter::Adapter(const AdapterSettings& settings, schemas::InstrumentRegistry& registry,
                 AdapterEvents& events)
    : settings_(settings), events_(events), products_(registry) {
  for (const auto& pair : settings_.pairs) {
    if (products_.add(product_for(pair), pair) == nullptr) {
      log::error("feeds.coinbase", "not a pair", {{"pair", pair}});
    }
  }
}

std::string Adapter::url() const {
  return settings_.websocket_url.empty() ? std::string(kFacts.websocket_url)
                                         : settings_.websocket_url;
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
    product.synced = false;
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
    product.synced = false;
    product.asked = 0;
    product.trades.doubt();
  }
}

// The venue sends a snapshot for each subscription to level2, so that is asked for anew, and with
// it whatever was never acknowledged.
void Adapter::resync(InstrumentId instrument) {
  Product* const product = products_.find(instrument);
  if (product == nullptr) return;
  Product* const one[] = {product};
  invalidate_book(*product, "resync");
  events_.send(make_request("unsubscribe", kSubscribables[kLevel2].channel, one), {});
  for (std::size_t what = 0; what < kSubscribables.size(); ++what) {
    if (what == kLevel2 || (product->asked >> what & 1U) != 0) subscribe(what, one);
  }
}

const OrderBook* Adapter::book(InstrumentId instrument) const {
  const Product* const product = products_.find(instrument);
  return product != nullptr && product->synced ? &product->book : nullptr;
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
    if (settings_.gaps == GapPolicy::kResync) invalidate_book(product, "sequence gap");
  }
  if (settings_.gaps == GapPolicy::kResync && !std::exchange(reconnect_wished_, true)) {
    events_.request_reconnect("sequence gap");
  }
  return true;
}

void Adapter::drop(const Message& message, const JsonReader& reader) {
  events_.on_anomaly(Anomaly::kParseError, reader.detail());
  for (const auto& event : message.books) {
    Product* const product = products_.find(event.product);
    if (product == nullptr) continue;
    invalidate_book(*product, "unreadable update");
    for (const auto id : product->instruments) events_.request_resync(id);
  }
  for (const auto& trade : message.trades) {
    if (Product* const product = products_.find(trade.product)) product->trades.doubt();
  }
}

std::unique_ptr<VenueAdapter> make_adapter(const AdapterSettings& settings,
                                           schemas::InstrumentRegistry& registry,
                                           AdapterEvents& events) {
  return std::make_unique<Adapter>(settings, registry, events);
}

}  // namespace tickgate::feeds::coinbase
