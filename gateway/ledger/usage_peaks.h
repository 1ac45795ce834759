// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "absl/hash/hash.h"
#include "gateway/ledger/day.h"
#include "gateway/ledger/usage.h"

namespace tickgate::gateway {

// How many connections of a key have a subscription at once, over all shards, counted as each
// begins and ends: so that a short one is in the peak, and one that goes from shard to shard is in
// it once. Any thread: whoever counts may wait for take(), which copies what has changed.
class UsagePeaks {
 public:
  void enter(const UsageKey& key, Day day);
  void leave(const UsageKey& key, Day day);

  // What became of a key since it was told last.
  struct Change {
    Day day;
    UsageKey key;
    std::int64_t open = 0;   // how many more; on another day than before, how many
    std::uint32_t peak = 0;  // of the day
  };
  // All changes. Whatever is open on another day than today by now is told of both.
  std::vector<Change> take(Day today);

 private:
  struct Count {
    std::uint32_t open = 0, peak = 0;
    std::uint32_t told = 0;  // of those that are open
    bool changed = false;
  };
  using Counts = std::unordered_map<UsageKey, Count, absl::Hash<UsageKey>>;

  void begin(Day day);
  void note_changed(Counts::value_type& entry);
  void tell(const Counts::value_type& entry);

  std::mutex mutex_;
  // All under the mutex.
  Day day_{-1};
  Counts counts_;  // of who is open or has changed; its entries stay where they are
  std::vector<Counts::value_type*> changed_;
  std::vector<Change> past_;  // of days that are over
};

}  // namespace tickgate::gateway
