// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "feeds/adapter/venue_adapter.h"

namespace tickgate::testing {

// Takes whatever an adapter or the simulator says and keeps a little of each tick, so that none of
// the work is optimised away.
class SilentEvents final : public feeds::AdapterEvents {
 public:
  std::uint64_t ticks = 0;
  std::uint64_t anomalies = 0;
  std::int64_t sum = 0;

  void on_instrument(const schemas::Instrument&) override {}
  void on_tick(const schemas::Quote& quote) override { take(quote.bid.value().mantissa); }
  void on_tick(const schemas::Book& book) override { take(book.bid_count); }
  void on_tick(const schemas::Trade& trade) override { take(trade.id.length); }
  void on_tick(const schemas::Ticker& ticker) override { take(ticker.last.value().mantissa); }
  void on_trades_lost(schemas::InstrumentId, std::uint64_t) override {}
  void on_recovering(schemas::InstrumentId, std::string_view) override {}
  void on_synced(schemas::InstrumentId) override {}
  void on_halted(schemas::InstrumentId, std::string_view) override {}
  void on_closed(schemas::InstrumentId, std::string_view) override {}
  void on_trading(schemas::InstrumentId) override {}
  void send(std::string, std::span<const feeds::VenueSubscription>) override {}
  void fetch(std::string) override {}
  void request_resync(schemas::InstrumentId) override {}
  void request_reconnect(std::string_view) override {}
  void on_acknowledged(feeds::VenueSubscription) override {}
  void on_refused(feeds::VenueSubscription, std::string_view) override {}
  void on_anomaly(feeds::Anomaly, std::string_view) override { ++anomalies; }
  void on_checksum_verified(schemas::InstrumentId) override {}

 private:
  void take(std::int64_t part) {
    ++ticks;
    sum += part;
  }
};

}  // namespace tickgate::testing
