// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <optional>

#include "feeds/feed/moment.h"

namespace tickgate::feeds {

// How far a venue's clock is ahead of ours, with the way between the two taken out as far as it can
// be. The venue answered a question between our asking and our reading: that bounds it on both
// sides. A stamp was written before it was read: that bounds it on one, and is often the nearer.
// What is known is kept against the steady clock, so that a step of our wall clock is none of the
// venue's. One thread.
class ClockEstimate {
 public:
  struct Offset {
    Monotonic ahead{};        // of the venue's clock; less than zero: it is behind
    Monotonic uncertainty{};  // it may be so much more or less
  };

  // The venue's clock stood between `venue` and a unit later at some moment between `asked` and
  // now.
  void on_answer(schemas::Timestamp venue, Monotonic unit, Monotonic asked, Moment now) {
    const Range told{against(venue, now.steady), against(venue, asked) + unit};
    widen(now.steady);
    if (range_ && told.least <= range_->most && range_->least <= told.most) {
      range_->least = std::max(range_->least, told.least);
      range_->most = std::min(range_->most, told.most);
    } else {
      range_ = told;  // the first one; or that clock was set
    }
  }
  // Of what was just read. A stamp from beyond all that its own venue said is not believed.
  void on_stamp(schemas::Timestamp venue, Moment now) {
    if (!range_) return;
    const auto passed = against(venue, now.steady);
    if (passed > range_->least && passed <= range_->most) range_->least = passed;
  }
  // A source that goes by our own clock.
  void know(Moment now) {
    const auto ours = against(now.wall, now.steady);
    range_ = {ours, ours};
    widened_ = now.steady;
  }
  // Now and then: two clocks drift apart.
  void widen(Monotonic now) {
    if (range_) {
      const auto drift = (now - widened_) / kDriftOneIn;
      range_->least -= drift;
      range_->most += drift;
      if (drift.count() == 0) return;
    }
    widened_ = now;
  }
  // nullopt: the venue was not asked, or did not answer.
  std::optional<Offset> offset(Moment now) const {
    if (!range_) return std::nullopt;
    const auto half = (range_->most - range_->least) / 2;
    return Offset{range_->least + half - against(now.wall, now.steady), half};
  }

 private:
  static constexpr std::int64_t kDriftOneIn = 10'000;  // 100 ppm, more than any clock that is kept

  struct Range {
    Monotonic least{}, most{};  // of the venue's clock, ahead of our steady one
  };
  static Monotonic against(schemas::Timestamp time, Monotonic steady) {
    return Monotonic(time.value()) - steady;
  }

  std::optional<Range> range_;
  Monotonic widened_{};
};

}  // namespace tickgate::feeds
