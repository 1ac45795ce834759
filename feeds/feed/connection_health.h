// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string_view>
#include <utility>

#include "feeds/feed/moment.h"
#include "feeds/feed/rhythm.h"

namespace tickgate::feeds {

// What one connection's bytes and messages tell of it: idle, when no byte comes; silent, when no
// message comes for longer than is its habit, or when three of the venue's heartbeats are missing;
// beyond use, when messages cannot be read. Any byte, a ping's too, keeps it from being idle; only
// a message that could be read keeps it from being silent. One thread.
class ConnectionHealth {
 public:
  // `stale_after`: no shorter silence counts; `idle_timeout`: so long without a byte is too long;
  // `heartbeat`: the venue's own, 0: none.
  ConnectionHealth(Monotonic stale_after, Monotonic idle_timeout, Monotonic heartbeat)
      : idle_timeout_(idle_timeout),
        beats_(heartbeat.count() > 0 ? std::max(stale_after, kMissedBeats * heartbeat)
                                     : Monotonic::max()),
        settings_{.floor = stale_after, .few_factor = 0} {}

  void open(Monotonic now);
  void close();

  void on_bytes(Monotonic now) { last_byte_ = now; }
  // One that made sense. True: the first after a silence. `own`: the time before it was the
  // connection's own habit.
  bool on_message(Monotonic now, bool own = true) {
    last_message_ = now;
    unreadable_in_row_ = 0;
    rhythm_.update(now, settings_, own ? Rhythm::Lesson::kOwn : Rhythm::Lesson::kNone);
    return std::exchange(silent_, false);
  }
  // One that did not: no proof of life.
  void on_unreadable() { ++unreadable_in_row_; }
  // We read nothing, so nothing was heard: the time begins now.
  void on_pause(Monotonic now);
  // The venue was asked another way, and had nothing to say: its silence is no fault.
  void confirm(Monotonic now);

  bool silent() const { return silent_; }
  // Too many messages in a row that nobody could read.
  bool unreadable() const { return unreadable_in_row_ >= kUnreadableInRow; }
  // Why it is of no use any more, by its silence; empty while it is.
  std::string_view verdict(Monotonic now) const;
  // Now and then. True: it has fallen silent.
  bool check(Monotonic now);
  // Whether none of its instruments moves, whatever comes.
  void set_all_stale(bool all_stale, Monotonic now);

  static constexpr unsigned kUnreadableInRow = 20;

 private:
  static constexpr int kMissedBeats = 3;

  Monotonic patience() const { return std::min(beats_, rhythm_.patience(settings_)); }

  Monotonic idle_timeout_, beats_;
  Rhythm::Settings settings_;
  Rhythm rhythm_;
  Monotonic last_byte_{}, last_message_{}, confirmed_{};
  Monotonic all_stale_since_{Monotonic::max()};
  unsigned unreadable_in_row_ = 0;
  bool silent_ = false;
};

}  // namespace tickgate::feeds
