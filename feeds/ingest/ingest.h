// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "feeds/ingest/ingest_counters.h"
#include "feeds/ingest/ingest_settings.h"
#include "feeds/publish/beat.h"
#include "feeds/publish/ring_fan.h"

namespace tickgate::feeds {

// What feeds say, on its way to NATS. To a feed thread it is one more shard: a ring that it drains,
// and where that is full the feed does what it does for a shard that is too slow. Of several
// ingests of the same feeds one leads and speaks; the others stand by and keep the newest. All that
// waits for NATS waits on two threads of its own.
class Ingest {
 public:
  static constexpr std::size_t kRingBytes = std::size_t{4} << 20U;  // from each feed thread

  // An error is the operator's to mend: a URL that is none, a file that cannot be read.
  static absl::StatusOr<std::unique_ptr<Ingest>> make(IngestSettings settings, IngestHooks hooks);
  ~Ingest();
  Ingest(const Ingest&) = delete;
  Ingest& operator=(const Ingest&) = delete;

  // One feed thread more, before start(): the link is for its fans.
  ShardLink add_source();
  // A thread behind such a link, before start(): while it stands still there is no sign of life to
  // the edges, and the lease is not renewed. It outlives this.
  void watch(const Beat& beat);

  void start();
  // Stops leading, so that who stands by takes over at once, and ends the threads: returns when
  // they have ended, within two seconds. Also twice.
  void stop();

  // Of a relay: the epoch of what its edge says, as the rings have it too. With another one than
  // before its leadership ends and is taken anew. Any thread.
  void take_epoch(std::string epoch);

  // Any thread.
  IngestStatus status() const;
  const IngestCounters& counters() const;
  // State ticks and trades that found no room in our rings.
  std::uint64_t postponed() const;
  std::uint64_t trades_lost_in_rings() const;

 private:
  class Threads;
  explicit Ingest(std::unique_ptr<Threads> threads);

  std::unique_ptr<Threads> threads_;
};

}  // namespace tickgate::feeds
