// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "feeds/adapter/fetch_tags.h"
#include "feeds/adapter/venue_adapter.h"
#include "feeds/publish/publisher.h"
#include "gateway/cli/replay_states.h"

namespace tickgate::gateway {

// What all adapters of a replay said that is only counted.
struct ReplayCounters {
  std::array<std::uint64_t, feeds::kAnomalyCount> anomalies{};
  std::uint64_t checksums_verified = 0;
  std::uint64_t trades_lost = 0;

  std::uint64_t& of(feeds::Anomaly anomaly) { return anomalies[static_cast<std::size_t>(anomaly)]; }
};

// Hears the adapter of one connection of a replay: what happens to an instrument becomes part of
// its state, ticks are published as far as it is this connection that carries them, and the rest is
// counted. Requests are not granted, for nobody is there to answer; there is no clock either, so
// nothing is ever stale. One thread.
class ReplayEvents final : public feeds::AdapterEvents {
 public:
  using AnomalyHook = std::function<void(feeds::Anomaly, std::string_view detail)>;

  // All outlive this.
  ReplayEvents(feeds::Publisher& publisher, ReplayStates& states, ReplayCounters& counters,
               const AnomalyHook& on_anomaly)
      : publisher_(publisher), states_(states), counters_(counters), anomaly_hook_(on_anomaly) {}

  // `opened` counts all openings of the replay.
  void connected(const feeds::VenueFacts& facts, std::uint32_t opened);
  void disconnected();
  // Of an answer in the capture, if the adapter asked for that URL.
  feeds::FetchTag tag_of(std::string_view url) const { return fetch_tags_.of(url); }

 private:
  void on_instrument(const schemas::Instrument& instrument) override;
  void on_tick(const schemas::Quote& quote) override { states_.publish(quote, connection_); }
  void on_tick(const schemas::Book& book) override { states_.publish(book, connection_); }
  void on_tick(const schemas::Trade& trade) override;
  void on_tick(const schemas::Ticker& ticker) override;
  void on_trades_lost(schemas::InstrumentId instrument, std::uint64_t count) override;
  void on_recovering(schemas::InstrumentId instrument, std::string_view reason) override;
  void on_synced(schemas::InstrumentId instrument) override;
  void on_quote_invalid(schemas::InstrumentId instrument, std::string_view reason) override;
  void on_halted(schemas::InstrumentId instrument, std::string_view reason) override;
  void on_closed(schemas::InstrumentId instrument, std::string_view reason) override;
  void on_trading(schemas::InstrumentId instrument) override;
  void send(std::string, std::span<const feeds::VenueSubscription>) override {}
  void fetch(std::string) override {}
  void fetch_as(feeds::FetchRequest request) override {
    fetch_tags_.expect(request.url, request.tag);
  }
  void request_resync(schemas::InstrumentId) override {}
  void request_reconnect(std::string_view) override {}
  void on_acknowledged(feeds::VenueSubscription subscription) override;
  void on_refused(feeds::VenueSubscription subscription, std::string_view message) override;
  void on_anomaly(feeds::Anomaly anomaly, std::string_view detail) override;
  void on_checksum_verified(schemas::InstrumentId) override { ++counters_.checksums_verified; }
  void on_quarantined(const feeds::ImplausibleTick& tick) override { states_.quarantined(tick); }

  void forget_books(std::string_view reason);
  void set_note(feeds::VenueSubscription subscription, std::string text);

  feeds::Publisher& publisher_;
  ReplayStates& states_;
  ReplayCounters& counters_;
  const AnomalyHook& anomaly_hook_;
  feeds::FetchTags fetch_tags_;
  ReplayConnection connection_;
};

}  // namespace tickgate::gateway
