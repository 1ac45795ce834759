// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "feeds/feed/moment.h"

namespace tickgate::feeds {

// How old the venue's data is when we read it: receive time less venue time, less the least that
// this ever was on the connection, so that neither skewed clocks nor a long way are taken for age.
// Only the venue's own clock tells what is late from the first message on. One thread.
class VenueAge {
 public:
  static constexpr Monotonic kUnknown{-1};

  // A new connection: what was learned of the last one is forgotten, for the venue's clock may have
  // been set meanwhile.
  void open(Moment now);
  // Before anything is read with this moment. True: our wall clock was set; what was learned moves
  // with it.
  bool pass(Moment now);
  // Our wall clock is at least, and at most, so far ahead of the venue's, as the venue itself says:
  // what was learned of its stamps cannot be less, nor much more.
  void on_clock(Monotonic least, Monotonic most, Moment now);
  // The age of what the venue stamped so. A stamp far from all before it is not believed at once.
  Monotonic on_stamp(schemas::Timestamp venue_time, Moment now);

  bool known() const { return least_.has_value(); }
  // With the last stamp, a fall was believed: what age was known before it is not known any more.
  bool relearned() const { return relearned_; }
  // The last stamp was seconds ahead of all before it, and is not believed yet.
  bool falling() const { return falls_ > 0 && *least_ - fallen_to_ > std::chrono::seconds(2); }
  // Of the last one; kUnknown: there was none.
  Monotonic age() const { return age_; }

 private:
  Monotonic fall(Monotonic offset, Monotonic now);

  std::optional<Monotonic> least_;
  Monotonic least_at_{};  // when it was true: two clocks drift apart
  Monotonic skew_{};      // wall less steady
  Monotonic age_ = kUnknown;
  // Offsets far below the least, in a row: how many, since when, the largest.
  bool relearned_ = false;
  int falls_ = 0;
  Monotonic fallen_since_{}, fallen_to_{};
};

}  // namespace tickgate::feeds
