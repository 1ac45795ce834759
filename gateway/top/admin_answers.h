// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

// What /v1/feeds and /v1/clients of the admin port say, as far as it is shown;
// gateway/api/admin.yaml has all of it. A field that is not there counts as zero or nothing: the
// gateway may be of another version.
namespace tickgate::gateway {

struct FeedAnswer {
  std::string name;
  std::string state;
  std::string reason;                  // empty: live
  std::int64_t since = 0;              // microseconds since the epoch
  std::optional<std::int64_t> age_ms;  // nullopt: nothing came yet
  std::optional<std::int64_t> venue_age_ms;
  std::uint64_t messages = 0;
  std::uint64_t gaps = 0;
  std::uint64_t faults = 0;  // anomalies but gaps and duplicates
  std::uint64_t live = 0, instruments = 0;
};

struct ClientAnswer {
  std::string address;
  std::int64_t since = 0;  // microseconds since the epoch
  std::uint64_t subscriptions = 0;
  std::uint64_t backlog_bytes = 0;  // what it has not taken, of us and of the kernel
  std::optional<std::int64_t> round_trip_us;
  std::uint64_t bytes_sent = 0;
  std::uint64_t folded = 0;
  std::uint64_t floor_ms = 0;
  bool degraded = false;
  bool closing = false;
};

struct ClientsAnswer {
  std::int64_t now = 0;  // microseconds since the epoch
  std::vector<ClientAnswer> slowest;
  std::vector<std::string> missing;  // shards that did not answer
};

absl::StatusOr<std::vector<FeedAnswer>> read_feeds(std::string_view json);
absl::StatusOr<ClientsAnswer> read_clients(std::string_view json);

}  // namespace tickgate::gateway
