// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "feeds/feed/moment.h"
#include "feeds/feed/rhythm.h"

namespace tickgate::feeds {

// What one connection's bytes and messages tell of it: idle, when no byte comes; silent, when no
// message comes for longer than is its habit; beyond use, when messages cannot be read. Any byte, a
// ping's too, keeps it from being idle; only a message that could be read keeps it from being
// silent. One thread.
class ConnectionHealth {
 public:
  enum class Change : std::uint8_t {
    kNone,
    kSilent,   // it has fallen silent
    kTrusted,  // it fell silent once, and has been speaking for a while
  };

  // `stale_after`: no shorter silence counts; `idle_timeout`: so long without a byte is too long.
  ConnectionHealth(Monotonic stale_after, Monotonic idle_timeout)
      : stale_after_(stale_after),
        idle_timeout_(idle_timeout),
        patience_{.floor = stale_after, .mean_factor = 0} {}

  void open(Monotonic now);
  void close();

  void on_bytes(Monotonic now) { last_byte_ = now; }
  // One that made sense. True: the first after a silence.
  bool on_message(Monotonic now) {
    last_message_ = now;
    unreadable_in_row_ = 0;
    if (!silent_) [[likely]] {
      rhythm_.update(now);
      return false;
    }
    speak_again(now);
    return true;
  }
  // One that did not: no proof of life.
  void on_unreadable() { ++unreadable_in_row_; }

  bool silent() const { return silent_; }
  // Too many messages in a row that nobody could read.
  bool unreadable() const { return unreadable_in_row_ >= kUnreadableInRow; }
  // Why it is of no use any more, by its silence; empty while it is.
  std::string_view verdict(Monotonic now) const;
  // Now and then; and then whether none of its instruments moves, whatever comes.
  Change check(Monotonic now);
  void set_all_stale(bool all_stale, Monotonic now);

  static constexpr unsigned kUnreadableInRow = 20;

 private:
  void speak_again(Monotonic now);

  Monotonic stale_after_, idle_timeout_;
  Rhythm::Settings patience_;
  Rhythm rhythm_;
  Monotonic last_byte_{}, last_message_{}, speaking_since_{};
  Monotonic all_stale_since_{Monotonic::max()};
  unsigned unreadable_in_row_ = 0;
  bool silent_ = false;
  bool suspect_ = false;  // it was silent, and has not been speaking for long
};

}  // namespace tickgate::feeds
