// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "feeds/capture/capture.h"
#include "feeds/derived/bars.h"
#include "feeds/derived/consolidation.h"
#include "feeds/feed/feed.h"
#include "feeds/publish/bar_demand.h"
#include "feeds/publish/bars_copy.h"
#include "feeds/publish/beat.h"
#include "feeds/publish/demand.h"
#include "feeds/publish/ring_fan.h"
#include "feeds/thread/feed_changes.h"
#include "feeds/thread/feed_settings.h"

namespace tickgate::feeds {

// Gets a copy of all that feeds receive from and send to the network: `tickgate record`. Called on
// the feed thread; must not block for long.
class FeedTap {
 public:
  virtual ~FeedTap() = default;
  // record.conn is, of a feed's first connection, its place in its thread's list; each further one
  // has a number of its own, beyond the list. Views live during the call.
  virtual void on_record(const CaptureRecord& record) = 0;
};

// A feed as other threads may look at it.
struct FeedView {
  const Feed* feed;    // its counters(), status(), quarantine(), and of options() name and venue
  const RingFan* fan;  // its counters
  const BarsCounters* bars;
};

// One thread, one io_context, any number of feeds and all they own. It pushes into one ring per
// shard, shared by its feeds.
class FeedThread {
 public:
  // Its part in consolidated instruments: of several threads the one of index 0 makes them.
  struct Consolidated {
    Consolidation* shared = nullptr;  // null: there are none
    std::size_t index = 0;
  };

  // Settings, registry, rings, doorbells, tap, demands and what is consolidated outlive it. Makes
  // the feeds, connects nothing yet. What a venue's host permits is counted over its feeds: all
  // feeds of a venue are on one such thread.
  FeedThread(std::vector<FeedSettings> settings, schemas::InstrumentRegistry& registry,
             const std::vector<ShardLink>& shards, FeedTap* tap = nullptr,
             const Demand* demand = nullptr, const BarDemand* bar_demand = nullptr,
             Consolidated consolidated = {nullptr, 0});
  ~FeedThread();  // stops and joins
  FeedThread(const FeedThread&) = delete;
  FeedThread& operator=(const FeedThread&) = delete;

  // What makes starting senseless: a CA file or a capture that can't be read. Once, first.
  absl::Status start();
  // Closes every connection and ends the thread. Any thread, also twice.
  void stop();
  void join();

  // Runs `work` on the feed thread; dropped when it has stopped. Any thread.
  void post(absl::AnyInvocable<void()> work);
  // Calls back on the feed thread with the full-depth book, or as much of it as the feed has: null
  // when the instrument is of none of these feeds or its book is not synced. Any thread.
  void with_book(schemas::InstrumentId instrument,
                 absl::AnyInvocable<void(const OrderBook*)> callback);
  // Calls back on the feed thread with the series, when the venue has given what we lack of it, or
  // after ten seconds; at once, and with nothing in it, when the instrument is of none of these
  // feeds. All who ask meanwhile share one copy. Any thread.
  void with_bars(schemas::InstrumentId instrument, schemas::Interval interval, BarsAnswer callback);

  // Calls back on the feed thread with all that is known of an instrument; nullopt when it is of
  // none of these feeds. Any thread.
  void explain(schemas::InstrumentId instrument,
               absl::AnyInvocable<void(std::optional<Explanation>)> callback);

  // Feeds come, go and change on the feed thread, in the order of the calls; nobody else's
  // connections are touched. A feed that cannot be begun (see check_files) is not added, and said
  // in the log. Any thread, once started.
  void apply(FeedChanges changes);
  // Adds the feeds there are, in the order in which they came. None comes or goes as long as what
  // is given back is held: be quick. Any thread.
  std::shared_lock<std::shared_mutex> look(std::vector<FeedView>& all) const;
  // As long as nothing is applied: the one of settings[index].
  const Feed& feed(std::size_t index) const;
  // Its sign of life: at least each 50 ms, from start() to stop(). Any thread.
  const Beat& beat() const;

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace tickgate::feeds
