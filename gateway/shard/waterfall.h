// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "feeds/publish/histogram.h"
#include "gateway/shard/histogram.h"
#include "schemas/instrument.h"
#include "schemas/tick.h"

namespace tickgate::gateway {

// How long ticks take through a shard: from their receive time until they are drained from a ring,
// from there to the end of the flush that follows, and both together. By venue and channel; what a
// tick costs here is a place in a list and three counts, with the clocks read once a batch. The
// shard's thread writes, any reads.
class Waterfall {
 public:
  // Of one venue's ticks, by channel.
  struct Venue {
    explicit Venue(std::string called) : name(std::move(called)) {}
    std::string name;
    std::array<feeds::StageHistogram, schemas::kChannelCount> ring, send;
  };

  // Beyond these many venues, all further ones are one, "other".
  static constexpr std::size_t kMostVenues = 64;

  Waterfall() { add_venue(kMostVenues - 1, "other"); }

  // Before its first tick.
  void on_instrument(const schemas::Instrument& instrument);
  // It was just taken from its ring.
  void on_tick(const schemas::TickHeader& header) {
    const auto id = header.instrument.value();
    const std::size_t venue = id < venue_of_.size() ? venue_of_[id] : kMostVenues - 1;
    waiting_.push_back({header.receive_time,
                        static_cast<std::uint32_t>(venue * schemas::kChannelCount +
                                                   static_cast<std::size_t>(header.channel))});
    ++fresh_;
  }
  // Those since the last call were drained, and are flushed once so many have been popped from the
  // queue of those who are to be flushed.
  void end_batch(schemas::Timestamp drained, std::uint64_t until);
  // So many have been popped by now.
  void on_flushed(schemas::Timestamp now, std::uint64_t popped);

  bool waits() const { return !batches_.empty(); }

  // Any thread.
  const LatencyHistogram& all() const { return all_; }
  template <typename Each>
  void each(Each&& each) const {
    for (const auto& slot : venues_) {
      const auto* const venue = slot.load(std::memory_order_acquire);  // pairs: add_venue
      if (venue != nullptr) each(*venue);
    }
  }

 private:
  struct Drained {
    schemas::Timestamp received;
    std::uint32_t place;  // of venue and channel
  };
  struct Batch {
    std::size_t count;
    schemas::Timestamp drained;
    std::uint64_t until;
  };

  std::uint8_t venue_named(std::string_view name);
  void add_venue(std::size_t index, std::string name);
  Venue& venue_at(std::uint32_t place) { return *own_[place / schemas::kChannelCount]; }

  std::vector<std::uint8_t> venue_of_;  // by instrument
  std::array<std::unique_ptr<Venue>, kMostVenues> own_;
  std::array<std::atomic<const Venue*>, kMostVenues> venues_{};  // the same, for other threads
  std::vector<Drained> waiting_;                                 // the oldest first
  std::size_t noted_ = 0;                                        // those before it are done with
  std::size_t fresh_ = 0;                                        // the last ones, of no batch yet
  std::deque<Batch> batches_;
  LatencyHistogram all_;
};

}  // namespace tickgate::gateway
