// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "feeds/feed/feed_options.h"
#include "gateway/api/http_api.h"
#include "gateway/config/config.h"
#include "gateway/net/clock.h"

namespace tickgate::gateway {

// What readiness asks of a feed. Live means warm: each instrument has had its first book, or its
// venue has closed or refused it.
struct FeedWarmth {
  std::string name;
  feeds::FeedState state{};
  std::string reason;            // why it is not live
  std::int64_t instruments = 0;  // of the feed
  std::int64_t waiting = 0;      // of these, for their first value, or for a new one
};

FeedWarmth warmth_of(std::string name, const feeds::FeedStatus& status);

struct ReadyQuestion {
  std::span<const FeedWarmth> feeds;
  std::uint32_t quorum = 0;  // feeds that must be live; 0: all
  Milliseconds patience{};   // after it, whatever is live is enough
  Monotonic elapsed{};       // since the start
  Monotonic feeds_still{};   // how long the feeds' thread that stands still longest has
  bool draining = false;
  bool nameless = false;  // nobody is let in: an edge has not heard whose numbers they are
  bool was_ready = false;
};

// Whether clients are to be sent here; if not, why, a line for the whole and one for each feed that
// is missed.
ReadyState judge_readiness(const ReadyQuestion& question);

// Without the reasons: they are how the feeds are now, which is not for everybody where credentials
// are asked for. The admin port has them.
ReadyState without_reasons(ReadyState state);

// The same with a memory: who was ready stays so, until it drains or stands still. Any thread.
class Readiness {
 public:
  // Also while questions are answered: a reload.
  void set(const ServerConfig& config);
  // `question` without what is remembered here.
  ReadyState judge(ReadyQuestion question);

 private:
  // Relaxed, all: each is right by itself.
  std::atomic<std::uint32_t> quorum_{0};
  std::atomic<Milliseconds::rep> patience_{0};
  std::atomic<bool> was_ready_{false};
};

}  // namespace tickgate::gateway
