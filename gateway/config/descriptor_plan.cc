// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/descriptor_plan.h"

#include <sys/resource.h>

#include <algorithm>
#include <iterator>
#include <thread>

#include "feeds/venues/all.h"
#include "fmt/format.h"

namespace tickgate::gateway {
namespace {

// The log, the loops of the main and the feeds' thread, signals, name look-ups, certificates,
// /proc; and what a shell or a supervisor left open.
constexpr std::uint64_t kOwn = 32;
// Its loop, its listener, its bell, a client just accepted that may not stay, and those that are
// let in to be told so (shard/client_descriptors.h).
constexpr std::uint64_t kShard = 12;
// Beside the connections of a feed: fetches, and addresses of a host that are tried.
constexpr std::uint64_t kFeed = 4;
// A connection, one that is made anew meanwhile, and the bells of its threads.
constexpr std::uint64_t kNats = 6;

std::uint64_t connections_of_line(const FeedConfig& feed) {
  const auto most = feed.venue->facts.symbols_per_connection;
  return most == 0 || feed.symbols.empty() ? 1 : 1 + (feed.symbols.size() - 1) / most;
}

std::uint64_t feed_descriptors(const FeedConfig& feed) {
  if (feed.venue == nullptr) return 0;  // the configuration is being told what is wrong with it
  const auto& facts = feed.venue->facts;
  if (facts.made_up) return 0;
  if (!feed.capture.empty()) return 1;
  const std::uint64_t connections = connections_of_line(feed);
  // One is made before its predecessor ends, of either line.
  return (kFeed + 2 * connections) * feed.lines;
}

}  // namespace

DescriptorPlan plan_descriptors(const Config& config, std::uint64_t limit) {
  DescriptorPlan plan;
  plan.admin = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(limit / 16, 8, 128));
  const auto shards = config.server.shards > 0 ? std::uint64_t{config.server.shards}
                                               : std::max(1U, std::thread::hardware_concurrency());
  plan.kept = kOwn + plan.admin + kShard * shards;
  for (const auto& feed : config.feeds) plan.kept += feed_descriptors(feed);
  plan.kept += kNats * ((config.edge ? 1 : 0) + (config.publish ? 1 : 0));
  const auto door = std::clamp<std::uint64_t>(limit / 16, 8, 64);
  if (limit <= plan.kept + door) return plan;
  plan.clients = limit - plan.kept;
  plan.connections = plan.clients - door;
  return plan;
}

std::string lines_text(const Config& config) {
  std::string text;
  for (const auto& feed : config.feeds) {
    if (feed.lines < 2) continue;
    const auto& facts = feed.venue->facts;
    const auto connections = connections_of_line(feed);
    const bool arbitrated = facts.numbered.books != feeds::Numbering::kNone;
    fmt::format_to(std::back_inserter(text),
                   "{}: two lines take {} connections in place of {}, and twice the requests; {}\n",
                   feed.name, 2 * connections, connections,
                   arbitrated ? "the first to bring an update wins"
                              : "the second is a warm spare, trades are joined by their ids");
  }
  return text;
}

std::uint64_t descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  return limit.rlim_max;
}

}  // namespace tickgate::gateway
