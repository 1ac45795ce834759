// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "feeds/feed/moment.h"
#include "schemas/ids.h"

namespace tickgate::feeds {

// For how long the speaking line has lacked what its spare has brought. The venue's times tell
// which is which, for neither line numbers; a line that always brings everything a little later is
// not behind. What came within a slice of the patience is one mark. Pure state, of one thread.
class SpeakerLag {
 public:
  static constexpr int kSlices = 8;  // of the patience

  // `stamp` is the venue's time, or kNoTime.
  void on_spare(schemas::Timestamp stamp, Monotonic now, Monotonic patience) {
    const bool joins = count_ > 0 && (count_ == marks_.size() ||
                                      now - marks_[count_ - 1].since < patience / kSlices);
    if (!joins) marks_[count_++] = {stamp, now};
    auto& newest = marks_[count_ - 1];
    newest.stamp = std::max(newest.stamp, stamp);
  }
  // It has all that the spare had until `stamp`; one without a time may be anything: it lives.
  void on_speaker(schemas::Timestamp stamp) {
    if (stamp == schemas::kNoTime) return clear();
    std::size_t passed = 0;
    while (passed < count_ && marks_[passed].stamp <= stamp) ++passed;
    if (passed == 0) return;
    std::copy(marks_.begin() + passed, marks_.begin() + count_, marks_.begin());
    count_ -= passed;
  }
  bool any() const { return count_ > 0; }
  bool reaches(Monotonic patience, Monotonic now) const {
    return any() && now - marks_[0].since >= patience;
  }
  void clear() { count_ = 0; }

 private:
  struct Mark {
    schemas::Timestamp stamp{schemas::kNoTime};  // the newest in it
    Monotonic since{};                           // when the first in it came
  };
  std::array<Mark, kSlices + 2> marks_;  // oldest first
  std::size_t count_ = 0;
};

}  // namespace tickgate::feeds
