// SPDX-License-Identifier: Apache-2.0
// What a pattern covers and a client has no room for.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gateway/fanout/fan_out.h"
#include "tests/support/fake_guard.h"
#include "tests/support/test_ticks.h"

namespace tickgate::gateway {
namespace {

using namespace std::chrono_literals;
using schemas::Channel;

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}
bool has(const std::string& text, std::string_view part) { return count(text, part) > 0; }

// The gateway gives ten, the plan what each test says.
class LeftOutTest : public ::testing::Test {
 protected:
  ~LeftOutTest() override { fan_out.remove(client); }

  static std::shared_ptr<const Grant> plan(std::string name, std::uint32_t subscriptions,
                                           const std::vector<std::string>& symbols = {}) {
    auto grant = std::make_shared<Grant>();
    grant->plan = std::move(name);
    grant->subscriptions = subscriptions;
    if (!symbols.empty()) grant->symbols.push_back(testing::patterns(symbols));
    return grant;
  }
  void appear(const std::string& pair) { fan_out.on_instrument(registry.add("sim", pair)); }
  std::string ask(Channel channel, std::vector<std::string> symbols) {
    fan_out.subscribe(client, "1", {channel, std::move(symbols), 25, 0});
    return said();
  }
  std::string regrant(std::shared_ptr<const Grant> grant) {
    bool done = fan_out.regrant(client, std::move(grant));
    while (!done) done = fan_out.go_on(client);
    return said();
  }
  std::string said() {
    std::string text;
    client.replies.move_to(text);
    return text;
  }
  // The next frame of those that are due.
  std::string sent() {
    std::string frame;
    fan_out.mark_changed(now);
    fan_out.compose(client, now += 1s, frame);
    return frame;
  }

