// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>

#include "feeds/publish/bar_demand.h"
#include "gateway/fanout/bar_series.h"
#include "gateway/fanout/fan_out_limits.h"
#include "gateway/fanout/monotonic.h"
#include "schemas/instrument.h"
#include "schemas/interval.h"
#include "schemas/tick.h"

namespace tickgate::gateway {

// Whom a shard asks for the bars that its feed holds. The answer comes to FanOut::on_bars, on the
// shard's thread, later; exactly one.
class BarSource {
 public:
  virtual ~BarSource() = default;
  virtual void ask(schemas::InstrumentId instrument, schemas::Interval interval) = 0;
};

// The series of bars that a shard's clients follow, or did a moment ago: asked for once, and as
// often as the feed's thread can bear; what they take is bounded. Its shard's thread only.
class HeldBars {
 public:
  // Whose answers have not come: a venue that is slow to tell of the past holds up no other.
  static constexpr std::size_t kAsksAtOnce = 2'000;
  static constexpr std::size_t kAsksPerSweep = 100;  // each is a copy that the feed's thread makes
  static constexpr std::size_t kMostRows = 500'000;  // of all series together
  static constexpr std::size_t kMostIdle = 256;      // series that nobody follows any more
  static constexpr std::chrono::seconds kIdleTime{60};

  // What a shard may take for so many series of a feed that keeps so many closed bars of each: the
  // series, their rows, and copies of the feed's that are not loaded yet. In bytes.
  static std::uint64_t most_bytes(std::uint64_t series, std::uint64_t kept);

  // It outlives this.
  explicit HeldBars(FanOutCounters& counters) : counters_(counters) {}

  // Before the first follower; both outlive this. Without them no series has a past.
  void connect(BarSource& source, feeds::BarDemand* demand) {
    source_ = &source;
    demand_ = demand;
  }

  // Each for one slot. Without memory (std::bad_alloc) nothing is changed. The instrument outlives
  // this.
  void follow(const schemas::Instrument& instrument, schemas::Interval interval);
  // Allocates nothing.
  void unfollow(schemas::InstrumentId instrument, schemas::Interval interval) noexcept;
  // Null: nobody follows it, or did lately.
  BarSeries* find(schemas::InstrumentId instrument, schemas::Interval interval);

  // For whoever looks once: the same, and if nobody follows it, it is held for a while from now on.
  BarSeries& look(const schemas::Instrument& instrument, schemas::Interval interval);

  // Asks for the series, unless it is asked for already; when its turn comes. Its newest `closed`
  // bars at least are to be held then.
  void want(schemas::InstrumentId instrument, schemas::Interval interval, std::size_t closed = 0);
  // Each true: those who follow it are to be marked.
  bool apply(const schemas::Bar& bar);
  bool answer(schemas::InstrumentId instrument, schemas::Interval interval,
              std::span<const schemas::Bar> bars);

  // Nobody follows any series of it: what was held for a while is held no longer.
  void forget(schemas::InstrumentId instrument) noexcept;

  // Ten times a second: asks for more, lets go of what nobody follows.
  void sweep(Monotonic now);

 private:
  using Key = std::uint32_t;
  struct Held {
    Held(std::string_view symbol, schemas::Interval interval) : series(symbol, interval) {}

    BarSeries series;
    Key key = 0;
    std::uint32_t followers = 0;
    bool asked = false;                               // waits for its turn to be, or for the answer
    std::optional<std::list<Key>::iterator> queued;   // it waits for its turn
    std::size_t wanted = 0;                           // closed bars, of what is asked for
    std::optional<std::list<Held*>::iterator> grown;  // in grown_
    Monotonic idle_since{};                           // 0: not seen yet by a sweep
  };
  using List = std::list<Held>;

  static Key key_of(schemas::InstrumentId instrument, schemas::Interval interval) {
    return static_cast<Key>(instrument.value() * schemas::kIntervalCount +
                            static_cast<std::size_t>(interval));
  }
  static schemas::InstrumentId instrument_of(Key key) {
    return schemas::InstrumentId{static_cast<std::uint32_t>(key / schemas::kIntervalCount)};
  }
  static schemas::Interval interval_of(Key key) {
    return static_cast<schemas::Interval>(key % schemas::kIntervalCount);
  }

  void want(Held& held, std::size_t closed = 0);
  void ask_next();
  void drop_idle(List::iterator held) noexcept;
  template <typename Change>
  void change(Held& held, Change&& change);
  void note_grown(Held& held, bool anew);
  void trim_old();

  FanOutCounters& counters_;
  BarSource* source_ = nullptr;
  feeds::BarDemand* demand_ = nullptr;
  List followed_, idle_;  // idle_: who was left last is at the end
  std::unordered_map<Key, List::iterator> by_key_;
  std::list<Key> queue_;  // to be asked for
  std::size_t asks_ = 0;  // whose answers have not come
  std::size_t tokens_ = kAsksPerSweep;
  std::size_t rows_ = 0;
  std::list<Held*> grown_;  // beyond kKept rows: whose history was loaded last is at the end
};

}  // namespace tickgate::gateway
