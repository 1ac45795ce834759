// SPDX-License-Identifier: Apache-2.0
// What the channels say of the market: books, trades, tickers.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "feeds/adapter/venue_time.h"
#include "feeds/venues/coinbase/adapter_class.h"

namespace tickgate::feeds::coinbase {

using schemas::Timestamp;
using schemas::to_absl;

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
      if (!std::exchange(product->synced, true)) {
        for (const auto id : product->instruments) events_.on_synced(id);
      }
    } else if (product->synced) {
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
      invalidate_book(product, "crossed book");
      for (const auto id : product.instruments) events_.request_resync(id);
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

void Adapter::invalidate_book(Product& product, std::string_view reason) {
  product.book.clear();
  if (!std::exchange(product.synced, false)) return;
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

}  // namespace tickgate::feeds::coinbase
