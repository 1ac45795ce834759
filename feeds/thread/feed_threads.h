// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

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
// permits is counted there; venues are dealt out in the order of the feeds. The first one makes
// the consolidated instruments. Beside the constructor and the end, any thread may call.
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

  // The feeds in the order of their settings, whichever threads they are on.
  std::size_t size() const { return places_.size(); }
  const Feed& feed(std::size_t index) const { return at(index).feed(places_[index].index); }
  const BarsCounters& bars(std::size_t index) const { return at(index).bars(places_[index].index); }
  const RingFan& fan(std::size_t index) const { return at(index).fan(places_[index].index); }

  std::size_t threads() const { return threads_.size(); }
  FeedThread& thread(std::size_t index) { return *threads_.at(index); }
  // The thread of this venue's feeds; null: it has none.
  FeedThread* thread_of(std::string_view venue);
  // Of the thread that stands still longest.
  Beat::Moment beat_age(Beat::Moment now) const;

 private:
  struct Place {
    std::size_t thread, index;
  };

  const FeedThread& at(std::size_t index) const { return *threads_[places_.at(index).thread]; }

  schemas::InstrumentRegistry& registry_;
  std::unique_ptr<Consolidation> consolidation_;  // null: there is none; outlives the threads
  std::vector<std::unique_ptr<FeedThread>> threads_;
  std::vector<Place> places_;
};

}  // namespace tickgate::feeds
