// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/metrics.h"

#include <gmock/gmock.h>

#include <limits>

#include "feeds/feed/age_histogram.h"
#include "gateway/api/metric_families.h"
#include "tests/support/running_shard.h"

namespace tickgate::gateway {
namespace {

using std::chrono::microseconds;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(Metrics, BoundsStandAsPeopleWriteThem) {
  const LatencyHistogram latency;
  const feeds::AgeHistogram ages;
  MetricFamilies families;
  families.histogram<LatencyHistogram>("latency_seconds", "help", {&latency});
  families.histogram<feeds::AgeHistogram>("age_seconds", "help", {&ages},
                                          {{"feed", "a\"le=\"1e-3,le="}});
  const auto text = exposition(families.finish(), Exposition::kText);
  for (const auto* bound : {"0.00001", "0.000015", "0.000025", "0.00006", "0.0001", "0.0006",
                            "0.001", "0.1", "1", "0.6", "+Inf"}) {
    EXPECT_THAT(
        text, HasSubstr(std::string("tickgate_latency_seconds_bucket{le=\"") + bound + "\"} 0\n"));
  }
  EXPECT_THAT(text, HasSubstr(R"(tickgate_age_seconds_bucket{feed="a\"le=\"1e-3,le=",le="60"} 0)"));
  EXPECT_THAT(text, Not(HasSubstr("e-0")));
  EXPECT_THAT(text, Not(HasSubstr("99999")));
}

TEST(Metrics, OpenMetricsIsWrittenByItsRules) {
  LatencyHistogram latency;
  latency.observe(microseconds(700'000));
  MetricFamilies families;
  families.counter("sent_bytes_total", "bytes \"sent\"\\\n", 12, {{"feed", "a\"\\\n"}});
  families.counter("sent_bytes_total", "bytes \"sent\"\\\n", 1.5, {{"feed", "b"}});
  families.counter("wins_total", "help", 0);
  families.gauge("age_seconds", "help", -0.25);
  families.gauge("most", "help", std::numeric_limits<double>::infinity());
  families.histogram<LatencyHistogram>("latency_seconds", "help", {&latency, &latency},
                                       {{"stage", "ring"}});
  const auto text = exposition(families.finish(), Exposition::kOpenMetrics);
  EXPECT_THAT(text, StartsWith("# TYPE tickgate_sent_bytes counter\n"
                               "# UNIT tickgate_sent_bytes bytes\n"
                               "# HELP tickgate_sent_bytes bytes \\\"sent\\\"\\\\\\n\n"
                               "tickgate_sent_bytes_total{feed=\"a\\\"\\\\\\n\"} 12\n"
                               "tickgate_sent_bytes_total{feed=\"b\"} 1.5\n"
                               "# TYPE tickgate_wins counter\n"
                               "# HELP tickgate_wins help\n"
                               "tickgate_wins_total 0\n"
                               "# TYPE tickgate_age_seconds gauge\n"
                               "# UNIT tickgate_age_seconds seconds\n"
                               "# HELP tickgate_age_seconds help\n"
                               "tickgate_age_seconds -0.25\n"
                               "# TYPE tickgate_most gauge\n"
                               "# HELP tickgate_most help\n"
                               "tickgate_most +Inf\n"
                               "# TYPE tickgate_latency_seconds histogram\n"
                               "# UNIT tickgate_latency_seconds seconds\n"
                               "# HELP tickgate_latency_seconds help\n"));
  for (const auto* bucket : {"1e-05\"} 0", "0.0001\"} 0", "0.01\"} 0", "0.025\"} 0", "0.1\"} 0",
                             "0.4\"} 0", "0.6\"} 0", "1.0\"} 2", "+Inf\"} 2"}) {
    EXPECT_THAT(text,
                HasSubstr(std::string("tickgate_latency_seconds_bucket{stage=\"ring\",le=\"") +
                          bucket + "\n"));
  }
  EXPECT_THAT(text, EndsWith("tickgate_latency_seconds_count{stage=\"ring\"} 2\n"
                             "tickgate_latency_seconds_sum{stage=\"ring\"} 1.4\n"
                             "# EOF\n"));
}

TEST(Metrics, ShardsHaveTheirOwn) {
  const testing::RunningShard first, second;
  LatencyHistogram copies;
  copies.observe(microseconds(700));
  MetricSources sources;
  sources.shards = {&first.shard, &second.shard};
  sources.with_feeds = [](const MetricSources::Collect& collect) { collect({}); };
  sources.server = [](MetricFamilies& families) { families.gauge("of_the_server", "help", 1); };
  sources.book_copies = &copies;
  MemoryBudget memory(100);
  memory.note(85);
  sources.memory = &memory;
  const auto text = Metrics(std::move(sources)).text();
  for (const auto* sample :
       {"tickgate_connections{shard=\"0\"} 0\n", "tickgate_connections{shard=\"1\"} 0\n",
        "tickgate_event_loop_lag_seconds_bucket{shard=\"0\",le=\"0.00001\"} ",
        "tickgate_event_loop_lag_seconds_count{shard=\"1\"} ",
        "tickgate_full_book_copy_seconds_bucket{le=\"0.0006\"} 0\n",
        "tickgate_full_book_copy_seconds_bucket{le=\"0.001\"} 1\n",
        "tickgate_memory_budget_bytes 100\n", "tickgate_memory_held_bytes 85\n",
        "tickgate_clients_shed_total 0\n", "tickgate_full_book_copy_seconds_sum 0.0007"}) {
    EXPECT_THAT(text, HasSubstr(sample));
  }
}

}  // namespace
}  // namespace tickgate::gateway
