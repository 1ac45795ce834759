// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/line_metrics.h"

#include <cstddef>
#include <string_view>

#include "feeds/feed/feed.h"

namespace tickgate::gateway {

void collect_lines(MetricFamilies& families, const std::vector<MetricSources::FeedSource>& feeds) {
  const auto per_line = [&](bool gauge, std::string_view what, std::string_view help, auto&& read) {
    for (const auto& source : feeds) {
      const auto count = source.feed->options().lines;
      for (std::size_t i = 0; count > 1 && i < count; ++i) {
        const double value = read(source.feed->counters().lines[i]);
        const MetricLabels labels{{"feed", source.name}, {"line", i == 0 ? "1" : "2"}};
        gauge ? families.gauge(what, help, value, labels)
              : families.counter(what, help, value, labels);
      }
    }
  };
  using Line = feeds::LineCounters;
  per_line(true, "feed_line_connections", "connections of this line that are up",
           [](const Line& line) { return static_cast<double>(line.up.value()); });
  per_line(false, "feed_line_wins_total", "numbered ticks that this line was the first to bring",
           [](const Line& line) { return static_cast<double>(line.wins.value()); });
  per_line(false, "feed_line_leads_total", "of them those whose lead was measured",
           [](const Line& line) { return static_cast<double>(line.leads.value()); });
  per_line(false, "feed_line_lead_seconds_total", "by how much it was first in those, together",
           [](const Line& line) { return static_cast<double>(line.lead_time.value()) * 1e-6; });
  per_line(false, "feed_line_takeovers_total",
           "instruments that this line has spoken for from then on in place of the other",
           [](const Line& line) { return static_cast<double>(line.takeovers.value()); });
}

}  // namespace tickgate::gateway
