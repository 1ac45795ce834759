// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "schemas/ids.h"

namespace tickgate::feeds {

// Whether the leader of a cluster is heard, and in time. All moments are of our steady clock, and
// so nothing happens when a clock is set: an age is what passed here since a heartbeat came, and a
// delay is by how much more than the least that was seen a heartbeat needed. Pure.
class Freshness {
 public:
  using Moment = std::chrono::microseconds;

  static constexpr Moment kHeartbeatLimit = std::chrono::milliseconds{1'500};
  // So late heartbeats are those of a backlog; it is over when they are no later than kDelayGood.
  static constexpr Moment kDelayLimit = std::chrono::seconds{2};
  static constexpr Moment kDelayGood = std::chrono::seconds{1};
  // Without a connection: what was live is stale, and then down.
  static constexpr Moment kGrace = std::chrono::seconds{1};
  static constexpr Moment kGivenUp = std::chrono::seconds{10};

  void on_connected(Moment now);
  void on_disconnected(Moment now);
  // A heartbeat came, live: a stored one is no sign of life. `sent` is of the ingest's clock, and
  // `clock` says of which: another one is not compared with it.
  void on_heartbeat(Moment now, Moment sent, std::uint64_t clock);

  // Live, stale or down; true: it is another one than before. Every 50 ms or so, and behind each of
  // the above.
  bool look(Moment now);
  schemas::State state() const { return state_; }
  // Why, in words that do not change while the state does not; at most 63 bytes.
  const std::string& reason() const { return reason_; }

  // Whether what comes over the connection now may be late, or may be missing.
  bool is_doubtful(Moment now) const;

  std::optional<Moment> heartbeat_age(Moment now) const;
  // Of the newest heartbeat, beyond the least.
  Moment delay() const { return delay_; }
  bool connected() const { return connected_; }

 private:
  struct Judgement {
    schemas::State state;
    std::string reason;
  };
  Judgement judge(Moment now) const;
  Judgement judge_disconnected(Moment now) const;

  bool connected_ = false;
  std::optional<Moment> changed_;    // when it was connected or disconnected; nullopt: never was
  std::optional<Moment> heartbeat_;  // when the newest came
  Moment bad_since_{};               // a heartbeat of before is no reason to be live again
  std::uint64_t clock_ = 0;
  std::optional<Moment> least_;  // of `here less sent`
  Moment least_at_{};
  Moment delay_{};
  bool late_ = false;
  schemas::State state_ = schemas::State::kDown;
  std::string reason_ = "NATS was not reached yet";
};

}  // namespace tickgate::feeds
