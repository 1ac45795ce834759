// SPDX-License-Identifier: Apache-2.0
// What plain HTTP gives to those whose credential does not cover everything.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <utility>

#include "gateway/api/http_api.h"
#include "gateway/api/snapshot.h"
#include "tests/support/fake_guard.h"
#include "tests/support/test_ticks.h"

namespace tickgate::gateway {
namespace {

using schemas::Channel;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class EntitledTest : public ::testing::Test {
 protected:
  EntitledTest() {
    for (const auto* const one : {&btc, &eth, &other}) {
      fan_out.on_instrument(*one);
      fan_out.on_tick(testing::status(*one, 1, schemas::State::kLive));
      fan_out.on_tick(testing::quote(*one, 7));
      fan_out.on_tick(testing::book(*one, 3, 25));
    }
  }

  // One list of these patterns.
  Entitled who(std::initializer_list<std::string_view> patterns, Grant grant = {}) {
    grant.subject = "me";
    grant.symbols.push_back(testing::patterns({patterns.begin(), patterns.end()}));
    auto shared = std::make_shared<const Grant>(std::move(grant));
    auto coverage = entitlements.of(shared);
    return {std::move(shared), std::move(coverage)};
  }
  HttpAnswerBody snapshot(const Entitled& who, std::string channel, std::string symbols) {
    HttpRequest request;
    request.query = {{"channel", std::move(channel)}, {"symbols", std::move(symbols)}};
    return snapshot_json(request, fan_out, who);
  }
  std::variant<InstrumentQuery, HttpAnswerBody> query(const Entitled& who, std::string symbols) {
    HttpRequest request;
    if (!symbols.empty()) request.query = {{"symbols", std::move(symbols)}};
    return InstrumentQuery::read(request, fan_out, who);
  }
  std::string page(const Entitled& who) {
    std::string body;
    pages.read({std::get<InstrumentQuery>(query(who, "")), who, false}, asker,
               [&](const InstrumentPages::Page& page) { body = page->body; });
    io.restart();
    while (body.empty() && io.run_one_for(std::chrono::seconds(10)) > 0) {
    }
    return body;
  }

  schemas::InstrumentRegistry registry;
  const schemas::Instrument& btc = registry.add("sim", "BTC-USD");
  const schemas::Instrument& eth = registry.add("sim", "ETH-USD");
  const schemas::Instrument& other = registry.add("else", "BTC-USD");
  FanOut fan_out{{}, "EPOCH"};
  Entitlements entitlements;
  boost::asio::io_context io;
  InstrumentPages pages{fan_out, io};
  std::shared_ptr<int> asker = std::make_shared<int>();
};

TEST_F(EntitledTest, APatternFindsWhatIsCoveredAndNothingElse) {
  const auto some = who({"SIM:*", "ELSE:ETH-USD"});
  for (const std::string pattern : {"*", "*:*", "SIM:*"}) {
    const auto body = snapshot(some, "quote", pattern);
    EXPECT_EQ(body.status, 200U);
    EXPECT_THAT(body.json,
                AllOf(HasSubstr("SIM:BTC-USD"), HasSubstr("SIM:ETH-USD"), Not(HasSubstr("ELSE:"))));
  }
  EXPECT_THAT(snapshot({}, "quote", "*").json, HasSubstr("ELSE:BTC-USD")) << "nobody is limited";
}

TEST_F(EntitledTest, WhatIsNotCoveredIsForbiddenWhetherItIsThereOrNot) {
  Grant plan;
  plan.plan = "basic";
  const auto some = who({"SIM:BTC-USD"}, plan);
  for (const std::string symbols : {"ELSE:BTC-USD", "SIM:BTC-USD,ELSE:NO-SUCH", "ELSE:*"}) {
    const auto body = snapshot(some, "quote", symbols);
    EXPECT_EQ(body.status, 403U) << symbols;
    EXPECT_THAT(body.json, AllOf(HasSubstr(R"("code":"forbidden")"),
                                 HasSubstr("is not covered by plan basic")));
    EXPECT_THAT(body.json, HasSubstr("symbols: ELSE:"));
  }
  EXPECT_EQ(std::get<HttpAnswerBody>(query(some, "ELSE:BTC-USD")).status, 403U);
  // What may be meant is only what may be had.
  EXPECT_THAT(snapshot(who({"SIM:*"}), "quote", "SIM:BTC-USX").json,
              AllOf(HasSubstr("unknown_symbol"), Not(HasSubstr("ELSE:"))));
}

TEST_F(EntitledTest, AChannelThatIsNotCoveredIsForbidden) {
  Grant quotes;
  quotes.channels = 1U << static_cast<unsigned>(Channel::kQuote);
  const auto some = who({"*"}, quotes);
  EXPECT_EQ(snapshot(some, "quote", "*").status, 200U);
  const auto body = snapshot(some, "trade", "*");
  EXPECT_EQ(body.status, 403U);
  EXPECT_THAT(body.json, HasSubstr("channel: trade is not covered by this credential"));
}

TEST_F(EntitledTest, ABookHasNoMoreLevelsThanAreCovered) {
  Grant shallow;
  shallow.depth = 2;
  const auto body = snapshot(who({"*"}, shallow), "book", "SIM:BTC-USD");
  EXPECT_THAT(body.json, HasSubstr(R"("depth":2)"));
  EXPECT_THAT(snapshot({}, "book", "SIM:BTC-USD").json, HasSubstr(R"("depth":25)"));
  EXPECT_EQ(who({"*"}, shallow).depth(1000), 2U);
  EXPECT_EQ(who({"*"}).depth(1000), 1000U);
  EXPECT_EQ(Entitled{}.depth(1000), 1000U);
  Grant deep;
  deep.depth = 30;
  EXPECT_THAT(snapshot(who({"*"}, deep), "book", "SIM:BTC-USD").json, HasSubstr(R"("depth":25)"));
  EXPECT_EQ(who({"*"}, deep).depth(1000), 30U) << "said is a limit, beyond the stream's too";
  deep.depth = 25;
  EXPECT_EQ(who({"*"}, deep).depth(1000), 25U);
}

TEST_F(EntitledTest, InstrumentsAreThoseThatAreCoveredAndNoPageIsAnothers) {
  const auto all = page({});
  const auto some = page(who({"SIM:*"}));
  EXPECT_THAT(some,
              AllOf(HasSubstr("SIM:BTC-USD"), HasSubstr("SIM:ETH-USD"), Not(HasSubstr("ELSE:"))));
  EXPECT_THAT(page(who({"ELSE:*"})), AllOf(HasSubstr("ELSE:BTC-USD"), Not(HasSubstr("SIM:"))));
  // Within the moment that each is kept.
  EXPECT_EQ(page({}), all);
  EXPECT_EQ(page(who({"SIM:*"})), some);
}

TEST_F(EntitledTest, APageForOneIsNoPageForACacheOfMany) {
  HttpRequest request;
  const KeptPage one{"[]", "\"tag\"", false, ""};
  EXPECT_THAT(instruments_response(request, one),
              AllOf(HasSubstr("Cache-Control: no-cache"), Not(HasSubstr("Authorization"))));
  request.guarded = true;
  request.grant = who({"*"}).grant;
  for (const std::string held : {"", "\"tag\""}) {
    request.if_none_match = held;
    EXPECT_THAT(instruments_response(request, one),
                AllOf(HasSubstr("Cache-Control: private, no-cache"),
                      HasSubstr("Vary: Authorization, Accept-Encoding, Origin")));
  }
}

}  // namespace
}  // namespace tickgate::gateway