  schemas::InstrumentRegistry registry;
  FanOut fan_out{{.subscriptions_per_connection = 10, .min_interval_ms = 0, .frame_bytes = 65'536},
                 "EPOCH"};
  Subscriber client;
  Monotonic now = 1s;
};

}  // namespace

TEST_F(LeftOutTest, OfInstrumentsThatAppearItIsToldOnceWhichHaveNoRoomAndByWhoseLimit) {
  client.grant = plan("basic", 2);
  appear("A-USD");
  appear("B-USD");
  ask(Channel::kQuote, {"*"});
  sent();
  appear("C-USD");
  appear("D-USD");
  EXPECT_TRUE(client.flush_now) << "whether there are prices or not";
  EXPECT_EQ(sent(), R"([{"type":"unsubscribed","id":null,"channel":"quote","accepted":[],)"
                    R"("rejected":[{"symbol":"SIM:C-USD","code":"too_many_symbols","limit":2,)"
                    R"("plan":"basic"},{"symbol":"SIM:D-USD","code":"too_many_symbols","limit":2,)"
                    R"("plan":"basic"}]}])");
  fan_out.on_tick(testing::quote(*fan_out.instrument("SIM:C-USD"), 1));
  EXPECT_EQ(sent(), "") << "not with each price";
}

TEST_F(LeftOutTest, TheGatewaysOwnLimitIsToldWithoutANumber) {
  for (int i = 0; i < 10; ++i) appear("X" + std::to_string(i) + "-USD");
  ask(Channel::kTrade, {"SIM:*"});
  sent();
  appear("Y-USD");
  EXPECT_TRUE(has(sent(), R"("rejected":[{"symbol":"SIM:Y-USD","code":"too_many_symbols"}])"));
}

TEST_F(LeftOutTest, OfThousandsAHundredAreNamedAndThenTheirPattern) {
  client.grant = plan("basic", 2);
  ask(Channel::kQuote, {"SIM:*"});
  ask(Channel::kTrade, {"*"});
  for (int i = 0; i < 5'000; ++i) appear("X" + std::to_string(i) + "-USD");
  const auto frame = sent();
  EXPECT_EQ(count(frame, "too_many_symbols"), Farewells::kMostLeftOut + 2) << frame;
  for (const auto* const pattern : {"SIM:*", "*"}) {
    EXPECT_TRUE(has(frame, std::string(R"("rejected":[{"symbol":")") + pattern +
                               R"(","code":"too_many_symbols","limit":2,"plan":"basic"}])"));
  }
  EXPECT_EQ(client.farewells, nullptr);
  appear("Z-USD");
  EXPECT_EQ(count(sent(), R"("symbol":"SIM:Z-USD")"), 2U) << "by name again, of either channel";
}

TEST_F(LeftOutTest, APatternThatIsNotRememberedIsRejected) {
  client.grant = plan("basic", 2);
  EXPECT_TRUE(has(ask(Channel::kQuote, {"A:*", "B:*", "C:*"}),
                  R"("accepted":[],"rejected":[{"symbol":"C:*","code":"too_many_symbols",)"
                  R"("limit":2,"plan":"basic"}])"));
  EXPECT_TRUE(has(ask(Channel::kQuote, {"B:*"}), R"("rejected":[])")) << "it is held already";
  client.grant = nullptr;
  for (int i = 0; i < 8; ++i) ask(Channel::kQuote, {"V" + std::to_string(i) + ":*"});
  EXPECT_TRUE(has(ask(Channel::kQuote, {"W:*"}),
                  R"("rejected":[{"symbol":"W:*","code":"too_many_symbols"}])"));
}

TEST_F(LeftOutTest, AWiderGrantSaysWhatOfItHasNoRoom) {
  for (const auto* const pair : {"A-USD", "B-USD", "C-USD", "D-USD"}) appear(pair);
  client.grant = plan("basic", 3, {"SIM:A-USD", "SIM:B-USD"});
  ask(Channel::kQuote, {"*"});
  const auto text = regrant(plan("basic", 3));
  EXPECT_EQ(text, R"({"type":"unsubscribed","id":null,"channel":"quote","accepted":[],)"
                  R"("rejected":[{"symbol":"SIM:D-USD","code":"too_many_symbols","limit":3,)"
                  R"("plan":"basic"}]})");
  EXPECT_EQ(client.outbox.size(), 3U);
  EXPECT_EQ(regrant(plan("more", 4)), "");
  EXPECT_EQ(client.outbox.size(), 4U) << "more room is more that the pattern covers";
}

TEST_F(LeftOutTest, AStricterGrantSaysItsLimitAndItsPlan) {
  for (const auto* const pair : {"A-USD", "B-USD", "C-USD"}) appear(pair);
  client.grant = plan("more", 3);
  ask(Channel::kQuote, {"SIM:A-USD", "SIM:B-USD", "SIM:C-USD"});
  EXPECT_EQ(regrant(plan("basic", 2)),
            R"({"type":"unsubscribed","id":null,"channel":"quote","accepted":[],)"
            R"("rejected":[{"symbol":"SIM:C-USD","code":"too_many_symbols","limit":2,)"
            R"("plan":"basic"}]})");
  EXPECT_EQ(regrant(plan("basic", 2, {"SIM:A-USD"})),
            R"({"type":"unsubscribed","id":null,"channel":"quote","accepted":[],)"
            R"("rejected":[{"symbol":"SIM:B-USD","code":"forbidden"}]})");
}

TEST_F(LeftOutTest, PatternsThatAStricterGrantEndsAreTold) {
  client.grant = plan("more", 3);
  ask(Channel::kBook, {"B:*"});
  ask(Channel::kQuote, {"Q:*", "R:*"});
  auto stricter = std::make_shared<Grant>(*plan("basic", 1));
  stricter->channels = 1U << static_cast<unsigned>(Channel::kQuote);
  const auto text = regrant(stricter);
  EXPECT_TRUE(has(text, R"("channel":"book","accepted":[],)"
                        R"("rejected":[{"symbol":"B:*","code":"forbidden"}])"))
      << text;
  EXPECT_TRUE(has(text, R"("channel":"quote","accepted":[],)"
                        R"("rejected":[{"symbol":"R:*","code":"too_many_symbols","limit":1,)"
                        R"("plan":"basic"}])"))
      << text;
  ASSERT_EQ(client.patterns->size(), 1U);
  EXPECT_EQ(client.patterns->front().pattern.text(), "Q:*");
}

TEST_F(LeftOutTest, WhatAppearsWhileAGrantIsJudgedFindsTheRoomThatThisMakes) {
  fan_out.set_limits({.subscriptions_per_connection = 5'000, .min_interval_ms = 0});
  for (int i = 0; i < 2 * static_cast<int>(kPiece); ++i) appear("X" + std::to_string(i) + "-USD");
  ask(Channel::kQuote, {"*"});
  while (client.request != nullptr) fan_out.go_on(client);
  said();
  ASSERT_FALSE(fan_out.regrant(client, plan("basic", 1, {"SIM:NEW-USD"})));
  appear("NEW-USD");
  while (!fan_out.go_on(client)) {
  }
  EXPECT_EQ(client.outbox.size(), 1U);
  EXPECT_EQ(count(said(), "too_many_symbols"), 0U);
}

}  // namespace tickgate::gateway
