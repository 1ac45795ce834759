// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/memory_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "feeds/derived/bars.h"
#include "feeds/venues/all.h"
#include "gateway/fanout/held_bars.h"
#include "gateway/fanout/trade_histories.h"
#include "gateway/server/cores.h"
#include "gateway/server/delay_lanes.h"
#include "gateway/server/feed_settings.h"
#include "schemas/instrument.h"

namespace tickgate::gateway {
namespace {

constexpr std::uint64_t kMiB = 1U << 20U;
// The program, its libraries and stacks, and the heap's slack.
constexpr std::uint64_t kProgram = 32 * kMiB;
constexpr std::uint64_t kRing = 4 * kMiB;  // as server.cc has it
// An order book of a thousand levels, its newest ticks; once for the feeds and once for each shard.
constexpr std::uint64_t kInstrument = 128 * 1024;
constexpr std::uint64_t kInstrumentOfShard = 8 * 1024;
// Of those that are made of others' quotes there is no book and no trade.
constexpr std::uint64_t kConsolidated = 8 * 1024;
constexpr std::uint64_t kConsolidatedOfShard = 4 * 1024;
constexpr std::uint64_t kRingOfConsolidation = kMiB;  // as feeds/derived has it
// Of either end: what waits between its threads, both ways, and in the library's hands.
constexpr std::uint64_t kNats = 64 * kMiB;
constexpr std::uint64_t kFollowedSeries = 1'024;  // what its feed notes, a bar that waits
constexpr std::uint64_t kChannels = schemas::kChannelCount - 1 + schemas::kIntervalCount;
constexpr std::uint64_t kStream = 2'048;     // an idle one
constexpr std::uint64_t kSubscription = 48;  // its slot, its place in a group, marks
constexpr std::uint64_t kReplies = 65'536;   // it is read no further beyond
constexpr std::uint64_t kSocket = 4'096;     // the kernel's own, and what it queues to be read

std::uint64_t instruments(const FeedConfig& feed) {
  const bool made_up = feed.venue != nullptr && feed.venue->facts.made_up;
  return made_up ? feed.source.symbol_count : std::max<std::uint64_t>(1, feed.symbols.size());
}

// Of an edge nobody can know here what its ingests have.
constexpr std::uint64_t kOfEdge = 1'000;

std::uint64_t instruments(const Config& config) {
  std::uint64_t count = config.edge ? kOfEdge : 0;
  for (const auto& feed : config.feeds) count += instruments(feed);
  return count;
}

std::uint64_t shards(const Config& config) {
  return config.server.shards > 0 ? config.server.shards : granted_cores();
}

// All but the bars and what clients cause.
std::uint64_t fixed_bytes(const Config& config) {
  const std::uint64_t threads = config.server.feed_threads;
  const auto consolidated = consolidated_instruments(config);
  std::uint64_t sum = kProgram + shards(config) * threads * kRing;
  for (const auto& feed : config.feeds) {
    sum += instruments(feed) * (feed.lines * kInstrument + shards(config) * kInstrumentOfShard);
  }
  if (consolidated > 0) sum += (threads - 1) * kRingOfConsolidation;
  if (config.edge) sum += kNats + kOfEdge * (kConsolidated + shards(config) * kInstrumentOfShard);
  if (config.publish) sum += kNats + threads * kRing + instruments(config) * kInstrumentOfShard;
  return sum + consolidated * (kConsolidated + shards(config) * kConsolidatedOfShard);
}

// What is held back counts where it is no file, which the kernel writes out. Each lane has in each
// shard what the live one has, and a feed's newest values once more.
void plan_delay(const Config& config, MemoryPlan& plan) {
  const std::uint64_t lanes = delays_of(config).size();
  if (lanes == 0) return;
  const std::uint64_t threads = config.server.feed_threads;
  plan.delay = config.auth->delay_directory.empty() ? config.auth->delay_memory : 0;
  plan.delay += threads * (kRing + lanes * shards(config) * kRing);
  plan.delay +=
      lanes *
      (instruments(config) * (kConsolidated + shards(config) * kInstrumentOfShard) +
       consolidated_instruments(config) * (kConsolidated + shards(config) * kConsolidatedOfShard));
}

// Of the consolidated there are none.
void plan_bars(const Config& config, MemoryPlan& plan) {
  const auto options = bars_options(config.bars);
  for (const auto& feed : config.feeds) {
    plan.bars += feeds::Bars::most_bytes(options, instruments(feed));
  }
  const auto& limits = config.limits;
  const auto series = std::min<std::uint64_t>(
      instruments(config) * schemas::kIntervalCount,
      std::uint64_t{limits.connections} * limits.subscriptions_per_connection +
          HeldBars::kMostIdle);
  const auto holders = shards(config) * (1 + delays_of(config).size());
  plan.followed_bars =
      series * kFollowedSeries + holders * HeldBars::most_bytes(series, config.bars.kept);
}

// What is followed has TradeHistories::kLeast of them however little memory there is.
std::uint64_t trade_bytes(const Config& config) {
  const auto most = TradeHistories::most_bytes(config.limits.trades_kept);
  const auto least = TradeHistories::most_bytes(TradeHistories::kLeast);
  const auto all = instruments(config);
  return shards(config) *
         std::max(all * least, std::min<std::uint64_t>(all * most, config.limits.trades_memory));
}

std::string size(std::uint64_t bytes) {
  const auto value = static_cast<double>(bytes);
  if (bytes >= 1024 * kMiB) return fmt::format("{:.1f} GiB", value / (1024.0 * kMiB));
  if (bytes >= kMiB) return fmt::format("{:.0f} MiB", value / kMiB);
  return fmt::format("{:.0f} KiB", value / 1024);
}

}  // namespace

std::uint64_t consolidated_instruments(const Config& config) {
  if (config.consolidated.empty()) return 0;
  const auto rules = best_rules(config);
  schemas::InstrumentRegistry registry;
  std::set<std::string> pairs;
  std::uint64_t made_up = 0;
  for (const auto& feed : config.feeds) {
    const auto venue = venue_label(feed);
    if (feed.venue->facts.made_up && rules.has_venue(venue)) {
      made_up = std::max(made_up, instruments(feed));  // venues of its kind list the same
    }
    for (const auto& symbol : feed.symbols) {
      for (auto& part : rules.parts(registry.add(venue, symbol)))
        pairs.insert(std::move(part.pair));
    }
  }
  return pairs.size() + made_up;
}

MemoryPlan plan_memory(const Config& config) {
  const auto& limits = config.limits;
  MemoryPlan plan;
  plan.fixed = fixed_bytes(config);
  plan_delay(config, plan);
  plan_bars(config, plan);
  plan.trades = (1 + delays_of(config).size()) * trade_bytes(config);  // of each lane
  // The kernel doubles what is asked for, to have room for its own beside the bytes.
  plan.kernel = 2 * std::uint64_t{limits.send_buffer_bytes} + kSocket;
  // Of each instrument every channel; and the rest of a whole frame, allocated by powers of two.
  const auto subscriptions =
      std::min<std::uint64_t>(limits.subscriptions_per_connection,
                              kChannels * (instruments(config) + consolidated_instruments(config)));
  plan.connection = plan.kernel + kStream + kReplies + subscriptions * kSubscription +
                    std::uint64_t{limits.frame_bytes} + limits.frame_bytes / 2;
  plan.http = limits.http_bytes + limits.http_visitors * (plan.kernel + 8'192);
  plan.all = plan.fixed + plan.delay + plan.bars + plan.followed_bars + plan.trades +
             limits.connections * plan.connection + plan.http;
  return plan;
}

std::string memory_text(const Config& config, const MemoryPlan& plan, std::uint64_t budget) {
  const auto consolidated = consolidated_instruments(config);
  std::string text;
  if (config.edge) {
    text = fmt::format("memory: of venue nats {} instruments are counted: only ingests know\n",
                       kOfEdge);
  }
  fmt::format_to(
      std::back_inserter(text),
      "memory: at most {}: {} for program, {} instruments{} and rings; bars {} in feeds, {} in "
      "shards; trades {} in shards; {} connections that read nothing, {} each ({} of it the "
      "kernel's); HTTP {}\n",
      size(plan.all), size(plan.fixed), instruments(config),
      consolidated > 0 ? fmt::format(", {} consolidated", consolidated) : "", size(plan.bars),
      size(plan.followed_bars), size(plan.trades), config.limits.connections, size(plan.connection),
      size(plan.kernel), size(plan.http));
  if (plan.delay > 0) {
    fmt::format_to(
        std::back_inserter(text),
        "memory: of it {} for delayed streams of {} s; {} are held back at most, in {}\n",
        size(plan.delay), fmt::join(delays_of(config), ", "), size(config.auth->delay_memory),
        config.auth->delay_directory.empty() ? "memory" : config.auth->delay_directory);
  }
  if (budget == 0) {
    text += "memory: no budget (limits.memory, or a cgroup's limit): nobody leaves for it\n";
    return text;
  }
  fmt::format_to(std::back_inserter(text),
                 "memory: budget {} ({}), above which those leave who "
                 "hold most\n",
                 size(budget),
                 config.limits.memory > 0 ? "limits.memory" : "four fifths of the cgroup's limit");
  if (const auto least = plan.fixed + plan.delay + plan.bars; budget < least) {
    fmt::format_to(std::back_inserter(text),
                   "warning: limits.memory: {} is less than program, instruments, rings and the "
                   "feeds' bars take ({}): nobody would be let in\n",
                   size(budget), size(least));
  }
  return text;
}

}  // namespace tickgate::gateway
