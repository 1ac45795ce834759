// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "feeds/publish/bar_demand.h"
#include "schemas/ids.h"
#include "schemas/interval.h"

namespace tickgate::feeds {

// Which series of bars go out: some intervals of each instrument always, others as long as an edge
// says that it wants them. What goes out is held, as a shard would hold it. Pure; one thread's.
class BarWants {
 public:
  using Moment = std::chrono::microseconds;  // of the steady clock

  static constexpr Moment kHolds = std::chrono::seconds{15};  // from the last word of an edge

  // The demand outlives it; null: nobody looks.
  BarWants(std::vector<schemas::Interval> always, BarDemand* demand);
  ~BarWants();
  BarWants(const BarWants&) = delete;
  BarWants& operator=(const BarWants&) = delete;

  void on_instrument(schemas::InstrumentId instrument);
  void on_removed(schemas::InstrumentId instrument);
  // An edge wants it, of an instrument that there is.
  void want(schemas::InstrumentId instrument, schemas::Interval interval, Moment now);
  // Lets go of what nobody has asked for again. To be called now and then.
  void expire(Moment now);

  bool wanted(schemas::InstrumentId instrument, schemas::Interval interval) const;
  std::size_t by_edges() const { return until_.size(); }

 private:
  struct Series {
    schemas::InstrumentId instrument;
    schemas::Interval interval{};
    friend bool operator==(const Series&, const Series&) = default;
    template <typename H>
    friend H AbslHashValue(H hash, const Series& series) {
      return H::combine(std::move(hash), series.instrument.value(), series.interval);
    }
  };

  bool always(schemas::Interval interval) const;
  void raise(schemas::InstrumentId instrument, schemas::Interval interval);
  void lower(schemas::InstrumentId instrument, schemas::Interval interval);

  std::vector<schemas::Interval> always_;
  BarDemand* demand_;
  std::vector<bool> served_;  // by instrument
  absl::flat_hash_map<Series, Moment> until_;
};

}  // namespace tickgate::feeds
