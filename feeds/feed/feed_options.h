// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "feeds/adapter/venue_adapter.h"
#include "feeds/feed/backoff.h"
#include "feeds/feed/clock_report.h"
#include "feeds/feed/feed_counters.h"
#include "feeds/feed/feed_io.h"
#include "feeds/feed/moment.h"
#include "feeds/feed/plausibility.h"
#include "feeds/feed/venue_age.h"

namespace tickgate::feeds {

class Connection;

// What a feed makes for each of its connections: an adapter that speaks for these pairs, and what
// moves its bytes, made once and used for every attempt.
struct ConnectionMakers {
  std::function<std::unique_ptr<VenueAdapter>(AdapterEvents&, const std::vector<std::string>&)>
      adapter;
  std::function<std::unique_ptr<FeedIo>(Connection&)> io;
  decltype(adapter) second_adapter{};  // of the second line; empty: like those of the first
};

struct FeedOptions {
  std::string name;                // in logs
  std::string venue;               // "kraken"
  std::vector<std::string> pairs;  // announced at start, so that clients may ask for them early

  Monotonic stale_after = std::chrono::seconds(3);       // no shorter silence is called stale
  Monotonic idle_timeout = std::chrono::seconds(30);     // without a byte: reconnect
  Monotonic planned_reconnect = std::chrono::hours(23);  // 0: only the venue's own limit counts
  Monotonic ack_timeout = std::chrono::seconds(10);
  Backoff::Settings backoff;
  Plausibility::Settings plausible;
  Credentials credentials;  // only to keep them out of what is said
  std::uint64_t seed = 0;   // of all jitter; a FeedThread makes one up for 0
  // Two: each symbol comes over two connections, and what either has is enough.
  std::size_t lines = 1;
  // Bytes come from a capture or a simulator: nobody answers, so nothing is waited for, and no
  // connection is given up for its silence.
  bool passive = false;
  bool own_clock = false;  // its source is in this process, and stamps by our clock
};

// One look at one connection of a feed.
struct ConnectionStatus {
  FeedState state{};
  schemas::Timestamp since;
  std::string reason;
  std::size_t symbols = 0;  // how many it is to carry
  std::size_t line = 0;     // of which it is, from 1; 0: there is but one
};

// One look at a feed, for /v1/feeds. Its state is that of its worst connection.
struct FeedStatus {
  FeedState state{};
  schemas::Timestamp since;
  std::string reason;  // why it isn't live; empty when it is
  schemas::Timestamp last_message{schemas::kNoTime};
  Monotonic venue_age = VenueAge::kUnknown;  // how old what comes is
  ClockReport clock;
  std::array<std::int64_t, kStateCount> instruments{};  // by schemas::State
  // Until when its venue's host asked all of us to be quiet; kNoTime: it did not.
  schemas::Timestamp paused_until{schemas::kNoTime};
  std::string pause_reason;
  std::vector<ConnectionStatus> connections;
};

}  // namespace tickgate::feeds
