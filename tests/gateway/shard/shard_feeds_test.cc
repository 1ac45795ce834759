// SPDX-License-Identifier: Apache-2.0
// A feed's thread that stands still, as the clients of a shard see it.
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "gateway/net/clock.h"
#include "tests/support/running_shard.h"
#include "tests/support/stream_client.h"

namespace tickgate::gateway {
namespace {

using std::chrono::seconds;
using testing::RunningShard;
using testing::StreamClient;

// With the bell, and idle.
class ShardFeeds : public ::testing::TestWithParam<int> {
 protected:
  std::string subscription(const std::string& channel) const {
    return R"({"op":"subscribe","id":1,"channel":")" + channel +
           R"(","symbols":["*"],"interval_ms":)" + std::to_string(GetParam()) + "}";
  }
};

INSTANTIATE_TEST_SUITE_P(Interval, ShardFeeds, ::testing::Values(0, 1'000));

TEST_P(ShardFeeds, OneThatStandsStillIsStaleForEverybodyUntilItMoves) {
  RunningShard running;
  const auto& btc = running.add("BTC-USD");
  running.push(testing::quote(btc, 1));
  StreamClient quotes(running.port()), trades(running.port());
  quotes.send_text(subscription("quote"));
  trades.send_text(subscription("trade"));
  quotes.next_text_with(R"("state":"live")");
  trades.next_text_with(R"("state":"live")");

  running.beat.strike(monotonic_now() - seconds(2));  // the last one, and no other follows
  for (auto* client : {&quotes, &trades}) {
    const auto stale = client->next_text_with(R"("state":"stale")");
    EXPECT_NE(stale.find("the feed's thread stands still"), std::string::npos) << stale;
  }
  StreamClient late(running.port());
  late.send_text(subscription("quote"));
  const auto shown = late.next_text_with(R"("type":"quote")");
  EXPECT_NE(shown.find(R"("state":"stale")"), std::string::npos) << shown;

  running.push(testing::quote(btc, 2));
  running.drained();
  const auto meanwhile = late.next_text_with(R"("type":"quote")");
  EXPECT_EQ(meanwhile.find(R"("state":"live")"), std::string::npos) << "a value is no beat";
  running.beat.strike(monotonic_now());
  for (auto* client : {&quotes, &trades, &late}) client->next_text_with(R"("state":"live")");
}

}  // namespace
}  // namespace tickgate::gateway
