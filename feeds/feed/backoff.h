// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <random>

#include "feeds/feed/moment.h"

namespace tickgate::feeds {

// How long to wait before the next attempt: capped exponential with full jitter, so that many who
// were cut off together do not return together. The step grows with every failure and falls back
// to the first when the link was of use: when it delivered, or held for `hold`. One that opens and
// dies at once is a failure, and so is, from the third in a row on, one that delivers and dies at
// once: whoever gets a gap with every first message would else hammer the venue. One thread.
class Backoff {
 public:
  struct Settings {
    Monotonic base = std::chrono::milliseconds(500);  // the first step
    Monotonic cap = std::chrono::seconds(30);         // the largest
    Monotonic hold = std::chrono::seconds(60);
  };

  explicit Backoff(Settings settings) : settings_(settings) {}

  // Uniform in [step/16, step]: never at once, or a venue that refuses us would be hammered.
  template <class Generator>
  Monotonic next(Generator& random) {
    const auto step = std::min(settings_.cap, settings_.base * (std::int64_t{1} << attempts_));
    if (attempts_ < kMaxDoublings && step < settings_.cap) ++attempts_;
    std::uniform_int_distribution<Monotonic::rep> spread(step.count() / 16, step.count());
    return Monotonic(spread(random));
  }

  // A link was lost that had been up this long (zero: it never came up).
  void lost_after(Monotonic up, bool delivered) {
    if (delivered && up >= kBrief) brief_ = 0;
    const bool of_use = up >= settings_.hold || (delivered && brief_++ < kMostBrief);
    if (of_use) attempts_ = 0;
  }

 private:
  static constexpr unsigned kMaxDoublings = 20;
  static constexpr Monotonic kBrief = std::chrono::seconds(1);
  static constexpr unsigned kMostBrief = 3;

  Settings settings_;
  unsigned attempts_ = 0;
  unsigned brief_ = 0;  // in a row, that delivered and died at once
};

}  // namespace tickgate::feeds
