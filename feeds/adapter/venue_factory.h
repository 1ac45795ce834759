// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "feeds/adapter/venue_adapter.h"
#include "schemas/instrument.h"

namespace tickgate::feeds {

// kMarket: names one knows, BTC-USD first. kGenerated: S0000-USD and so on.
enum class SourceNames : std::uint8_t { kMarket, kGenerated };

// What a made-up market is made from: the same settings and calls give the same ticks.
struct SourceSettings {
  std::uint64_t seed = 42;
  std::uint32_t symbol_count = 24;  // more than 0
  std::uint32_t rate = 2'000;       // ticks a second, over all symbols; more than 0
  SourceNames names = SourceNames::kMarket;
  std::string label{};  // in place of the venue's own, where there are several; "sim" is SIM:
  bool drama = false;   // halts, silences, losses: what a market may do; of kMarket only
};

// Makes ticks out of nothing, in place of a venue: the simulator. It speaks to the AdapterEvents it
// was made with, on the feed's thread.
class TickSource {
 public:
  virtual ~TickSource() = default;
  virtual void start(schemas::Timestamp now) = 0;
  virtual void advance(schemas::Timestamp now) = 0;  // each millisecond or so
  // Whether anything is heard of it now, be it that it is alive. False: advance() is not called.
  virtual bool speaks(schemas::Timestamp /*now*/) const { return true; }
  // Whether it says each second that it is alive, as some venues do, so that three seconds without
  // that are silence, whatever its habits.
  virtual bool beats() const { return false; }
  // As VenueAdapter has it; answered with the next advance().
  virtual bool ask_candles(const CandleRequest& /*request*/) { return false; }
};

// Feeds know no venue by name; who builds them hands these in.
using AdapterFactory = std::function<std::unique_ptr<VenueAdapter>(
    const AdapterSettings&, schemas::InstrumentRegistry&, AdapterEvents&)>;
using SourceFactory = std::function<std::unique_ptr<TickSource>(
    const SourceSettings&, schemas::InstrumentRegistry&, AdapterEvents&)>;

}  // namespace tickgate::feeds
