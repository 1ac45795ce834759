// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "feeds/feed/moment.h"
#include "feeds/feed/venue_age.h"

namespace tickgate::feeds {

// Whether what a connection reads is old: because we woke late and bytes wait, because the link is
// slower than the venue, or because the venue's own queue is long. An empty socket is no end of it,
// for the sender has a queue too, and a pong overtakes what waits behind it; only the venue's
// stamps tell. Knows no instrument. One thread.
class Backlog {
 public:
  enum class Change : std::uint8_t { kNone, kBehind, kCaughtUp };

  void open(Moment now);
  // Before anything is read with this moment. kBehind: we come late by more than a second.
  Change pass(Moment now);
  // As VenueAge::on_clock; the next stamp is judged by it.
  void on_clock(Monotonic least, Monotonic most, Moment now);
  // How often our wall clock was set, in passes; counted by the caller.
  bool clock_was_set() const { return clock_set_; }
  // Something that the venue stamped so, not history. Of several in one frame, the newest last.
  Change on_stamp(schemas::Timestamp venue_time, Moment now);

  bool behind() const { return behind_; }
  bool paused() const { return paused_; }  // likewise, because we woke late
  // Behind, and reading on does not help.
  bool hopeless(Monotonic now);
  const std::string& reason() const { return reason_; }
  const VenueAge& age() const { return age_; }

 private:
  void watch_progress(Monotonic now);

  VenueAge age_;
  Monotonic passed_{};
  bool clock_set_ = false;
  bool behind_ = false;
  bool paused_ = false;
  bool unknowable_ = false;  // the venue's clock was set while it was behind
  bool stamped_ = false;     // something since it is behind
  std::string reason_;
  // The age at some time, and when it last had fallen fast enough since.
  Monotonic mark_at_{}, mark_age_{}, progress_at_{};
};

}  // namespace tickgate::feeds
