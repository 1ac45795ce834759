// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/fanout/flush_scheduler.h"
#include "tests/support/test_ticks.h"

namespace tickgate::testing {

using gateway::Monotonic;

// What a seed decides of its world.
struct Profile {
  std::size_t instruments = 4;
  std::vector<std::vector<std::uint32_t>> clients;  // each one's intervals to choose from, in ms
  Monotonic flush_cost{5};
  std::int64_t push_gap = 20'000;     // microseconds between ticks, on average
  std::int64_t action_gap = 200'000;  // and between what clients do
  bool statuses = true;
};

class SimulatedShard;

// A client whose socket is full from time to time. It holds what it is sent, and when, against what
// a client is promised.
class SimulatedClient final : public gateway::Subscriber {
 public:
  SimulatedClient(SimulatedShard& shard, std::size_t id) : shard_(shard), id_(id) {}

  // FlushScheduler's. flush() does what a Connection does.
  void flush(Monotonic now);
  bool on_due() {
    scheduled_.pop_back();
    return open_;
  }
  void prefetch() const {}
  void prefetch_owed() const {}

  // Its requests.
  void subscribe(std::size_t instrument, std::uint32_t interval_ms);
  void unsubscribe(std::size_t instrument);
  void leave();
  void block(Monotonic until) { blocked_until_ = until; }

  bool blocked() const;
  std::size_t id() const { return id_; }
  // Nobody starved: called when the world has been silent for long.
  void expect_everything() const;

 private:
  struct Wanted {
    std::uint32_t interval_ms = 0;
    Monotonic since{};
    std::uint64_t quote = 0, status = 0;  // sequence numbers seen
  };
  // Its subscriptions of one interval leave together.
  struct Pace {
    Monotonic last{};   // time of the newest frame with a value, as flush() was told it
    Monotonic asked{};  // newest subscription: though there was no value yet, an interval begins
    bool anew = true;   // its next frame may come at any time
  };

  void read(std::string_view frame, Monotonic now);
  void on_quote(std::size_t instrument, std::uint64_t sequence, Monotonic now);
  void on_status(std::size_t instrument, std::uint64_t sequence);
  void forget_pace_if_unused(std::uint32_t interval_ms);

  SimulatedShard& shard_;
  std::size_t id_;
  bool open_ = true;
  Monotonic blocked_until_{};
  std::map<std::size_t, Wanted> wanted_;  // by instrument
  std::map<std::uint32_t, Pace> paces_;   // by interval
  std::vector<Monotonic> scheduled_;      // the earliest last
};

// A shard's loop in virtual time: what is ready is handled in its order, each flush takes its time,
// and meanwhile the world goes on: ticks come into the ring, clients ask, sockets are full.
class SimulatedShard {
 public:
  SimulatedShard(std::uint64_t seed, Profile profile);

  struct Trace {
    std::uint64_t hash = 14695981039346656037U;
    std::uint64_t frames = 0, idle_sleeps = 0, bells = 0, pieces = 0, blocked = 0;
  };
  // The world is busy for the first part of the time. The same seed and profile: the same trace.
  Trace run(Monotonic busy, Monotonic calm);

  Monotonic now() const { return now_; }
  gateway::FanOut& fan_out() { return fan_out_; }
  gateway::FlushScheduler<SimulatedClient>& scheduler() { return scheduler_; }
  const schemas::Instrument& instrument(std::size_t index) const { return *instruments_[index]; }
  // When each was pushed; sequence numbers begin with 1.
  const std::vector<Monotonic>& quotes(std::size_t instrument) const { return quotes_[instrument]; }
  const std::vector<Monotonic>& statuses(std::size_t instrument) const {
    return statuses_[instrument];
  }
  // What the work of all may add to a moment, for those of this interval.
  Monotonic slack(std::uint32_t interval_ms) const {
    return interval_ms < 500 ? quick_slack_ : slack_;
  }
  // A client is being flushed: time passes.
  void on_flush(const SimulatedClient& client, Monotonic now);
  void on_frame(const SimulatedClient& client, Monotonic now, std::string_view frame);
  void arm_timer();

 private:
  enum class Event : std::uint8_t {
    kPush,
    kBell,
    kTimer,
    kWork,
    kRound,
    kSweep,
    kAction,
    kWritable
  };
  struct Ready {
    Event event;
    std::size_t client = 0;
  };
  enum class Bell : std::uint8_t { kAwake, kRung, kAsleep };

  // The world.
  void pass(Monotonic time);
  void push();
  void push_quote(std::size_t instrument);
  void push_status(std::size_t instrument);
  void signal();
  void act(SimulatedClient& client);
  std::int64_t draw(std::int64_t below) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(below));
  }
  Monotonic gap(std::int64_t average) { return Monotonic{1 + draw(2 * average)}; }

  // The loop, as in shard.cc.
  void handle(Ready ready);
  void work();
  bool drain_ring();
  void flush_round();
  void on_subscribed();
  void expect_nothing_is_missed_asleep();

  std::mt19937_64 random_;
  Profile profile_;
  Monotonic slack_{}, quick_slack_{};
  Monotonic now_ = std::chrono::seconds(1'000);
  Monotonic busy_until_{};
  schemas::InstrumentRegistry registry_;
  std::vector<const schemas::Instrument*> instruments_;
  std::vector<std::vector<Monotonic>> quotes_, statuses_;

  gateway::FanOut fan_out_{{}, "EPOCH"};
  gateway::FlushScheduler<SimulatedClient> scheduler_{fan_out_};
  std::vector<std::unique_ptr<SimulatedClient>> clients_;
  std::multimap<Monotonic, Ready> later_;
  std::deque<Ready> ready_;
  std::deque<std::pair<std::size_t, std::uint64_t>> ring_;  // instrument, its quote; 0: its status
  Bell bell_ = Bell::kAwake;
  bool signalled_ = false, work_posted_ = false, round_posted_ = false;
  Monotonic timer_at_ = Monotonic::max();
  std::size_t flushes_ = 0;    // in this turn
  Monotonic piece_started_{};  // by its clock
  Trace trace_;
};

}  // namespace tickgate::testing
