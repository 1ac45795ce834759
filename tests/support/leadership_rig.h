// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "feeds/ingest/leadership.h"

// An ingest's leadership with a NATS and a clock of the test.
namespace tickgate::testing {

// What is done beside all else, and takes its time by a clock of the test.
template <typename Result>
struct Slow {
  std::optional<Result> ask(std::chrono::microseconds now, std::chrono::microseconds takes,
                            Result result) {
    if (!end.has_value()) end = now + takes;
    if (now < *end) return std::nullopt;
    end.reset();
    return result;
  }
  std::optional<std::chrono::microseconds> end;
};

// NATS, as a test wants it to be.
struct FakeCluster final : feeds::Cluster {
  bool connected() const override { return is_connected; }
  std::uint64_t connects() const override { return connections; }
  std::optional<absl::StatusOr<unsigned>> ensure_streams() override {
    if (!making.end.has_value()) ++ensured;
    if (!answers) {
      return making.ask(clock(), wait, absl::DeadlineExceededError("no answer"));
    }
    return std::exchange(missing, 0U);
  }
  std::optional<absl::StatusOr<std::uint64_t>> trades_end() override {
    if (!answers) {
      return looking.ask(clock(), wait, absl::DeadlineExceededError("no answer"));
    }
    return trades;
  }
  absl::StatusOr<std::uint64_t> take(std::uint64_t above) override {
    if (!answers) return absl::DeadlineExceededError("no answer");
    if (!holder.empty()) return absl::AlreadyExistsError("\"" + holder + "\"");
    holder = "us";
    return fence = std::max(fence, above) + 1;
  }
  std::optional<feeds::Lease::Held> renew() override {
    if (!renewing.end.has_value()) ++renewals;
    if (!answers || !lease_answers) {
      return renewing.ask(clock(), wait, feeds::Lease::Held::kUnconfirmed);
    }
    const auto held = holder == "us" ? feeds::Lease::Held::kMine : feeds::Lease::Held::kLost;
    return renewing.ask(clock(), renewal_takes, held);
  }
  void release() override {
    if (holder == "us") holder.clear();
  }
  void begin_to_read() override { ++reads; }
  std::optional<absl::StatusOr<feeds::ClusterNumbers>> read() override {
    if (slow) return std::nullopt;
    if (!answers)
      return absl::StatusOr<feeds::ClusterNumbers>(absl::DeadlineExceededError("no answer"));
    return absl::StatusOr<feeds::ClusterNumbers>(numbers);
  }
  void say_heartbeat(const feeds::Stamp&) override {
    ++heartbeats;
    longest = std::max(longest, clock() - said_at);
    said_at = clock();
    saying = {};
  }
  std::optional<absl::StatusOr<std::uint64_t>> receipt() override {
    if (absl::IsDeadlineExceeded(heartbeat_fails)) {
      return saying.ask(clock(), std::chrono::milliseconds(300), heartbeat_fails);
    }
    if (!heartbeat_fails.ok()) return heartbeat_fails;
    return ++sequence;
  }

  bool is_connected = true, answers = true, lease_answers = true, slow = false;
  std::uint64_t connections = 1, fence = 0, trades = 0, sequence = 0;
  unsigned missing = 0;
  std::string holder;  // of the lease
  feeds::ClusterNumbers numbers;
  absl::Status heartbeat_fails;
  std::chrono::microseconds wait{}, renewal_takes{};  // for an answer
  std::function<std::chrono::microseconds()> clock;
  std::chrono::microseconds said_at{}, longest{};  // between two heartbeats
  int ensured = 0, renewals = 0, reads = 0, heartbeats = 0;
  Slow<absl::StatusOr<unsigned>> making;
  Slow<absl::StatusOr<std::uint64_t>> looking, saying;
  Slow<feeds::Lease::Held> renewing;
};

struct Said final : feeds::Orders {
  void lead(const feeds::Stamp& stamp, feeds::ClusterNumbers) override {
    lines.push_back(fmt::format("lead {} {}", stamp.epoch, stamp.fence));
  }
  void resume(feeds::ClusterNumbers) override { lines.emplace_back("resume"); }
  void pause() override { lines.emplace_back("pause"); }
  void resign() override { lines.emplace_back("resign"); }
  std::vector<std::string> take() { return std::exchange(lines, {}); }
  std::vector<std::string> lines;
};

class LeadershipRig : public ::testing::Test {
 protected:
  LeadershipRig() {
    nats.clock = [this] { return now; };
  }
  // So long, in steps as the control makes them.
  void run(std::chrono::microseconds time, feeds::Leadership::Look look = {}) {
    for (const auto until = now + time; now < until; now += std::chrono::milliseconds(20)) {
      leadership.step(look);
    }
  }

  FakeCluster nats;
  Said said;
  feeds::IngestCounters counters;
  std::chrono::microseconds now = std::chrono::seconds(100);
  feeds::Leadership leadership{nats, said, counters, [this] { return now; }, "OWN", false};
};

}  // namespace tickgate::testing
