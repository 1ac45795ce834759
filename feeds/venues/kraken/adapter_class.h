// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "feeds/adapter/instrument_map.h"
#include "feeds/adapter/venue_adapter.h"
#include "feeds/log/log.h"
#include "feeds/venues/kraken/messages.h"
#include "feeds/venues/kraken/trade_ids.h"

// The class behind make_adapter(); only the sources of this folder include it.
namespace tickgate::feeds::kraken {

// What is subscribed to for each pair.
inline constexpr std::array kChannels = {schemas::Channel::kBook, schemas::Channel::kTrade,
                                         schemas::Channel::kTicker};

enum class Trading : std::uint8_t { kOn, kHalted, kClosed };

// What is kept of one symbol. Trades and halts outlive a connection.
struct State {
  OrderBook book;
  bool synced = false;
  std::size_t depth = 0;  // as acknowledged on this connection; 0: not yet
  TradeIds trades;
  std::string status = "online";  // the venue's word
  Trading told = Trading::kOn;    // what the receiver knows
};

// adapter.cc
extern const VenueFacts kFacts;

class Adapter final : public VenueAdapter, private MessageVisitor {
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
  using Instruments = InstrumentMap<State>;
  using Entry = Instruments::Entry;
  struct Request {
    std::uint64_t id;
    schemas::Channel channel;
    std::vector<schemas::InstrumentId> instruments;
  };

  void announce();
  // Null, and counted, for a symbol that nobody asked for.
  Entry* entry_of(std::string_view symbol);
  void on_item(MessageKind kind, bool is_snapshot, const Item& item, JsonReader& reader) override;

  // market_data.cc
  void take_book(Entry& entry, bool is_snapshot, const Item& item, JsonReader& reader);
  void take_trade(Entry& entry, bool is_history, const Item::Tokens& tokens, JsonReader& reader);
  void take_ticker(Entry& entry, const Item::Tokens& tokens, JsonReader& reader);
  void publish_book(Entry& entry, schemas::Timestamp venue_time);
  // Whether the book must be made anew; with GapPolicy::kWarn it never must.
  bool invalidate_book(Entry& entry, Anomaly anomaly, std::string_view detail,
                       std::string_view reason);

  // answers.cc
  void subscribe_to(schemas::Channel channel, std::span<const std::string> symbols);
  void on_reply(const Reply& reply) override;
  void take_refusal(const Reply& reply);

  // trading_status.cc
  void take_system_status(std::string_view status);
  void take_pair_status(Entry& entry, std::string_view status);
  bool known_status(std::string_view status);
  void tell_trading(Entry& entry);

  const AdapterSettings settings_;
  const std::size_t depth_;  // to subscribe to
  AdapterEvents& events_;
  Instruments instruments_;
  std::vector<std::string> symbols_;  // the venue's, as configured
  MessageDecoder decoder_;
  std::vector<Request> requests_;  // on this connection, by rising id
  std::uint64_t last_request_id_ = 0;
  std::string system_status_ = "online";
  schemas::Timestamp received_;  // of the frame at hand
  schemas::Book tick_;           // reused: too large to clear each time
  log::Limiter refusals_;
  bool announced_ = false;
};

}  // namespace tickgate::feeds::kraken
