// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "feeds/adapter/venue_adapter.h"
#include "feeds/adapter/venue_factory.h"
#include "feeds/venues/simulator/activity.h"
#include "feeds/venues/simulator/listing.h"
#include "feeds/venues/simulator/market.h"
#include "feeds/venues/simulator/random.h"
#include "feeds/venues/simulator/stage.h"
#include "feeds/venues/simulator/walk.h"

namespace tickgate::feeds::simulator {

// Performs on one venue's markets what its Stage has on. Each part is a pair's, by its place in the
// listings: BTC-USD is fast (every other tick is its own) and leans, ETH-USD loses trades, SOL-USD
// is halted, XRP-USD is quiet; where there are fewer pairs there are fewer parts. One thread.
class Drama {
 public:
  // `settings` with a label; `events` outlive it.
  Drama(const SourceSettings& settings, AdapterEvents& events);

  // Of the pair listed there, in a million seconds.
  std::uint64_t trades_per_million_seconds(std::size_t index) const;

  // What is not as elsewhere for a pair: its price has wicks, and it is not busy at all times.
  Walk walk(std::string_view pair) const { return {seed_, pair, true}; }
  std::optional<Activity> activity(std::size_t index, std::string_view pair) const;

  // Begins. The markets as they are listed; they stay where they are until the next call.
  void open(std::vector<Market>& markets, const std::vector<Listing>& listings,
            schemas::Timestamp now);
  void begin_anew(schemas::Timestamp now);
  bool silent(schemas::Timestamp now) const { return stage_.silent(since_begin(now)); }
  // Acts that begin or end, and what the quiet pair has to say.
  void play(Random& random, schemas::Timestamp now);
  // The next tick: of one of the other pairs, and the book comes with it.
  void tick(Random& random, schemas::Timestamp now);

 private:
  static constexpr std::size_t kFast = 0, kLosing = 1, kHalting = 2, kQuiet = 3;

  bool has(std::size_t part) const { return part < symbol_count_; }
  Market& at(std::size_t part) { return (*markets_)[part]; }
  std::int64_t since_begin(schemas::Timestamp now) const { return now.value() - begun_.value(); }
  std::optional<std::size_t> next();
  void halt_or_resume(schemas::Timestamp now);
  void lose_trades(Random& random, schemas::Timestamp now);
  void speak_up(Random& random, schemas::Timestamp now);
  void move(Market& market, Random& random, schemas::Timestamp now);

  std::uint64_t seed_;
  Stage stage_;
  AdapterEvents& events_;
  std::size_t symbol_count_;
  std::uint32_t rate_;
  std::vector<std::size_t> others_;  // neither fast nor quiet
  std::vector<Market>* markets_ = nullptr;
  std::vector<Activity> activities_;  // of each of them; nobody looks at the quiet one's
  schemas::Timestamp begun_{INT64_MAX};
  std::size_t turn_ = 0;  // in others_
  bool is_turn_of_fast_ = false;
  bool halted_ = false, leaning_ = false;
  std::int64_t losses_ = 0, quiet_moments_ = 0;  // until now
};

}  // namespace tickgate::feeds::simulator
