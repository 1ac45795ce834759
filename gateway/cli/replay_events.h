// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "feeds/adapter/fetch_tags.h"
#include "feeds/adapter/venue_adapter.h"
#include "feeds/publish/publisher.h"

namespace tickgate::gateway {

// What all adapters of a replay said that is only counted.
struct ReplayCounters {
  std::array<std::uint64_t, feeds::kAnomalyCount> anomalies{};
  std::uint64_t checksums_verified = 0;
  std::uint64_t trades_lost = 0;

  std::uint64_t& of(feeds::Anomaly anomaly) { return anomalies[static_cast<std::size_t>(anomaly)]; }
};

// Hears one adapter of a replay: ticks go to the publisher, what happens to an instrument becomes
// its state, and the rest is counted. Requests are not granted, for nobody is there to answer;
// there is no clock either, so nothing is ever stale. One thread.
class ReplayEvents final : public feeds::AdapterEvents {
 public:
  using AnomalyHook = std::function<void(feeds::Anomaly, std::string_view detail)>;

  // All outlive this.
  ReplayEvents(feeds::Publisher& publisher, ReplayCounters& counters, const AnomalyHook& on_anomaly)
      : publisher_(publisher), counters_(counters), anomaly_hook_(on_anomaly) {}

  // The time of the record at hand, which dates a change of state.
  void set_time(schemas::Timestamp now) { now_ = now; }
  // The adapter's connection: while there is none, its instruments are down.
  void connected();
  void disconnected();
  // Of an answer in the capture, if the adapter asked for that URL.
  feeds::FetchTag tag_of(std::string_view url) const { return fetch_tags_.of(url); }

 private:
  struct State {
    bool announced = false;
    bool synced = false;
    bool halted = false;
    bool closed = false;
    std::string reason;
  };

  void on_instrument(const schemas::Instrument& instrument) override;
  void on_tick(const schemas::Quote& quote) override { publisher_.publish(quote); }
  void on_tick(const schemas::Book& book) override { publisher_.publish(book); }
  void on_tick(const schemas::Trade& trade) override { publisher_.publish(trade); }
  void on_tick(const schemas::Ticker& ticker) override { publisher_.publish(ticker); }
  void on_trades_lost(schemas::InstrumentId instrument, std::uint64_t count) override;
  void on_recovering(schemas::InstrumentId instrument, std::string_view reason) override;
  void on_synced(schemas::InstrumentId instrument) override;
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
  void on_acknowledged(feeds::VenueSubscription) override {}
  void on_refused(feeds::VenueSubscription, std::string_view) override {}
  void on_anomaly(feeds::Anomaly anomaly, std::string_view detail) override;
  void on_checksum_verified() override { ++counters_.checksums_verified; }

  State& state_of(schemas::InstrumentId instrument);
  void forget_books(std::string_view reason);
  void publish_state(schemas::InstrumentId instrument);

  feeds::Publisher& publisher_;
  ReplayCounters& counters_;
  const AnomalyHook& anomaly_hook_;
  feeds::FetchTags fetch_tags_;
  schemas::Timestamp now_;
  bool connected_ = false;
  std::vector<State> states_;  // by InstrumentId
};

}  // namespace tickgate::gateway
