// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "feeds/adapter/candles.h"
#include "feeds/derived/bar_series.h"
#include "feeds/derived/late_trades.h"
#include "feeds/publish/bar_demand.h"
#include "feeds/publish/bars_copy.h"
#include "feeds/publish/counter.h"
#include "feeds/publish/publisher.h"
#include "feeds/publish/sequence_memory.h"
#include "schemas/tick.h"

namespace tickgate::feeds {

// What any thread may read of a feed's bars.
struct BarsCounters {
  Counter closed;     // bars that ended, of all intervals
  Counter corrected;  // changes to bars that had
  Counter too_late;   // trades of a bar that is not held any more, once an interval
  Counter dropped;    // closed bars dropped for memory
  Counter asked;      // questions to the venue for its candles
  Counter failed;     // that it refused, or did not answer
  Gauge bytes;        // of memory
};

// All series of a feed: of each trade seven bars, each closed once by our clock. Every bar is made;
// those of series that somebody holds go to the sink. What was before us the venue is asked for
// when a series is asked for, one question a series at a time. Pure: told the time, and asks and
// answers within its calls. One thread.
class Bars final : public CandleSink {
 public:
  // How long whoever asks for a series waits for the venue.
  static constexpr Monotonic kPatience = std::chrono::seconds(10);

  // All outlive it. Without a demand every series is held; without a memory nobody made bars of
  // these instruments before.
  Bars(const BarsOptions& options, TickSink& sink, const BarDemand* demand,
       SequenceMemory* memory = nullptr);
  ~Bars() override;
  // Whom to ask; before the first call, or nobody. It outlives this.
  void attach(CandleAsker& asker) { asker_ = &asker; }

  void on_trade(const schemas::Trade& trade);
  void on_trade_gap(const schemas::TradeGap& gap);
  // Each 50 ms or so, and before the first trade.
  void advance(Moment now);
  void on_candles(const CandleAnswer& answer) override;

  // Its bars are gone, but for their numbers; who waits for some is answered that there are none.
  void remove(schemas::InstrumentId instrument);
  // All of them.
  void remove_all();

  // Answers with the series when the venue has given what we lack, or has refused, or has not
  // answered in time; at once if nothing is lacking. All who ask meanwhile get the same copy.
  void with_bars(schemas::InstrumentId instrument, schemas::Interval interval, BarsAnswer answer,
                 Moment now);
  // The same, as it stands. Where somebody is delayed, a bar that got a trade behind its end has
  // the time of that as its receive time, all others none.
  BarsCopy copy(schemas::InstrumentId instrument, schemas::Interval interval);
  // Asks the venue for what is lacking, as with_bars() does. False: nothing was asked.
  bool ask(schemas::InstrumentId instrument, schemas::Interval interval, Moment now);

  // What the bars of so many instruments may take, in bytes. Any thread.
  static std::uint64_t most_bytes(const BarsOptions& options, std::uint64_t instruments);
  const BarsCounters& counters() const { return counters_; }
  const BarsOptions& options() const { return options_; }

 private:
  struct OfInstrument;
  struct Asked;
  using Key = std::pair<std::uint32_t, schemas::Interval>;

  OfInstrument& of(schemas::InstrumentId instrument);
  OfInstrument* find(schemas::InstrumentId instrument) const;
  BarSeries& series_of(Key key);
  bool is_held(std::uint32_t instrument, schemas::Interval interval) const;
  BarScene scene(std::uint32_t instrument, schemas::Interval interval);

  void begin_second(OfInstrument& bars, std::int64_t time, const schemas::Trade& trade);
  void give_second(OfInstrument& bars);
  bool give_ended_seconds(std::int64_t until, std::size_t most);
  void take_slowly(OfInstrument& bars, BarSeries& series);
  void note_late(const OfInstrument& bars);
  void end_gap(OfInstrument& bars, std::int64_t time);
  void note_dirty(OfInstrument& bars);
  void list(OfInstrument& bars, BarSeries& series, bool may_have_ended);
  void close_interval(schemas::Interval interval);
  void tell_dirty();
  void account(std::int64_t bytes) { counters_.bytes.add(bytes); }

  Asked& asked(Key key);
  bool ask(Key key, Asked& asked);
  bool is_owed(Key key);
  void chase(Key key, Asked& asked);
  void chase_all();
  void answer_waiting(Key key, Asked& asked);

  void shed();
  void shed_unheld(std::int64_t most);
  void shed_held(std::int64_t most);

  BarsOptions options_;
  TickSink& sink_;
  const BarDemand* demand_;
  SequenceMemory* memory_;
  CandleAsker* asker_ = nullptr;
  Moment now_{schemas::Timestamp{BarSeries::kAlways}, Monotonic{}};
  std::array<std::int64_t, schemas::kIntervalCount> closed_until_;
  std::int64_t given_until_ = BarSeries::kAlways;    // seconds that ended here or before are
  std::array<bool, schemas::kIntervalCount> due_{};  // some bar has ended and not closed
  std::array<std::vector<OfInstrument*>, schemas::kIntervalCount> open_;  // with an open bar
  std::vector<std::unique_ptr<OfInstrument>> instruments_;                // by id
  std::vector<OfInstrument*> dirty_;                                      // with changes to tell
  std::vector<OfInstrument*> waiting_;                                    // with a second's trades
  absl::flat_hash_map<Key, std::unique_ptr<Asked>> asked_;
  absl::flat_hash_map<Key, LateTrades> late_;  // where somebody may be delayed
  std::vector<Key> chased_;  // series that are held, of which the venue owes something
  BarsCounters counters_;
};

}  // namespace tickgate::feeds
