// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/venues.h"

#include "feeds/venues/binance/adapter.h"
#include "feeds/venues/coinbase/adapter.h"
#include "feeds/venues/kraken/adapter.h"
#include "feeds/venues/simulator/simulator.h"

namespace tickgate::gateway {
namespace {

// The simulator as the feed thread sees it.
class SimulatedVenue final : public feeds::TickSource {
 public:
  SimulatedVenue(const feeds::simulator::SimulatorSettings& settings,
                 schemas::InstrumentRegistry& registry, feeds::AdapterEvents& events)
      : simulator_(settings, registry, events) {}

  void start(schemas::Timestamp now) override { simulator_.start(now); }
  void advance(schemas::Timestamp now) override { simulator_.advance(now); }

 private:
  feeds::simulator::Simulator simulator_;
};

feeds::SourceFactory source_factory(const SimulatorConfig& config) {
  feeds::simulator::SimulatorSettings settings;
  settings.seed = config.seed;
  settings.symbol_count = config.symbol_count;
  settings.rate = config.rate;
  settings.names = config.names == SimulatorNames::kMarket ? feeds::simulator::Names::kMarket
                                                           : feeds::simulator::Names::kGenerated;
  return [settings](schemas::InstrumentRegistry& registry, feeds::AdapterEvents& events) {
    return std::make_unique<SimulatedVenue>(settings, registry, events);
  };
}

}  // namespace

feeds::AdapterFactory adapter_factory(Venue venue) {
  switch (venue) {
    case Venue::kBinance:
      return feeds::binance::make_adapter;
    case Venue::kCoinbase:
      return feeds::coinbase::make_adapter;
    case Venue::kKraken:
      return feeds::kraken::make_adapter;
    case Venue::kSimulator:
      return nullptr;
  }
  return nullptr;
}

feeds::FeedSettings feed_settings(const FeedConfig& config) {
  feeds::FeedSettings settings;
  auto& options = settings.options;
  options.name = config.name;
  options.venue = config.venue == Venue::kSimulator ? "sim" : std::string(name(config.venue));
  options.pairs = config.symbols;
  options.stale_after = config.stale_after;
  options.idle_timeout = config.idle_timeout;
  options.planned_reconnect = config.planned_reconnect;
  options.ack_timeout = config.subscribe_ack_timeout;
  options.backoff.base = config.reconnect_min;
  options.backoff.cap = config.reconnect_max;
  options.passive = config.venue == Venue::kSimulator || !config.capture.empty();
  settings.adapter.pairs = config.symbols;
  settings.adapter.book_depth = config.book_depth;
  settings.adapter.websocket_url = config.websocket_url;
  settings.adapter.rest_url = config.rest_url;
  settings.adapter.gaps = config.gaps;
  // A capture without a list of symbols serves all that it holds.
  settings.adapter.discover = !config.capture.empty() && config.symbols.empty();
  settings.make_adapter = adapter_factory(config.venue);
  if (config.venue == Venue::kSimulator) settings.make_source = source_factory(config.simulator);
  settings.capture = {config.capture, config.speed, config.loop};
  settings.ca_file = config.ca_file;
  return settings;
}

}  // namespace tickgate::gateway
