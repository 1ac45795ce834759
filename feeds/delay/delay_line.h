// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "feeds/delay/delay_lane.h"
#include "feeds/delay/delay_log.h"
#include "feeds/publish/beat.h"
#include "feeds/publish/counter.h"
#include "feeds/publish/doorbell.h"
#include "feeds/publish/ring_fan.h"
#include "feeds/publish/tick_reader.h"
#include "feeds/publish/tick_ring.h"
#include "schemas/ids.h"

namespace tickgate::feeds {

struct DelaySettings {
  std::vector<std::uint32_t> delays;  // seconds, each once, 1 or more of them
  std::size_t bytes = 0;              // of the log, DelayLog::kLeastBytes or more
  std::string directory;              // where its file is; empty: anonymous memory
};

// All that feeds say, said again later: once for each delay. To a feed thread it is one more shard,
// with a ring that it drains; to the shards it is one more feed thread for each of them and each
// delay (DelayLane). Between the two lies one log of records, with the moment at which each was
// taken from its ring; a record leaves it for a lane when that is so long ago by the steady clock,
// never before. Where the log is full the rings are not drained, and a feed does what it does where
// a shard is too slow: of states the newest follows, trades are announced as lost. It starts no
// thread and reads no clock of its own (DelayThread does), so that tests run it as it is; one
// thread calls, but for what says otherwise.
class DelayLine {
 public:
  // A moment of the steady clock.
  using Clock = std::function<Beat::Moment()>;

  static constexpr std::size_t kMostDelays = 4;
  static constexpr std::size_t kMostSources = 16;
  static constexpr std::size_t kRingBytes = std::size_t{4} << 20U;  // from each feed thread

  static absl::StatusOr<std::unique_ptr<DelayLine>> make(DelaySettings settings);

  // One feed thread more, and for each delay, in the settings' order, the links by which shards
  // hear of it. The link is for the thread's fans. Before the first turn.
  ShardLink add_source(const std::vector<std::vector<ShardLink>>& lanes);
  // The beat of the source added last.
  void watch(const Beat& beat) { sources_.back()->beat = &beat; }
  // Of the source added last, later by this delay.
  const Beat& beat(std::size_t delay) const { return sources_.back()->lanes[delay]->beat(); }

  // Takes in what the rings hold, gives out what is due, as much of both as is a turn's work. True:
  // there is more of it. To be called every few milliseconds, or when the bell rings.
  bool turn(const Clock& clock, schemas::Timestamp wall);
  Doorbell& doorbell() { return doorbell_; }

  const std::vector<std::uint32_t>& delays() const { return settings_.delays; }
  std::size_t capacity() const { return log_->capacity(); }
  // Any thread.
  std::int64_t used_bytes() const { return used_.value(); }
  // Of the delay with this place: by how much the record given out last was later than its time.
  Beat::Moment lag(std::size_t delay) const { return Beat::Moment{lags_[delay].value()}; }
  // What found no room in the line, or in the rings of a lane behind it.
  std::uint64_t postponed() const;
  std::uint64_t trades_lost() const;

 private:
  struct Source {
    Source() : ring(kRingBytes) {}
    TickRing ring;
    LinkCounters no_room;
    const Beat* beat = nullptr;
    std::uint64_t pauses = 0;  // of the beat, that were noted
    bool still = false;        // and so it is noted
    std::vector<std::unique_ptr<DelayLane>> lanes;
  };

  DelayLine(DelaySettings settings, std::unique_ptr<DelayLog> log)
      : settings_(std::move(settings)), log_(std::move(log)) {}

  bool take_in(std::uint32_t source, const Clock& clock, schemas::Timestamp wall);
  void watch_source(std::uint32_t source, Beat::Moment now);
  bool give_out(std::size_t delay, Beat::Moment now);
  void give(const DelayLog::Record& record, std::size_t delay, Beat::Moment now);

  Doorbell doorbell_;
  TickReader reader_;
  DelaySettings settings_;
  std::unique_ptr<DelayLog> log_;
  std::vector<std::unique_ptr<Source>> sources_;
  Gauge used_;
  std::array<Gauge, kMostDelays> lags_;
};

}  // namespace tickgate::feeds
