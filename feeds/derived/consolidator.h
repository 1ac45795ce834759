// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "feeds/derived/best.h"
#include "feeds/derived/consolidation.h"
#include "feeds/publish/beat.h"
#include "feeds/publish/ring_fan.h"

namespace tickgate::feeds {

// The consolidated instruments on the thread that makes them: what its own feeds say comes through
// a tap in front of each feed's fan, what other threads say through their rings. What is published
// goes into the shards' rings by a fan of its own, which each feed's stays behind: so of a venue
// that leaves a shard hears first that it is not in the best price any more, and then why.
class Consolidator {
 public:
  // All outlive it.
  Consolidator(Consolidation& shared, schemas::InstrumentRegistry& registry,
               const std::vector<ShardLink>& shards);
  Consolidator(const Consolidator&) = delete;
  Consolidator& operator=(const Consolidator&) = delete;

  // In front of `next`, whose ticks end in `fan`. Both outlive the tap's last tick.
  std::unique_ptr<TickSink> tap(TickSink& next, RingFan& fan);

  // Takes what the other threads have said, and looks whether they live. At the bell, and at each
  // tick of the thread. True: there is more.
  bool drain(Beat::Moment now, schemas::Timestamp wall);
  // Ends a batch.
  void flush() { fan_.flush(); }

  // Readable when another thread has said something. Before it is waited for: `prepare_to_sleep`,
  // and drain once more if that says so; awake again, `clear` and drain.
  Doorbell& bell() { return shared_.bell_; }
  bool has_ways() const { return !shared_.ways_.empty(); }
  const RingFan& fan() const { return fan_; }

 private:
  bool drain(std::size_t index, Beat::Moment now, schemas::Timestamp wall);

  Consolidation& shared_;
  RingFan fan_;
  Best best_;
};

}  // namespace tickgate::feeds
