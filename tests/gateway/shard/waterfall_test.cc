// SPDX-License-Identifier: Apache-2.0
#include "gateway/shard/waterfall.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <array>
#include <atomic>
#include <map>
#include <string>
#include <thread>

namespace tickgate::gateway {
namespace {

using feeds::StageHistogram;
using schemas::Channel;
using schemas::InstrumentId;
using schemas::Timestamp;

schemas::Instrument instrument(std::uint32_t id, const std::string& venue) {
  return {InstrumentId{id}, venue + ":A-B", venue, "A", "B", {}};
}

schemas::TickHeader header(std::uint32_t id, Channel channel, std::int64_t received) {
  schemas::TickHeader header;
  header.instrument = InstrumentId{id};
  header.channel = channel;
  header.receive_time = Timestamp{received};
  return header;
}

template <typename Histogram>
std::uint64_t count(const Histogram& histogram) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i <= Histogram::kBounds.size(); ++i) sum += histogram.bucket(i);
  return sum;
}

// "venue channel" -> ring and send, how many and how long together.
std::map<std::string, std::array<std::uint64_t, 4>> stages(const Waterfall& waterfall) {
  std::map<std::string, std::array<std::uint64_t, 4>> found;
  waterfall.each([&](const Waterfall::Venue& venue) {
    for (std::size_t i = 0; i < schemas::kChannelCount; ++i) {
      const auto &ring = venue.ring[i], &send = venue.send[i];
      if (count(ring) + count(send) == 0) continue;
      found[fmt::format("{} {}", venue.name, name(static_cast<Channel>(i)))] = {
          count(ring), ring.sum_microseconds(), count(send), send.sum_microseconds()};
    }
  });
  return found;
}

using Stages = std::array<std::uint64_t, 4>;

TEST(Waterfall, EachTickIsInEachStageOfItsVenueAndChannel) {
  Waterfall waterfall;
  waterfall.on_instrument(instrument(0, "kraken"));
  waterfall.on_instrument(instrument(1, "binance"));
  waterfall.on_tick(header(0, Channel::kQuote, 1'000));
  waterfall.on_tick(header(1, Channel::kQuote, 1'100));
  waterfall.on_tick(header(0, Channel::kQuote, 1'150));
  waterfall.on_tick(header(0, Channel::kTrade, 1'150));
  waterfall.end_batch(Timestamp{1'200}, 0);
  waterfall.on_flushed(Timestamp{1'500}, 0);
  EXPECT_THAT(stages(waterfall),
              testing::ElementsAre(testing::Pair("binance quote", Stages{1, 100, 1, 300}),
                                   testing::Pair("kraken quote", Stages{2, 250, 2, 600}),
                                   testing::Pair("kraken trade", Stages{1, 50, 1, 300})));
  EXPECT_EQ(count(waterfall.all()), 4U);
  EXPECT_EQ(waterfall.all().sum_microseconds(), 500U + 400U + 350U + 350U);
}

TEST(Waterfall, WhatStandsInTheQueueWaitsForItsTurn) {
  Waterfall waterfall;
  waterfall.on_instrument(instrument(0, "kraken"));
  waterfall.on_tick(header(0, Channel::kBook, 0));
  waterfall.end_batch(Timestamp{10}, 3);
  waterfall.on_tick(header(0, Channel::kBook, 5));
  waterfall.end_batch(Timestamp{20}, 7);
  waterfall.on_flushed(Timestamp{30}, 2);
  EXPECT_EQ(stages(waterfall)["kraken book"], (Stages{2, 25, 0, 0}));
  waterfall.on_flushed(Timestamp{40}, 6);
  EXPECT_EQ(stages(waterfall)["kraken book"], (Stages{2, 25, 1, 30}));
  EXPECT_TRUE(waterfall.waits());
  waterfall.on_flushed(Timestamp{60}, 7);
  EXPECT_EQ(stages(waterfall)["kraken book"], (Stages{2, 25, 2, 70}));
  EXPECT_FALSE(waterfall.waits());
}

TEST(Waterfall, ABatchWithoutATickIsNone) {
  Waterfall waterfall;
  waterfall.end_batch(Timestamp{10}, 3);
  EXPECT_FALSE(waterfall.waits());
}

TEST(Waterfall, MoreVenuesThanThereIsRoomForAreOne) {
  Waterfall waterfall;
  const auto many = static_cast<std::uint32_t>(Waterfall::kMostVenues + 5);
  for (std::uint32_t i = 0; i < many; ++i) {
    waterfall.on_instrument(instrument(i, fmt::format("v{}", i)));
    waterfall.on_tick(header(i, Channel::kQuote, 0));
  }
  waterfall.end_batch(Timestamp{1}, 0);
  const auto found = stages(waterfall);
  EXPECT_EQ(found.size(), Waterfall::kMostVenues);
  EXPECT_EQ(found.at("other quote")[0], 6U);
}

TEST(Waterfall, AnotherThreadReadsWhileVenuesComeAndTicksAreCounted) {
  Waterfall waterfall;
  std::atomic<bool> done{false};
  std::thread reader([&] {
    std::uint64_t last = 0;
    while (!done.load()) {
      std::uint64_t sum = 0;
      waterfall.each([&](const Waterfall::Venue& venue) {
        ASSERT_FALSE(venue.name.empty());
        for (const auto& ring : venue.ring) sum += count(ring);
      });
      ASSERT_GE(sum, last);
      last = sum;
    }
  });
  for (std::uint32_t i = 0; i < 40; ++i) {
    waterfall.on_instrument(instrument(i, fmt::format("v{}", i)));
    for (int turn = 0; turn < 500; ++turn) {
      waterfall.on_tick(header(i, Channel::kQuote, turn));
      waterfall.end_batch(Timestamp{turn + 20}, 0);
      waterfall.on_flushed(Timestamp{turn + 30}, 0);
    }
  }
  done.store(true);
  reader.join();
  EXPECT_EQ(count(waterfall.all()), 40U * 500U);
}

}  // namespace
}  // namespace tickgate::gateway
