// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "feeds/adapter/order_book.h"
#include "feeds/venues/coinbase/trade_ids.h"
#include "schemas/instrument.h"
#include "schemas/text.h"

namespace tickgate::feeds::coinbase {

// What we subscribe to per product, and the channel that stands for it in acknowledgements.
struct Subscribable {
  std::string_view channel;
  schemas::Channel stands_for;
};
inline constexpr std::array<Subscribable, 3> kSubscribables = {
    {{"level2", schemas::Channel::kBook},
     {"market_trades", schemas::Channel::kTrade},
     {"ticker", schemas::Channel::kTicker}}};
inline constexpr std::size_t kLevel2 = 0;  // its index above

// One of the venue's products and all that is kept of it. More than one instrument may live on it:
// the venue serves BTC-USDC as BTC-USD, so both of ours get what comes for that.
struct Product {
  std::string id;
  std::vector<schemas::InstrumentId> instruments;

  OrderBook book;
  bool synced = false;     // the book is, as the receiver knows
  std::uint8_t asked = 0;  // a bit per Subscribable, set until it is acknowledged

  TradeIds trades;
};

// The product that public channels serve in place of a "-USDC" one (venue: Advanced Trade
// WebSocket channels, "Products").
inline std::string product_for(std::string_view pair) {
  return std::string(pair.ends_with("-USDC") ? pair.substr(0, pair.size() - 1) : pair);
}

// Belongs to one adapter and its thread. Products never move and are never removed.
class Products {
 public:
  explicit Products(schemas::InstrumentRegistry& registry) : registry_(registry) {}

  // Null when `pair` is not the plain text that symbols are made of.
  Product* add(std::string_view product_id, std::string_view pair) {
    if (!schemas::split_symbol("COINBASE:" + std::string(pair))) return nullptr;
    const auto id = registry_.add("coinbase", pair).id;
    Product*& known = by_product_[product_id];
    if (known == nullptr) {
      known = &products_.emplace_back();
      known->id = product_id;
    }
    if (by_instrument_.try_emplace(id.value(), known).second) known->instruments.push_back(id);
    return known;
  }
  Product* find(std::string_view product_id) {
    const auto it = by_product_.find(product_id);
    return it == by_product_.end() ? nullptr : it->second;
  }
  Product* find(schemas::InstrumentId id) const {
    const auto it = by_instrument_.find(id.value());
    return it == by_instrument_.end() ? nullptr : it->second;
  }
  const schemas::Instrument& instrument(schemas::InstrumentId id) const { return registry_.at(id); }

  auto begin() { return products_.begin(); }
  auto end() { return products_.end(); }

 private:
  schemas::InstrumentRegistry& registry_;
  std::deque<Product> products_;
  schemas::TextMap<Product*> by_product_;
  absl::flat_hash_map<std::uint32_t, Product*> by_instrument_;
};

}  // namespace tickgate::feeds::coinbase
