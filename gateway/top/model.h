// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "gateway/top/admin_answers.h"
#include "gateway/top/metric_set.h"

// What is shown, in numbers: two looks at a gateway, and what happened between them. Pure.
namespace tickgate::gateway {

// All that was learned at one time.
struct Look {
  std::chrono::steady_clock::time_point at;
  std::chrono::system_clock::time_point wall;
  MetricSet metrics;
  std::vector<FeedAnswer> feeds;
  ClientsAnswer clients;
  std::string clients_problem;  // why there are none; empty: there are
};

// In all rows: nullopt is not known (no look before, another process since, no such metric).
using Known = std::optional<double>;

struct FeedRow {
  FeedAnswer told;
  Known seconds_in_state;
  Known messages_per_second;
  Known ticks_per_second;
  Known clock_offset_seconds;
  bool got_worse = false;  // gaps or faults since the look before
};

struct ClientRow {
  ClientAnswer told;
  Known seconds_connected;
  Known bytes_per_second;
  Known folded_per_second;
};

// The way of a tick, or a part of it.
struct StageRow {
  std::string stage;
  Known p50, p99;  // seconds, of what came between the looks
};

struct Model {
  std::chrono::system_clock::time_point wall;
  std::string version;
  Known uptime_seconds;
  Known between_seconds;  // the looks
  Known ready;            // 1 or 0
  Known reload_worked;    // 1 or 0

  Known cpus, resident_bytes, held_bytes, budget_bytes, open_fds, max_fds;
  std::vector<Known> lag_p99;  // seconds, of each shard

  Known connections, connections_limit, opened_per_second, closed_per_second;
  Known messages_per_second, bytes_per_second, folded_per_second, dropped_per_second;
  Known queued_bytes, degraded_per_second, shed_per_second;

  std::vector<StageRow> stages;
  std::vector<FeedRow> feeds;      // what is not live first, else as configured
  std::vector<ClientRow> clients;  // as told: the slowest first
  std::string clients_problem;
  std::vector<std::string> missing;  // shards that did not tell theirs
};

// `before`: nullptr for the first look.
Model make_model(const Look* before, const Look& now);

}  // namespace tickgate::gateway
