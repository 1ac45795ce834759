// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/explainer.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/running_shard.h"
#include "tests/support/stream_client.h"

namespace tickgate::gateway {
namespace {

using ::testing::HasSubstr;
using testing::RunningShard;

HttpRequest request(std::vector<QueryParameter> query) {
  HttpRequest request;
  request.query = std::move(query);
  return request;
}

// A shard that runs, and a thread of feeds whose answers are the test's.
class ExplainerTest : public ::testing::Test {
 protected:
  using Told = std::function<void(std::optional<feeds::Explanation>)>;

  ExplainerTest() {
    running.add("BTC-USD");
    running.drained();
    registry.add("test", "BTC-USD");
  }

  void ask(std::vector<QueryParameter> query) {
    explainer.explain(request(std::move(query)),
                      [this](AdminAnswer answer) { answers.push_back(std::move(answer)); });
  }
  // Until so many answers are there.
  void run_until(std::size_t count) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (answers.size() < count && std::chrono::steady_clock::now() < end) {
      io.run_for(std::chrono::milliseconds(10));
      io.restart();
    }
    ASSERT_EQ(answers.size(), count);
  }

  boost::asio::io_context io;  // the shard's thread posts to it until it has ended
  RunningShard running;
  schemas::InstrumentRegistry registry;
  std::vector<Told> asked;  // of the feeds, and not answered
  std::vector<AdminAnswer> answers;
  Explainer explainer{io,
                      registry,
                      {&running.shard},
                      {{"the feeds' thread", [this](schemas::InstrumentId, Told told) {
                          asked.push_back(std::move(told));
                        }}}};
};

TEST_F(ExplainerTest, WhatFeedsAndShardsSayIsOneAnswer) {
  ask({{"symbol", "TEST:BTC-USD"}});
  ASSERT_EQ(asked.size(), 1U);
  feeds::Explanation told;
  told.feed = "mine";
  told.status.state = told.status.quote_state = schemas::State::kHalted;
  asked[0](told);
  run_until(1);
  EXPECT_EQ(answers[0].status, 200U);
  EXPECT_THAT(answers[0].body, HasSubstr(R"("feed":"mine")"));
  EXPECT_THAT(answers[0].body, HasSubstr(R"("state":"halted")"));
  EXPECT_THAT(answers[0].body, HasSubstr(R"("missing":[])"));
}

TEST_F(ExplainerTest, FollowersAreToldByChannelLengthOfBarsAndInterval) {
  testing::StreamClient one(running.port()), two(running.port());
  const auto follow = [](testing::StreamClient& client, std::string_view what) {
    client.send_text(
        fmt::format(R"({{"op":"subscribe","id":1,"symbols":["TEST:BTC-USD"],{}}})", what));
    client.next_text_with(R"("type":"subscribed")");
  };
  follow(one, R"("channel":"quote","interval_ms":100)");
  follow(one, R"("channel":"bar","interval":"1m","interval_ms":100)");
  follow(two, R"("channel":"bar","interval":"1m","interval_ms":100)");
  follow(two, R"("channel":"bar","interval":"1s","interval_ms":100)");
  follow(one, R"("channel":"bar","interval":"1s","interval_ms":250)");
  ask({{"symbol", "TEST:BTC-USD"}});
  ASSERT_EQ(asked.size(), 1U);
  asked[0]({});
  run_until(1);
  EXPECT_THAT(answers[0].body,
              HasSubstr(R"("subscribers":[)"
                        R"({"channel":"quote","interval":null,"interval_ms":100,"count":1},)"
                        R"({"channel":"bar","interval":"1s","interval_ms":100,"count":1},)"
                        R"({"channel":"bar","interval":"1s","interval_ms":250,"count":1},)"
                        R"({"channel":"bar","interval":"1m","interval_ms":100,"count":2}])"));
}

TEST_F(ExplainerTest, AThreadThatStandsStillIsMissingAndIsNotAskedForEver) {
  constexpr std::size_t kTurns = Debt::kMost + 2;
  for (std::size_t i = 1; i <= kTurns; ++i) {
    ask({{"symbol", "TEST:BTC-USD"}});
    run_until(i);
    EXPECT_THAT(answers.back().body, HasSubstr(R"("missing":["the feeds' thread"])"));
    EXPECT_THAT(answers.back().body, HasSubstr(R"("state":"live")")) << "as the shard has it";
  }
  EXPECT_EQ(asked.size(), Debt::kMost);
  asked.front()({});  // too late
  run_until(kTurns);
  asked.clear();  // it will not answer these any more
  ask({{"symbol", "TEST:BTC-USD"}});
  EXPECT_EQ(asked.size(), 1U) << "it is asked again";
}

TEST_F(ExplainerTest, NoMoreThanAFewAtOnceAndTheOthersAreTold) {
  for (std::size_t i = 0; i < Explainer::kMostAtOnce; ++i) ask({{"symbol", "TEST:BTC-USD"}});
  ask({{"symbol", "TEST:BTC-USD"}});
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].status, 503U);
  run_until(1 + Explainer::kMostAtOnce);
  explainer.list_clients(request({}),
                         [this](AdminAnswer answer) { answers.push_back(std::move(answer)); });
  run_until(2 + Explainer::kMostAtOnce);
  EXPECT_EQ(answers.back().status, 200U) << "their places are free again";
  EXPECT_THAT(answers.back().body, HasSubstr(R"("clients":0,"slowest":[],"missing":[])"));
}

TEST_F(ExplainerTest, AnUnknownSymbolIsLookedForNearby) {
  ask({{"symbol", "btc/usd"}});
  run_until(1);
  EXPECT_EQ(answers[0].status, 404U);
  EXPECT_THAT(answers[0].body, HasSubstr(R"("did_you_mean":["TEST:BTC-USD"])"));
  EXPECT_TRUE(asked.empty());
  ask({{"symbol", "btc/usd"}, {"format", "text"}});
  run_until(2);
  EXPECT_EQ(answers[1].body, "symbol: unknown btc/usd, did you mean TEST:BTC-USD?\n");
}

TEST_F(ExplainerTest, AWrongQuestionIsSaidToBeOne) {
  ask({});
  ask({{"symbol", ""}});
  ask({{"symbol", "TEST:BTC-USD"}, {"format", "xml"}});
  for (const auto* limit : {"0", "1001", "-1", "x", ""}) {
    explainer.list_clients(request({{"limit", limit}}),
                           [this](AdminAnswer answer) { answers.push_back(std::move(answer)); });
  }
  ASSERT_EQ(answers.size(), 8U);
  for (const auto& answer : answers) EXPECT_EQ(answer.status, 400U);
}

}  // namespace
}  // namespace tickgate::gateway
