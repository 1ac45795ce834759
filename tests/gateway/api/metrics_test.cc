// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/metrics.h"

#include <gmock/gmock.h>

#include "gateway/api/metric_families.h"
#include "tests/support/running_shard.h"

namespace tickgate::gateway {
namespace {

using std::chrono::microseconds;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Metrics, BoundsStandAsPeopleWriteThem) {
  const LatencyHistogram latency;
  const feeds::AgeHistogram ages;
  const LatencyHistogram* const parts[] = {&latency};
  MetricFamilies families;
  families.histogram("latency_seconds", "help", parts);
  families.histogram("age_seconds", "help", ages, {{"feed", "a\"le=\"1e-3,le="}});
  const auto text = exposition(families.finish());
  for (const auto* bound : {"0.00001", "0.000015", "0.000025", "0.00006", "0.0001", "0.0006",
                            "0.001", "0.1", "1", "0.6", "+Inf"}) {
    EXPECT_THAT(
        text, HasSubstr(std::string("tickgate_latency_seconds_bucket{le=\"") + bound + "\"} 0\n"));
  }
  EXPECT_THAT(text, HasSubstr(R"(tickgate_age_seconds_bucket{feed="a\"le=\"1e-3,le=",le="60"} 0)"));
  EXPECT_THAT(text, Not(HasSubstr("e-0")));
  EXPECT_THAT(text, Not(HasSubstr("99999")));
}

TEST(Metrics, ShardsHaveTheirOwn) {
  const testing::RunningShard first, second;
  LatencyHistogram copies;
  copies.observe(microseconds(700));
  MetricSources sources;
  sources.shards = {&first.shard, &second.shard};
  sources.with_feeds = [](const MetricSources::Collect& collect) { collect({}); };
  sources.certificate_end = [] { return std::nullopt; };
  sources.beat_age = [] { return microseconds(0); };
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
