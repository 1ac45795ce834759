// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "feeds/derived/consolidation.h"
#include "feeds/thread/feed_thread.h"

namespace tickgate::feeds {

// Where a feed thread's ticks go. Called while the threads are made.
class ShardRings {
 public:
  virtual ~ShardRings() = default;
  // A ring to each shard for one more thread.
  virtual std::vector<ShardLink> add() = 0;
  // The beat of the thread that they were for.
  virtual void watch(const Beat& beat) = 0;
};

// The threads of feeds, mostly one. All feeds of a venue are on the same, since what its host
// permits is counted there; venues are dealt out in the order of the feeds. A venue that comes
// later goes where the fewest are: there are no further threads then, for shards know their rings
// from the start. The first one makes the consolidated instruments. Beside the constructor and the
// end, any thread may call.
class FeedThreads {
 public:
  static constexpr std::size_t kMost = 16;

  // Of all that is asked for as FeedThread's constructor has it. No more threads than venues.
  FeedThreads(std::vector<FeedSettings> settings, std::size_t most, BestRules rules,
              schemas::InstrumentRegistry& registry, ShardRings& rings,
              const Demand* demand = nullptr, const BarDemand* bar_demand = nullptr);

  absl::Status start();
  void stop();  // also twice
  void join();

  // As FeedThread has it, from the thread that the instrument's feed is on. `callback` is called on
  // that one; what is consolidated has no book.
  void with_book(schemas::InstrumentId instrument,
                 absl::AnyInvocable<void(const OrderBook*, const schemas::Book*)> callback);

  // Likewise; what is consolidated has no bars.
  void with_bars(schemas::InstrumentId instrument, schemas::Interval interval, BarsAnswer callback);

  // As FeedThread has it. Returns at once; the changes are made one after the other.
  void apply(FeedChanges changes);

  // Calls back once with the feeds there are, one thread's after the other's. They stay until that
  // returns: be quick.
  void with_all(absl::FunctionRef<void(std::span<const FeedView>)> visit) const;

  std::size_t threads() const { return threads_.size(); }
  FeedThread& thread(std::size_t index) { return *threads_.at(index); }
  // The thread of this venue's feeds; null: it never had any.
  FeedThread* thread_of(std::string_view venue);
  // Of the thread that stands still longest.
  Beat::Moment beat_age(Beat::Moment now) const;

 private:
  std::size_t deal(const std::string& venue, std::size_t most);

  schemas::InstrumentRegistry& registry_;
  std::unique_ptr<Consolidation> consolidation_;  // null: there is none; outlives the threads
  std::vector<std::unique_ptr<FeedThread>> threads_;
  std::mutex venues_mutex_;  // cold: who asks of one instrument, and who applies
  std::map<std::string, std::size_t, std::less<>> venues_;  // the thread of each, for good
};

}  // namespace tickgate::feeds
