// SPDX-License-Identifier: Apache-2.0
// Requests for thousands of symbols.
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "gateway/fanout/fan_out.h"

namespace tickgate::gateway {
namespace {

using schemas::Channel;

class LargeRequestTest : public ::testing::Test {
 protected:
  LargeRequestTest() {
    for (int i = 0; i < kMore; ++i) add("X" + std::to_string(i));
  }
  const schemas::Instrument& add(const std::string& base) {
    const auto& more = registry.add("sim", base + "-USD");
    fan_out.on_instrument(more);
    return more;
  }
  // Calls in_between() after each piece; returns how many there were.
  int finish(bool done, const std::function<void()>& in_between) {
    int pieces = 1;
    for (; !done; ++pieces) {
      in_between();
      done = fan_out.go_on(client);
    }
    return pieces;
  }

  static constexpr int kMore = 5'000;
  schemas::InstrumentRegistry registry;
  FanOut fan_out{
      {.subscriptions_per_connection = 10'000, .min_interval_ms = 0, .frame_bytes = 2048}, "EPOCH"};
  Subscriber client;
};

}  // namespace

// No other client waits for all of it, and nothing of the market that changes meanwhile is missed
// or held twice.
TEST_F(LargeRequestTest, IsServedInPiecesAndMissesNothingThatAppearsMeanwhile) {
  EXPECT_TRUE(fan_out.subscribe(client, "0", {Channel::kQuote, {"SIM:X7-USD", "SIM:N1*"}, 25, 0}));
  int appeared = 0;
  const bool done = fan_out.subscribe(client, "1", {Channel::kQuote, {"*"}, 25, 0});
  ASSERT_FALSE(done);
  const int pieces = finish(done, [&] {
    if (appeared < 3) add("N" + std::to_string(appeared++));
  });
  EXPECT_GE(pieces, kMore / 1000);
  EXPECT_EQ(client.outbox.size(), kMore + 3U);
  EXPECT_EQ(fan_out.subscriptions().count(Channel::kQuote), kMore + 3U) << "each once";
  add("LATE");
  EXPECT_EQ(client.outbox.size(), kMore + 4U);

  const bool gone = fan_out.unsubscribe(client, "2", {Channel::kQuote, {"*"}});
  ASSERT_FALSE(gone);
  finish(gone, [&] {
    if (appeared < 6) add("N" + std::to_string(appeared++));
  });
  EXPECT_EQ(client.outbox.size(), 0U);
  EXPECT_EQ(fan_out.subscriptions().count(Channel::kQuote), 0U);
  add("NEVER");
  EXPECT_EQ(client.outbox.size(), 0U) << "its pattern is forgotten";
}

TEST_F(LargeRequestTest, ClientThatLeavesInTheMiddleOfItIsReferredToNoMore) {
  ASSERT_FALSE(fan_out.subscribe(client, "1", {Channel::kQuote, {"*"}, 25, 0}));
  fan_out.remove(client);
  EXPECT_EQ(fan_out.subscriptions().count(Channel::kQuote), 0U);
  EXPECT_EQ(client.request, nullptr);
  EXPECT_TRUE(client.replies.empty());
}

}  // namespace tickgate::gateway
