// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/latency_metrics.h"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>

#include "feeds/feed/clock_report.h"

namespace tickgate::gateway {
namespace {

using feeds::StageHistogram;

constexpr std::array<std::string_view, 3> kStages = {"venue", "ring", "send"};
using Parts = std::array<std::vector<const StageHistogram*>, kStages.size()>;
using Channels = std::array<Parts, schemas::kChannelCount>;
using Venues = std::map<std::string_view, Channels>;

bool is_empty(const StageHistogram& histogram) {
  for (std::size_t i = 0; i <= StageHistogram::kBounds.size(); ++i) {
    if (histogram.bucket(i) > 0) return false;
  }
  return true;
}

Venues by_venue(const std::vector<const Shard*>& shards,
                const std::vector<MetricSources::FeedSource>& feeds) {
  Venues venues;
  const auto add = [](Parts& parts, std::size_t stage, const StageHistogram& histogram) {
    if (!is_empty(histogram)) parts[stage].push_back(&histogram);
  };
  for (std::size_t i = 0; i < schemas::kChannelCount; ++i) {
    for (const auto& source : feeds) {
      add(venues[source.feed->options().venue][i], 0, source.feed->counters().venue_latency[i]);
    }
    for (const auto* shard : shards) {
      shard->waterfall().each([&](const Waterfall::Venue& venue) {
        add(venues[venue.name][i], 1, venue.ring[i]);
        add(venues[venue.name][i], 2, venue.send[i]);
      });
    }
  }
  return venues;
}

// What is not known has no sample: a 0 would be taken for one.
void collect_clocks(MetricFamilies& families, const std::vector<MetricSources::FeedSource>& feeds) {
  const auto gauge = [&](std::string_view family, std::string_view help, auto&& read) {
    for (const auto& source : feeds) {
      const std::optional<feeds::Monotonic> value = read(clock_report(source.feed->counters()));
      if (!value) continue;
      families.gauge(family, help, std::chrono::duration<double>(*value).count(),
                     {{"feed", source.name}});
    }
  };
  using Report = feeds::ClockReport;
  gauge("feed_venue_latency_seconds",
        "from the venue's time to our reading, by the two clocks as they are, smoothed",
        [](const Report& report) { return report.latency; });
  gauge("feed_venue_latency_corrected_seconds",
        "the same with the offset of the venue's clock taken out: true within its uncertainty",
        [](const Report& report) { return report.corrected(); });
  gauge("feed_clock_offset_seconds",
        "how far the venue's clock is ahead of ours, by its answers and its stamps",
        [](const Report& report) {
          return report.offset ? std::optional(report.offset->ahead) : std::nullopt;
        });
  gauge("feed_clock_uncertainty_seconds", "the offset may be so much more or less",
        [](const Report& report) {
          return report.offset ? std::optional(report.offset->uncertainty) : std::nullopt;
        });
  for (const auto& source : feeds) {
    families.counter("feed_venue_ahead_total",
                     "ticks stamped by the venue later than we read them, which no latency counts",
                     static_cast<double>(source.feed->counters().venue_ahead.value()),
                     {{"feed", source.name}});
  }
}

}  // namespace

void collect_latency(MetricFamilies& families, const std::vector<const Shard*>& shards,
                     const std::vector<MetricSources::FeedSource>& feeds) {
  for (const auto& [venue, channels] : by_venue(shards, feeds)) {
    for (std::size_t i = 0; i < channels.size(); ++i) {
      for (std::size_t stage = 0; stage < kStages.size(); ++stage) {
        if (channels[i][stage].empty()) continue;
        families.histogram("latency_seconds",
                           "of a tick: venue, from the venue's time to our reading, by two clocks "
                           "(see feed_clock_offset_seconds); ring, until a shard took it; send, "
                           "until the send() that carried it returned",
                           channels[i][stage],
                           {{"stage", kStages[stage]},
                            {"venue", venue},
                            {"channel", name(static_cast<schemas::Channel>(i))}});
      }
    }
  }
  collect_clocks(families, feeds);
}

}  // namespace tickgate::gateway
