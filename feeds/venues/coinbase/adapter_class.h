// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "feeds/adapter/venue_adapter.h"
#include "feeds/venues/coinbase/messages.h"
#include "feeds/venues/coinbase/products.h"
#include "feeds/venues/coinbase/snapshot.h"

// The class behind make_adapter(); only the sources of this folder include it.
namespace tickgate::feeds::coinbase {

// adapter.cc
extern const VenueFacts kFacts;

class Adapter final : public VenueAdapter {
 public:
  Adapter(const AdapterSettings& settings, schemas::InstrumentRegistry& registry,
          AdapterEvents& events);

  std::string url() const override;
  const VenueFacts& facts() const override { return kFacts; }
  void on_open(schemas::Timestamp now) override;
  void on_text(std::string_view frame, schemas::Timestamp received) override;
  // Nothing is fetched.
  void on_http(std::string_view, int, std::string_view, schemas::Timestamp) override {}
  void on_close() override;
  void resync(schemas::InstrumentId instrument) override;
  const OrderBook* book(schemas::InstrumentId instrument) const override;

 private:
  void announce(const Product& product);
  // Null, and counted, for a product that nobody asked for.
  Product* product_of(std::string_view product_id);
  // False: seen before, to be dropped.
  bool take_sequence(const Message& message);
  void drop(const Message& message, const JsonReader& reader);

  // market_data.cc
  void take_books(const Message& message, schemas::Timestamp received);
  void take_trades(const Message& message, schemas::Timestamp received);
  void take_trade_history(const Message& message);
  void take_trade(Product& product, const TradeItem& item, schemas::Timestamp received);
  void take_tickers(const Message& message, schemas::Timestamp received);
  schemas::Timestamp read_time(std::string_view text);
  void publish_book(Product& product, schemas::Timestamp venue_time, schemas::Timestamp received);
  void invalidate_book(Product& product, std::string_view reason);
  void lose_trades(const Product& product, std::uint64_t count);

  // answers.cc
  void subscribe(std::size_t what, std::span<Product* const> products);
  void take_error(const Message& message);
  void take_subscriptions(const Message& message);

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

}  // namespace tickgate::feeds::coinbase
