// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/delay_lanes.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "feeds/derived/late_trades.h"
#include "feeds/publish/bar_demand.h"
#include "gateway/shard/delayed_bars.h"

namespace tickgate::gateway {
namespace {

// From the delay line to one shard's lane. It comes as evenly as it came from the feeds.
constexpr std::size_t kLaneRingBytes = 4U << 20U;

static_assert(kMostDelays == feeds::DelayLine::kMostDelays);
// A trade behind a bar's end makes no difference before a delayed lane would tell the bar.
static_assert(feeds::LateTrades::kSoon <= DelayedBars::kMargin);

}  // namespace

std::vector<std::uint32_t> delays_of(const Config& config) {
  std::set<std::uint32_t> delays;
  const auto add = [&](const EntitlementConfig& one) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(one.delay).count();
    if (seconds > 0) delays.insert(static_cast<std::uint32_t>(seconds));
  };
  if (config.auth.has_value()) {
    add(config.auth->defaults);
    for (const auto& plan : config.plans) add(plan);
  }
  return {delays.begin(), delays.end()};
}

std::chrono::seconds longest_delay_of(const Config& config) {
  if (config.publish.has_value()) return kMostDelay;
  const auto delays = delays_of(config);
  return std::chrono::seconds(delays.empty() ? 0 : delays.back());
}

std::vector<std::string> without_lane(const Config& config, std::uint32_t longest) {
  std::vector<std::string> lines;
  const auto look = [&](const std::string& name, const EntitlementConfig& one) {
    if (one.delay <= std::chrono::seconds(longest)) return;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(one.delay).count();
    lines.push_back(absl::StrCat(name, ".delay: ", seconds, "s needs a restart: the longest delay ",
                                 "that there was at the start is ", longest, "s"));
  };
  if (config.auth.has_value()) look("auth.defaults", config.auth->defaults);
  for (const auto& plan : config.plans) look("plans." + plan.name, plan);
  return lines;
}

absl::StatusOr<std::unique_ptr<DelayLanes>> DelayLanes::make(const Config& config,
                                                             const Shards& shards) {
  auto delays = delays_of(config);
  if (delays.empty()) return nullptr;
  // Each lane may hold each series of bars once.
  if (shards.size() * (1 + delays.size()) > feeds::BarDemand::kMostShards) {
    return absl::InvalidArgumentError(
        absl::StrCat("server.shards: ", shards.size(), " are too many for ", delays.size(),
                     " different delays: expected at most ",
                     feeds::BarDemand::kMostShards / (1 + delays.size())));
  }
  auto line = feeds::DelayLine::make(
      {std::move(delays), config.auth->delay_memory, config.auth->delay_directory});
  if (!line.ok()) return line.status();
  return std::unique_ptr<DelayLanes>(new DelayLanes(*std::move(line), shards));
}

DelayLanes::DelayLanes(std::unique_ptr<feeds::DelayLine> line, const Shards& shards)
    : line_(std::move(line)) {
  for (const auto delay : line_->delays()) {
    auto& lanes = lanes_.emplace_back();
    for (const auto& shard : shards) lanes.push_back(&shard->add_lane(delay));
  }
}

feeds::ShardLink DelayLanes::add_ring() {
  std::vector<std::vector<feeds::ShardLink>> links;
  for (const auto& lanes : lanes_) {
    auto& of_delay = links.emplace_back();
    for (auto* const lane : lanes) {
      of_delay.push_back({&lane->add_ring(kLaneRingBytes), &lane->doorbell()});
    }
  }
  return line_->add_source(links);
}

void DelayLanes::watch(const feeds::Beat& beat) {
  line_->watch(beat);
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    for (auto* const lane : lanes_[i]) lane->watch(line_->beat(i));
  }
}

void DelayLanes::collect(MetricFamilies& families) const {
  families.gauge("delay_line_bytes", "held for delayed lanes, of what feeds said",
                 static_cast<double>(line_->used_bytes()));
  families.gauge("delay_line_capacity_bytes", "that may be held for delayed lanes at most",
                 static_cast<double>(line_->capacity()));
  constexpr std::string_view kLost =
      "what found no room in the delay line: trades are announced as lost, of states the newest "
      "follows";
  families.counter("delay_line_lost_total", kLost, static_cast<double>(line_->trades_lost()),
                   {{"kind", "trade"}});
  families.counter("delay_line_lost_total", kLost, static_cast<double>(line_->postponed()),
                   {{"kind", "state"}});
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    families.gauge("delay_line_lag_seconds", "by how much later than its time a tick was given out",
                   std::chrono::duration<double>(line_->lag(i)).count(),
                   {{"delay_s", std::to_string(line_->delays()[i])}});
  }
}

}  // namespace tickgate::gateway
