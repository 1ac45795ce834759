// SPDX-License-Identifier: Apache-2.0
#include "gateway/top/model.h"

#include <gtest/gtest.h>

namespace tickgate::gateway {
namespace {

using std::chrono::seconds;

// So many seconds after the start, which was a thousand seconds after the epoch.
Look look_at(int second, std::string_view metrics) {
  Look look;
  look.at += seconds(second);
  look.wall += seconds(1'000 + second);
  look.metrics = MetricSet::read(std::string("process_start_time_seconds 1000\n").append(metrics));
  return look;
}

FeedAnswer feed(std::string name, std::string state, std::uint64_t messages, std::uint64_t gaps) {
  FeedAnswer told;
  told.name = std::move(name);
  told.state = std::move(state);
  told.messages = messages;
  told.gaps = gaps;
  return told;
}

ClientAnswer client(std::string address, std::int64_t since, std::uint64_t bytes) {
  ClientAnswer told;
  told.address = std::move(address);
  told.since = since;
  told.bytes_sent = bytes;
  return told;
}

TEST(TopModel, RatesAreOfTheTimeBetweenTwoLooks) {
  const auto before = look_at(10, "process_cpu_seconds_total 1\ntickgate_sent_bytes_total 100\n");
  const auto now = look_at(14, "process_cpu_seconds_total 3\ntickgate_sent_bytes_total 500\n");
  const auto model = make_model(&before, now);
  EXPECT_EQ(model.cpus, 0.5);
  EXPECT_EQ(model.bytes_per_second, 100);
  EXPECT_EQ(model.between_seconds, 4);
  EXPECT_EQ(model.uptime_seconds, 14);
}

TEST(TopModel, WithoutALookBeforeThereAreNoRates) {
  const auto model = make_model(nullptr, look_at(1, "process_cpu_seconds_total 1\n"));
  EXPECT_EQ(model.cpus, std::nullopt);
  EXPECT_EQ(model.between_seconds, std::nullopt);
}

TEST(TopModel, AnotherProcessHasNoLookBefore) {
  const auto before = look_at(1, "process_cpu_seconds_total 1\n");
  auto now = look_at(2, "");
  now.metrics = MetricSet::read("process_start_time_seconds 1001\nprocess_cpu_seconds_total 9\n");
  EXPECT_EQ(make_model(&before, now).cpus, std::nullopt);
}

TEST(TopModel, ACounterThatWentDownHasNoRate) {
  const auto before = look_at(1, "tickgate_sent_bytes_total 5\n");
  EXPECT_EQ(make_model(&before, look_at(2, "tickgate_sent_bytes_total 4\n")).bytes_per_second,
            std::nullopt);
}

TEST(TopModel, FeedsInTroubleComeFirst) {
  auto now = look_at(1, "");
  now.feeds = {feed("a", "live", 0, 0), feed("b", "down", 0, 0), feed("c", "live", 0, 0),
               feed("d", "stale", 0, 0)};
  std::string order;
  for (const auto& row : make_model(nullptr, now).feeds) order += row.told.name;
  EXPECT_EQ(order, "bdac");
}

TEST(TopModel, AFeedHasItsOwnRatesAndItsNewGaps) {
  auto before = look_at(1, "tickgate_feed_ticks_total{feed=\"a\"} 1\n");
  auto now = look_at(3,
                     "tickgate_feed_ticks_total{feed=\"a\"} 5\n"
                     "tickgate_feed_ticks_total{feed=\"b\"} 50\n");
  before.feeds = {feed("a", "live", 10, 1)};
  now.feeds = {feed("a", "live", 30, 2), feed("b", "live", 9, 9)};
  const auto model = make_model(&before, now);
  EXPECT_EQ(model.feeds[0].messages_per_second, 10);
  EXPECT_EQ(model.feeds[0].ticks_per_second, 2);
  EXPECT_TRUE(model.feeds[0].got_worse);
  EXPECT_EQ(model.feeds[1].messages_per_second, std::nullopt) << "it was not there";
  EXPECT_FALSE(model.feeds[1].got_worse);
}

TEST(TopModel, AClientIsTheSameByItsAddressAndItsBeginning) {
  auto before = look_at(1, "");
  auto now = look_at(2, "");
  before.clients.slowest = {client("x:1", 7, 100), client("x:2", 7, 100)};
  now.clients.slowest = {client("x:1", 7, 150), client("x:2", 8, 150)};
  const auto model = make_model(&before, now);
  EXPECT_EQ(model.clients[0].bytes_per_second, 50);
  EXPECT_EQ(model.clients[1].bytes_per_second, std::nullopt) << "another one at the same address";
}

TEST(TopModel, TimesAreByTheGatewaysClock) {
  auto now = look_at(1, "");
  now.clients.now = 5'000'000;
  now.clients.slowest = {client("x:1", 2'000'000, 0), client("x:2", 9'000'000, 0)};
  const auto model = make_model(nullptr, now);
  EXPECT_EQ(model.clients[0].seconds_connected, 3);
  EXPECT_EQ(model.clients[1].seconds_connected, 0) << "never less than none";
}

TEST(TopModel, LatencyIsOfEachStageAndOfTheWholeWay) {
  const auto scrape = [](int count) {
    std::string text;
    for (const auto* const name : {"tickgate_latency_seconds_bucket{stage=\"ring\",",
                                   "tickgate_fanout_latency_seconds_bucket{"}) {
      text += std::string(name) + "le=\"1\"} 9\n" + name + "le=\"2\"} " +
              std::to_string(9 + count) + "\n" + name + "le=\"+Inf\"} " +
              std::to_string(9 + count) + "\n";
    }
    return text;
  };
  const auto before = look_at(1, scrape(0));
  const auto model = make_model(&before, look_at(2, scrape(10)));
  ASSERT_EQ(model.stages.size(), 2U);
  EXPECT_EQ(model.stages[0].stage, "ring");
  EXPECT_EQ(model.stages[0].p50, 1.5) << "of the ten between 1 and 2 s";
  EXPECT_EQ(model.stages[1].stage, "fan-out");
  EXPECT_NEAR(model.stages[1].p99.value_or(0), 1.99, 1e-9);
}

TEST(TopModel, EachShardHasItsLag) {
  const auto model = make_model(
      nullptr, look_at(1,
                       "tickgate_event_loop_lag_seconds_bucket{shard=\"0\",le=\"1\"} 1\n"
                       "tickgate_event_loop_lag_seconds_bucket{shard=\"0\",le=\"+Inf\"} 1\n"
                       "tickgate_event_loop_lag_seconds_bucket{shard=\"1\",le=\"+Inf\"} 0\n"));
  ASSERT_EQ(model.lag_p99.size(), 2U);
  EXPECT_TRUE(model.lag_p99[0]);
  EXPECT_EQ(model.lag_p99[1], std::nullopt);
}

}  // namespace
}  // namespace tickgate::gateway
