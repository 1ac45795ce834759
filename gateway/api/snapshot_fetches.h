// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <vector>

#include "feeds/publish/demand.h"
#include "gateway/api/snapshot.h"
#include "gateway/fanout/fan_out.h"
#include "gateway/fanout/monotonic.h"

namespace tickgate::gateway {

// Snapshots of values that an edge has not, since nobody follows them: they are wanted as if
// somebody did, until they have come, for a second at most. A bounded number waits. One shard's, on
// its thread.
class SnapshotFetches {
 public:
  using Value = MissingValue;

  static constexpr std::size_t kMost = 64;           // that wait,
  static constexpr std::size_t kMostValues = 5'000;  // for so many values in all
  static constexpr std::chrono::milliseconds kPatience{1'000};

  // It outlives this.
  explicit SnapshotFetches(feeds::Demand& demand) : demand_(demand) {}
  ~SnapshotFetches();
  SnapshotFetches(const SnapshotFetches&) = delete;
  SnapshotFetches& operator=(const SnapshotFetches&) = delete;

  // Calls done() when all of them are in the fan-out, or time is up, from look(). False: too many
  // wait, and it is not called. `fan_out` outlives this.
  [[nodiscard]] bool fetch(std::vector<Value> values, const FanOut& fan_out, Monotonic now,
                           std::function<void()> done);
  // Ten times a second.
  void look(Monotonic now);
  std::size_t waiting() const { return waits_.size(); }

 private:
  struct Wait {
    std::vector<Value> values;  // all that are wanted for it
    std::size_t here = 0;       // of them, from the first on, have come
    const FanOut* fan_out;
    Monotonic until;
    std::function<void()> done;
  };

  static bool is_over(Wait& wait, Monotonic now);
  void let_go(const Wait& wait);

  feeds::Demand& demand_;
  std::list<Wait> waits_;
  std::size_t values_ = 0;  // of all that wait
};

}  // namespace tickgate::gateway
