// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>

#include "gateway/fanout/fan_out.h"
#include "gateway/fanout/flush_queue.h"
#include "gateway/fanout/monotonic.h"
#include "gateway/fanout/schedule.h"

namespace tickgate::gateway {

// When a shard looks at its rings, and whom it flushes next. It is told the time and waits for
// nothing, so that it runs the same under a simulated clock. Its shard's thread only.
//
// A Client is a Subscriber with
//   void flush(Monotonic now);   one frame of what it is owed, if anything is due
//   bool on_due();               what it asked for by schedule(); false: it is closed, and gone
//   void prefetch() const, prefetch_owed() const;   as FlushQueue::pop says: soon, next
// A flush may close the client, and call schedule() and FanOut::remove() for any.
template <typename Client>
class FlushScheduler {
 public:
  static constexpr Monotonic kNever = Monotonic::max();
  // About a millisecond's worth of a round.
  static constexpr std::size_t kFlushesPerTurn = 128;
  // Of those who want values at once: few, so that the next tick finds many still waiting, and goes
  // with them.
  static constexpr std::size_t kImmediatePerTurn = 32;

  explicit FlushScheduler(FanOut& fan_out) : fan_out_(fan_out) {}

  // While somebody wants every value at once the shard sleeps with the bell, which the next tick
  // rings. Otherwise it idles: it looks at its rings by itself, on the grid of the rounds so that
  // both are one awakening. One of the two is to be said before each sleep.
  bool needs_bell() const { return fan_out_.has_immediate(); }
  void sleep_with_bell() { look_again_ = kNever; }
  void idle(Monotonic now) { look_again_ = fan_out_.next_look(now); }
  bool idles() const { return look_again_ != kNever; }
  // Somebody has subscribed. True: the rings are to be looked at now, for it idles and the bell is
  // needed; otherwise perhaps sooner than next() was.
  bool on_subscribed(Monotonic now) {
    if (!idles()) return false;
    if (needs_bell()) return true;
    look_again_ = std::min(look_again_, fan_out_.next_look(now));
    return false;
  }

  // The rings were read. Idle, it looks at them when a round begins: what it finds still takes part
  // in that one.
  void mark(Monotonic now) { fan_out_.mark_changed(std::min(now, look_again_ - Monotonic{1})); }
  // Some of those who wait for no round. True: others of them wait. Who waits meanwhile is sent
  // what comes next in the same frame.
  bool flush_immediate(Monotonic now, std::size_t most = kImmediatePerTurn) {
    flush(fan_out_.flush_now(), most, now);
    return !fan_out_.flush_now().empty();
  }

  // The client's interval passes at `due`.
  void schedule(Client& client, Monotonic due) { due_.add(&client, due); }
  // When begin_rounds() is to be called, and the rings to be looked at before if it idles.
  Monotonic next() const {
    return std::min(
        {fan_out_.next_round().value_or(kNever), due_.next().value_or(kNever), look_again_});
  }
  // Each at its own time, though it is a little later: what is sent next keeps to the grid. Then
  // flush_piece().
  void begin_rounds(Monotonic now) {
    for (auto round = fan_out_.next_round(); round.has_value() && *round <= now;
         round = fan_out_.next_round()) {
      round_ = std::max(round_, *round);
      fan_out_.mark_round(*round);
    }
    due_.pop_due(now, [this](Client* client, Monotonic due) {
      round_ = std::max(round_, due);
      if (client->on_due()) fan_out_.flush_by_round(*client);
    });
  }
  // A piece of the round under way, the quick ones first: it may be of thousands, and who waits for
  // no round has its turn before. True: there is more, to be done after what else has come.
  bool flush_piece(Monotonic now) {
    auto& quick = fan_out_.flush_in_quick_round();
    auto& slow = fan_out_.flush_in_slow_round();
    flush(fan_out_.flush_now(), kFlushesPerTurn, now);
    flush(quick.empty() ? slow : quick, kFlushesPerTurn, round_);
    return !quick.empty() || !slow.empty();
  }

  // All clients are closed: none is referred to any more.
  void end() {
    due_.pop_due(kNever, [](Client* gone, Monotonic) { gone->on_due(); });
  }

 private:
  static void flush(FlushQueue& queue, std::size_t most, Monotonic now) {
    queue.pop(
        most, [now](Subscriber& client) { static_cast<Client&>(client).flush(now); },
        [](const Subscriber& soon) { static_cast<const Client&>(soon).prefetch(); },
        [](const Subscriber& next) { static_cast<const Client&>(next).prefetch_owed(); });
  }

  FanOut& fan_out_;
  Schedule<Client*> due_;          // those whose interval has not passed
  Monotonic look_again_ = kNever;  // idle: when the rings are looked at; else never
  Monotonic round_{};              // the one under way
};

}  // namespace tickgate::gateway
