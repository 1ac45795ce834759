// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/descriptor_plan.h"

#include <sys/resource.h>

#include <algorithm>
#include <thread>

#include "feeds/venues/all.h"

namespace tickgate::gateway {
namespace {

// The log, the loops of the main and the feeds' thread, signals, name look-ups, certificates,
// /proc; and what a shell or a supervisor left open.
constexpr std::uint64_t kOwn = 32;
// Its loop, its listener, its bell, and a client just accepted that may not stay.
constexpr std::uint64_t kShard = 8;
// Beside the connections of a feed: fetches, and addresses of a host that are tried.
constexpr std::uint64_t kFeed = 4;

std::uint64_t feed_descriptors(const FeedConfig& feed) {
  if (feed.venue == nullptr) return 0;  // the configuration is being told what is wrong with it
  const auto& facts = feed.venue->facts;
  if (facts.made_up) return 0;
  if (!feed.capture.empty()) return 1;
  std::uint64_t connections = 1;
  if (facts.symbols_per_connection > 0 && !feed.symbols.empty()) {
    connections += (feed.symbols.size() - 1) / facts.symbols_per_connection;
  }
  return kFeed + 2 * connections;  // one is made before its predecessor ends
}

}  // namespace

DescriptorPlan plan_descriptors(const Config& config, std::uint64_t limit) {
  DescriptorPlan plan;
  plan.admin = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(limit / 16, 8, 128));
  const auto shards = config.server.shards > 0 ? std::uint64_t{config.server.shards}
                                               : std::max(1U, std::thread::hardware_concurrency());
  plan.kept = kOwn + plan.admin + kShard * shards;
  for (const auto& feed : config.feeds) plan.kept += feed_descriptors(feed);
  const auto door = std::clamp<std::uint64_t>(limit / 16, 8, 64);
  if (limit <= plan.kept + door) return plan;
  plan.clients = limit - plan.kept;
  plan.connections = plan.clients - door;
  return plan;
}

std::uint64_t descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  return limit.rlim_max;
}

}  // namespace tickgate::gateway
