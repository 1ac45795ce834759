// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/memory_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "feeds/venues/all.h"
#include "gateway/server/cores.h"

namespace tickgate::gateway {
namespace {

constexpr std::uint64_t kMiB = 1U << 20U;
// The program, its libraries and stacks, and the heap's slack.
constexpr std::uint64_t kProgram = 32 * kMiB;
constexpr std::uint64_t kRing = 4 * kMiB;  // as server.cc has it
// An order book of a thousand levels, its newest ticks, 256 trades to begin with; once for the
// feeds and once for each shard.
constexpr std::uint64_t kInstrument = 128 * 1024;
constexpr std::uint64_t kInstrumentOfShard = 48 * 1024;
constexpr std::uint64_t kStream = 2'048;     // an idle one
constexpr std::uint64_t kSubscription = 48;  // its slot, its place in a group, marks
constexpr std::uint64_t kReplies = 65'536;   // it is read no further beyond
constexpr std::uint64_t kSocket = 4'096;     // the kernel's own, and what it queues to be read

std::uint64_t instruments(const Config& config) {
  std::uint64_t count = 0;
  for (const auto& feed : config.feeds) {
    const bool made_up = feed.venue != nullptr && feed.venue->facts.made_up;
    count += made_up ? feed.source.symbol_count : std::max<std::uint64_t>(1, feed.symbols.size());
  }
  return count;
}

std::string size(std::uint64_t bytes) {
  const auto value = static_cast<double>(bytes);
  if (bytes >= 1024 * kMiB) return fmt::format("{:.1f} GiB", value / (1024.0 * kMiB));
  if (bytes >= kMiB) return fmt::format("{:.0f} MiB", value / kMiB);
  return fmt::format("{:.0f} KiB", value / 1024);
}

}  // namespace

MemoryPlan plan_memory(const Config& config) {
  const auto& limits = config.limits;
  const auto shards = config.server.shards > 0 ? config.server.shards : granted_cores();
  const auto count = instruments(config);
  MemoryPlan plan;
  plan.fixed = kProgram + shards * config.server.feed_threads * kRing +
               count * (kInstrument + shards * kInstrumentOfShard);
  // The kernel doubles what is asked for, to have room for its own beside the bytes.
  plan.kernel = 2 * std::uint64_t{limits.send_buffer_bytes} + kSocket;
  // Of each instrument four channels; and the rest of a whole frame, allocated by powers of two.
  const auto subscriptions =
      std::min<std::uint64_t>(limits.subscriptions_per_connection, 4 * count);
  plan.connection = plan.kernel + kStream + kReplies + subscriptions * kSubscription +
                    std::uint64_t{limits.frame_bytes} + limits.frame_bytes / 2;
  plan.http = limits.http_bytes + limits.http_visitors * (plan.kernel + 8'192);
  plan.all = plan.fixed + limits.connections * plan.connection + plan.http;
  return plan;
}

std::string memory_text(const Config& config, const MemoryPlan& plan, std::uint64_t budget) {
  std::string text = fmt::format(
      "memory: at most {}: {} for program, {} instruments and rings; {} connections that read "
      "nothing, {} each ({} of it the kernel's); HTTP {}\n",
      size(plan.all), size(plan.fixed), instruments(config), config.limits.connections,
      size(plan.connection), size(plan.kernel), size(plan.http));
  if (budget == 0) {
    text += "memory: no budget (limits.memory, or a cgroup's limit): nobody leaves for it\n";
    return text;
  }
  fmt::format_to(std::back_inserter(text),
                 "memory: budget {} ({}), above which those leave who "
                 "hold most\n",
                 size(budget),
                 config.limits.memory > 0 ? "limits.memory" : "four fifths of the cgroup's limit");
  if (budget < plan.fixed) {
    fmt::format_to(std::back_inserter(text),
                   "warning: limits.memory: {} is less than program, instruments and rings take "
                   "({}): nobody would be let in\n",
                   size(budget), size(plan.fixed));
  }
  return text;
}

}  // namespace tickgate::gateway
