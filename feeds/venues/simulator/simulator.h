// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "feeds/adapter/venue_adapter.h"
#include "feeds/adapter/venue_factory.h"
#include "feeds/adapter/venue_facts.h"
#include "feeds/venues/simulator/drama.h"
#include "feeds/venues/simulator/history.h"
#include "feeds/venues/simulator/listing.h"
#include "feeds/venues/simulator/market.h"
#include "feeds/venues/simulator/random.h"

namespace tickgate::feeds::simulator {

// A made-up venue, "SIM:BTC-USD" and so on (or by another label), whose cost per tick is negligible
// beside the gateway's. No clock of its own: the same settings and the same calls give the same
// ticks. With market names it emits quotes, trades (a fifth of the ticks), books (at most ten a
// second and symbol) and tickers (one a second and symbol). With generated names the load is quotes
// only, spread evenly, after one tick of each channel at the start; SIM:QUIET is listed there too,
// live and silent. Market names follow the common walk of their seed; what a venue adds to it is
// its label's. In a drama some of them have parts, see Drama. One thread.
class Simulator final : public TickSource {
 public:
  Simulator(const SourceSettings& settings, schemas::InstrumentRegistry& registry,
            AdapterEvents& events);

  // Announces every instrument, whole, with a first value in every channel.
  void start(schemas::Timestamp now) override;
  // Emits what is due since the last call, at most 50 ms' worth: after a stall the rest is
  // skipped. Call it each millisecond or so. A clock set back starts the schedule anew.
  void advance(schemas::Timestamp now) override;
  bool speaks(schemas::Timestamp now) const override { return !drama_ || !drama_->silent(now); }
  bool beats() const override { return settings_.drama; }
  // Of market names alone: those have a past. Made up in advance(), a piece each time.
  bool ask_candles(const CandleRequest& request) override;

  // Ticks that a stall, or its silence, made us skip.
  std::uint64_t skipped() const { return skipped_; }

 private:
  void list(const Listing& listing, schemas::Timestamp now);
  void emit(Market& market, schemas::Timestamp now);
  void answer_candles(schemas::Timestamp now);
  std::uint64_t trades_of(std::size_t index) const;

  SourceSettings settings_;
  schemas::InstrumentRegistry& registry_;
  AdapterEvents& events_;
  Random random_;
  std::vector<Market> markets_;  // shuffled; ticked in turns, but in a drama
  std::optional<Drama> drama_;
  std::map<schemas::InstrumentId, History> histories_;
  std::deque<CandleRequest> asked_;
  std::optional<History::Draft> draft_;  // of the first of them
  std::size_t turn_ = 0;
  schemas::Timestamp started_, last_call_;
  std::uint64_t done_ = 0;  // ticks of the schedule since started_, emitted or skipped
  std::uint64_t skipped_ = 0;
};

// What the table of venues needs of it. `registry` and `events` outlive the source.
std::unique_ptr<TickSource> make_source(const SourceSettings& settings,
                                        schemas::InstrumentRegistry& registry,
                                        AdapterEvents& events);
const VenueFacts& facts();

}  // namespace tickgate::feeds::simulator
