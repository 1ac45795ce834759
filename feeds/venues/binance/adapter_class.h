// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "feeds/adapter/instrument_map.h"
#include "feeds/adapter/venue_adapter.h"
#include "feeds/log/log.h"
#include "feeds/venues/binance/book_sync.h"
#include "feeds/venues/binance/messages.h"
#include "feeds/venues/binance/trade_ids.h"

// The class behind make_adapter(); only the sources of this folder include it.
namespace tickgate::feeds::binance {

// What is kept of one symbol. Trade ids and the halt outlive a connection.
struct State {
  BookSync sync;
  TradeIds trades;
  bool synced = false;    // as the receiver knows it
  bool fetching = false;  // a snapshot was asked for and has not come
  bool halted = false;
  bool unlisted = false;
};

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
  void on_http(std::string_view target, int status, std::string_view body,
               schemas::Timestamp received) override;
  void on_close() override;
  void resync(schemas::InstrumentId instrument) override;
  const OrderBook* book(schemas::InstrumentId instrument) const override;

 private:
  using Instruments = InstrumentMap<State>;
  using Entry = Instruments::Entry;

  void announce();
  // Null, and counted, for a symbol that nobody asked for.
  Entry* entry_of(std::string_view symbol);
  Entry* discover(std::string_view symbol);

  // market_data.cc
  void take_quote(Entry& entry, const EventFields& fields, schemas::Timestamp received,
                  JsonReader& reader);
  void take_trade(Entry& entry, const EventFields& fields, schemas::Timestamp received,
                  JsonReader& reader);
  void take_ticker(Entry& entry, const EventFields& fields, schemas::Timestamp received,
                   JsonReader& reader);
  void take_diff(Entry& entry, const Event& event, schemas::Timestamp received, JsonReader& reader);
  void publish_book(Entry& entry, schemas::Timestamp venue_time, schemas::Timestamp received);
  // Whether the book must be made anew; with GapPolicy::kWarn it never must.
  bool invalidate_book(Entry& entry, Anomaly anomaly, std::string_view detail,
                       std::string_view reason);
  void request_resync(Entry& entry);

  // answers.cc
  void fetch_snapshot(Entry& entry);
  void fetch_exchange_info();
  void take_snapshot(std::string_view symbol, int status, std::string_view body,
                     schemas::Timestamp received);
  void take_snapshot_refusal(Entry& entry, int status, std::string_view body);
  void take_exchange_info(int status, std::string_view body);

  const AdapterSettings settings_;
  AdapterEvents& events_;
  Instruments instruments_;
  std::vector<std::string> symbols_;            // the venue's, as configured
  schemas::TextMap<std::string> listed_pairs_;  // by venue symbol; only to discover
  MessageDecoder decoder_;
  schemas::Book tick_;  // reused: too large to clear each time
  log::Limiter refusals_;
  bool announced_ = false;
  bool closed_ = false;        // between on_close and on_open
  bool info_refused_ = false;  // exchangeInfo, because one of the symbols is not listed
};

}  // namespace tickgate::feeds::binance
