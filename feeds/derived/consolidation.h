// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <utility>

#include "feeds/derived/best_rules.h"
#include "feeds/publish/beat.h"
#include "feeds/publish/doorbell.h"
#include "feeds/publish/ring_fan.h"
#include "feeds/publish/tick_ring.h"

namespace tickgate::feeds {

// What the feeds' threads have in common for consolidated instruments. The first of them makes
// these; each other tells it of its members' quotes and statuses through a ring of its own, and
// wakes it by the bell. Made before the threads start, gone after they have ended.
class Consolidation {
 public:
  Consolidation(BestRules rules, std::size_t threads) : rules_(std::move(rules)) {
    for (std::size_t i = 1; i < threads; ++i) ways_.emplace_back();
  }

  // Any thread; never changes.
  const BestRules& rules() const { return rules_; }

  // Of the thread `index`, from 1: where it says what its members say, and its sign of life.
  ShardLink link(std::size_t index) { return {&ways_.at(index - 1).ring, &bell_}; }
  void watch(std::size_t index, const Beat& beat) { ways_.at(index - 1).beat = &beat; }

 private:
  friend class Consolidator;

  // Of some eight thousand quotes: what came in between is folded.
  static constexpr std::size_t kRingBytes = 1U << 20U;

  struct Way {
    TickRing ring{kRingBytes};
    const Beat* beat = nullptr;
    // The consolidating thread's.
    std::uint64_t pauses = 0;  // of the beat, that have been taken note of
    bool still = false;
  };

  Doorbell bell_;
  BestRules rules_;
  std::deque<Way> ways_;  // of thread 1 and on
};

}  // namespace tickgate::feeds
