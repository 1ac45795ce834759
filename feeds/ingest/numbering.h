// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "feeds/publish/sequence_memory.h"
#include "schemas/ids.h"
#include "schemas/interval.h"

namespace tickgate::feeds {

// The cluster's numbers of state ticks and bars: a process's own, moved up so that they go on from
// those of whoever led before. They only rise, and the same tick has the same number each time that
// it is said, until another ingest has led. They may jump: each is told once at most. Trades have
// theirs from the TradePen. One thread's.
class Numbering {
 public:
  // Beyond the last number that is known: so many may have been told and are stored nowhere.
  static constexpr std::uint64_t kMargin = 1'000;

  // `passes`: those of the process are the cluster's already (a relay's).
  explicit Numbering(bool passes = false) : passes_(passes) {}

  // The last that are known of this instrument, by whomever. What is behind all that we said of it
  // moves our own on.
  void count_on(schemas::InstrumentId instrument, const SequenceMemory::Numbers& known);
  // Another epoch: nothing is known.
  void forget_all() { counters_.clear(); }

  // Of a tick that goes out now; `own` is the process's.
  schemas::SequenceNumber state(schemas::InstrumentId instrument, schemas::Channel channel,
                                schemas::SequenceNumber own);
  struct OfBar {
    schemas::SequenceNumber sequence;
    std::uint64_t ordinal;
  };
  OfBar bar(schemas::InstrumentId instrument, schemas::Interval interval,
            schemas::SequenceNumber own, std::uint64_t ordinal);

  // Of what is not the newest, and may be older than what went out: by how much it is moved, for
  // which `newest` is the highest of its own numbers.
  std::uint64_t shift(schemas::InstrumentId instrument, schemas::Channel channel,
                      schemas::SequenceNumber newest);
  OfBar bar_shift(schemas::InstrumentId instrument, schemas::Interval interval,
                  schemas::SequenceNumber newest, std::uint64_t ordinal);

 private:
  struct Counter {
    std::uint64_t shift = 0;
    std::uint64_t above = 0;  // the next is more than this; 0: that is settled
    std::uint64_t own = 0;    // of the last

    void settle(std::uint64_t newest);
    std::uint64_t next(std::uint64_t number);
    void raise(std::uint64_t known);
  };
  struct OfInstrument {
    std::array<Counter, schemas::kChannelCount> channels;
    std::array<Counter, 2 * schemas::kIntervalCount> bars;  // numbers, then ordinals
  };

  OfInstrument& of(schemas::InstrumentId instrument);
  Counter& channel_of(schemas::InstrumentId instrument, schemas::Channel channel) {
    return of(instrument).channels[static_cast<std::size_t>(channel)];
  }
  Counter& bar_of(schemas::InstrumentId instrument, schemas::Interval interval) {
    return of(instrument).bars[static_cast<std::size_t>(interval)];
  }
  Counter& ordinal_of(schemas::InstrumentId instrument, schemas::Interval interval) {
    return of(instrument).bars[schemas::kIntervalCount + static_cast<std::size_t>(interval)];
  }

  bool passes_;
  std::vector<std::unique_ptr<OfInstrument>> counters_;  // by instrument
};

}  // namespace tickgate::feeds
