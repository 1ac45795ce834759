// SPDX-License-Identifier: Apache-2.0
// What a client's grant lets it have.
#include "gateway/fanout/entitlements.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "gateway/fanout/fan_out.h"
#include "tests/support/fake_guard.h"
#include "tests/support/test_ticks.h"

namespace tickgate::gateway {
namespace {

using namespace std::chrono_literals;
using schemas::Channel;
using testing::patterns;

class EntitlementsTest : public ::testing::Test {
 protected:
  EntitlementsTest() {
    for (const auto* const instrument : {&btc, &eth, &other}) {
      fan_out.on_instrument(*instrument);
      fan_out.on_tick(testing::status(*instrument, 1, schemas::State::kLive));
    }
  }
  ~EntitlementsTest() override { fan_out.remove(client); }

  void hold(Grant grant) {
    grant.subject = "alice";
    client.grant = std::make_shared<const Grant>(std::move(grant));
  }
  void regrant(Grant grant) {
    grant.subject = "alice";
    bool done = fan_out.regrant(client, std::make_shared<const Grant>(std::move(grant)));
    while (!done) done = fan_out.go_on(client);
  }
  static Grant symbols(const std::vector<std::vector<std::string>>& lists) {
    Grant grant;
    for (const auto& list : lists) grant.symbols.push_back(patterns(list));
    return grant;
  }
  // What it is told, without values.
  std::string ask(const SubscribeRequest& request) {
    bool done = fan_out.subscribe(client, "1", request);
    while (!done) done = fan_out.go_on(client);
    return said();
  }
  std::string said() {
    std::string text;
    client.replies.move_to(text);
    return text;
  }
  std::string frame() {
    std::string text;
    fan_out.compose(client, now += 1s, text);
    return text;
  }
  std::vector<std::string> held() {
    std::vector<std::string> symbols;
    client.outbox.for_each([&](SlotIndex, const Slot& slot) {
      symbols.push_back(std::string(name(slot.channel)) + " " +
                        fan_out.instruments()[slot.instrument.value()]->symbol);
    });
    std::ranges::sort(symbols);
    return symbols;
  }

  using Held = std::vector<std::string>;
  schemas::InstrumentRegistry registry;
  const schemas::Instrument& btc = registry.add("sim", "BTC-USD");
  const schemas::Instrument& eth = registry.add("sim", "ETH-USD");
  const schemas::Instrument& other = registry.add("oth", "BTC-USD");
  FanOut fan_out{{.subscriptions_per_connection = 10, .min_interval_ms = 50, .frame_bytes = 4096},
                 "EPOCH"};
  Subscriber client;
  Monotonic now = 1s;
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_F(EntitlementsTest, WhatIsForbiddenLooksTheSameWhetherItExistsOrNot) {
  hold(symbols({{"SIM:*"}, {"*:BTC-USD", "SIM:NEW-USD"}}));
  const auto text = ask({Channel::kQuote,
                         {"SIM:BTC-USD", "OTH:BTC-USD", "OTH:NOPE-USD", "SIM:ETH-USD",
                          "SIM:ETHX-USD", "SIM:NEW-USD", "eth-usd", "btc-usd"}});
  EXPECT_TRUE(has(text, R"("accepted":["SIM:BTC-USD"])")) << text;
  EXPECT_TRUE(has(text, R"([{"symbol":"OTH:BTC-USD","code":"forbidden"},)"
                        R"({"symbol":"OTH:NOPE-USD","code":"forbidden"},)"
                        R"({"symbol":"SIM:ETH-USD","code":"forbidden"},)"
                        R"({"symbol":"SIM:ETHX-USD","code":"forbidden"},)"
                        R"({"symbol":"SIM:NEW-USD","code":"unknown_symbol"},)"
                        R"({"symbol":"eth-usd","code":"unknown_symbol"},)"
                        R"({"symbol":"btc-usd","code":"unknown_symbol",)"
                        R"("did_you_mean":["SIM:BTC-USD"]}])"))
      << text;
  fan_out.unsubscribe(client, "2", {Channel::kQuote, {"OTH:BTC-USD", "OTH:NOPE-USD"}});
  EXPECT_TRUE(has(said(), R"([{"symbol":"OTH:BTC-USD","code":"forbidden"},)"
                          R"({"symbol":"OTH:NOPE-USD","code":"forbidden"}])"));
}

TEST_F(EntitlementsTest, APatternCoversWhatIsGrantedNowAndLater) {
  hold(symbols({{"SIM:*"}}));
  EXPECT_TRUE(
      has(ask({Channel::kQuote, {"*:BTC-USD", "OTH:*", "OTH:X-USD"}}),
          R"("accepted":["SIM:BTC-USD"],"rejected":[{"symbol":"OTH:*","code":"forbidden"},)"));
  ask({Channel::kTrade, {"*"}});
  EXPECT_EQ(held(), (Held{"quote SIM:BTC-USD", "trade SIM:BTC-USD", "trade SIM:ETH-USD"}));
  fan_out.on_instrument(registry.add("sim", "NEW-USD"));
  fan_out.on_instrument(registry.add("oth", "NEW-USD"));
  EXPECT_EQ(held(), (Held{"quote SIM:BTC-USD", "trade SIM:BTC-USD", "trade SIM:ETH-USD",
                          "trade SIM:NEW-USD"}));
}

TEST_F(EntitlementsTest, AChannelThatIsNotGrantedIsRefusedByName) {
  Grant grant;
  grant.plan = "basic";
  grant.channels = 1U << static_cast<unsigned>(Channel::kQuote);
  hold(grant);
  EXPECT_EQ(ask({Channel::kBook, {"*"}}),
            R"({"type":"error","id":1,"code":"forbidden",)"
            R"("message":"channel: book is not granted by plan basic","fatal":false})");
  EXPECT_TRUE(held().empty());
}

TEST_F(EntitlementsTest, DepthIsCappedIntervalIsRaisedAndBothAreSaid) {
  Grant grant;
  grant.depth = 5;
  grant.min_interval_ms = 200;
  hold(grant);
  EXPECT_TRUE(has(ask({Channel::kBook, {"SIM:BTC-USD"}, 10, 100}),
                  R"("rejected":[],"depth":5,"interval_ms":200)"));
  EXPECT_TRUE(
      has(ask({Channel::kBook, {"SIM:BTC-USD"}, 5, 300}), R"("rejected":[],"interval_ms":300)"));
  grant.min_interval_ms = 20;
  hold(grant);
  EXPECT_TRUE(has(ask({Channel::kQuote, {"SIM:BTC-USD"}, 25, 0}), R"("interval_ms":50)"))
      << "the gateway's own is stricter";
}

TEST_F(EntitlementsTest, ALimitOfThePlanIsNamed) {
  Grant grant;
  grant.plan = "basic";
  grant.subscriptions = 1;
  hold(grant);
  EXPECT_TRUE(has(ask({Channel::kQuote, {"SIM:BTC-USD", "SIM:ETH-USD", "*"}}),
                  R"([{"symbol":"SIM:ETH-USD","code":"too_many_symbols","limit":1,"plan":"basic"},)"
                  R"({"symbol":"*","code":"too_many_symbols","limit":1,"plan":"basic"}])"));
  grant.subscriptions = 100;
  hold(grant);
  ask({Channel::kTrade, {"*"}});
  ask({Channel::kBook, {"*"}});
  EXPECT_TRUE(has(ask({Channel::kTicker, {"*"}}), R"([])"));
  EXPECT_TRUE(has(ask({Channel::kStatus, {"OTH:BTC-USD"}}),
                  R"([{"symbol":"OTH:BTC-USD","code":"too_many_symbols"}])"))
      << "the gateway's own limit";
}

TEST_F(EntitlementsTest, AStricterGrantEndsWhatItDoesNotCover) {
  ask({Channel::kQuote, {"*"}});
  ask({Channel::kBook, {"SIM:*"}, 25, 0});
  frame();
  auto stricter = symbols({{"SIM:*"}});
  stricter.channels =
      1U << static_cast<unsigned>(Channel::kQuote) | 1U << static_cast<unsigned>(Channel::kTrade);
  stricter.min_interval_ms = 500;
  regrant(stricter);
  EXPECT_EQ(held(), (Held{"quote SIM:BTC-USD", "quote SIM:ETH-USD"}));
  const auto text = said();
  EXPECT_TRUE(has(text, R"({"type":"unsubscribed","id":null,"channel":"quote","accepted":[],)"
                        R"("rejected":[{"symbol":"OTH:BTC-USD","code":"forbidden"}]})"))
      << text;
  EXPECT_TRUE(has(text, R"("channel":"book")")) << text;
  EXPECT_FALSE(has(text, R"("closed")")) << "they are served as ever, to others: " << text;
  EXPECT_EQ(fan_out.subscriptions().intervals().begin()->first, 500U);
  ASSERT_EQ(client.patterns->size(), 1U);
  fan_out.on_instrument(registry.add("oth", "NEW-USD"));
  fan_out.on_instrument(registry.add("sim", "NEW-USD"));
  EXPECT_EQ(held(), (Held{"quote SIM:BTC-USD", "quote SIM:ETH-USD", "quote SIM:NEW-USD"}));
}

TEST_F(EntitlementsTest, ALowerDepthShowsInTheNextBook) {
  fan_out.on_tick(testing::book(btc, 1, 3));
  ask({Channel::kBook, {"SIM:BTC-USD"}, 3, 0});
  EXPECT_TRUE(has(frame(), R"("depth":3)"));
  Grant grant;
  grant.depth = 2;
  regrant(grant);
  EXPECT_TRUE(has(frame(), R"("depth":2)"));
}

TEST_F(EntitlementsTest, AWiderGrantLetsPatternsCoverMore) {
  hold(symbols({{"SIM:BTC-USD"}}));
  ask({Channel::kQuote, {"*"}});
  ask({Channel::kTrade, {"SIM:*"}});
  EXPECT_EQ(held(), (Held{"quote SIM:BTC-USD", "trade SIM:BTC-USD"}));
  regrant(symbols({{"SIM:*", "OTH:*"}}));
  EXPECT_EQ(held(), (Held{"quote OTH:BTC-USD", "quote SIM:BTC-USD", "quote SIM:ETH-USD",
                          "trade SIM:BTC-USD", "trade SIM:ETH-USD"}));
  Grant fewer;
  fewer.subscriptions = 2;
  regrant(fewer);
  EXPECT_EQ(held().size(), 2U);
  EXPECT_TRUE(has(said(), "too_many_symbols"));
}

TEST_F(EntitlementsTest, ManyInstrumentsAreJudgedInPieces) {
  for (int i = 0; i < 3'000; ++i) {
    fan_out.on_instrument(registry.add("many", "X" + std::to_string(i) + "-USD"));
  }
  fan_out.set_limits({.subscriptions_per_connection = 5'000, .min_interval_ms = 0});
  hold(symbols({{"SIM:*"}}));
  ask({Channel::kQuote, {"*"}});
  auto all = std::make_shared<Grant>();
  all->subject = "alice";
  int pieces = 1;
  for (bool done = fan_out.regrant(client, all); !done; ++pieces) done = fan_out.go_on(client);
  EXPECT_GE(pieces, 3);
  EXPECT_EQ(client.outbox.size(), 3'003U);
  auto none = std::make_shared<Grant>(symbols({{"OTH:*"}}));
  pieces = 1;
  for (bool done = fan_out.regrant(client, none); !done; ++pieces) done = fan_out.go_on(client);
  EXPECT_GE(pieces, 3);
  EXPECT_EQ(held(), (Held{"quote OTH:BTC-USD"}));
}

TEST(Coverage, ByInstrumentAndByTextItSaysTheSameAsTheGrant) {
  schemas::InstrumentRegistry registry;
  std::vector<const schemas::Instrument*> all;
  for (const char* venue : {"a", "b", "c"}) {
    for (const char* pair : {"X-USD", "Y-USD", "Z-EUR"}) all.push_back(&registry.add(venue, pair));
  }
  const std::vector<std::vector<std::string>> lists = {
      {"A:*"}, {"*:X-USD"}, {"*"}, {"B:Z-EUR"}, {"A:*", "*:Y-USD", "C:Z-EUR"}};
  for (const auto& first : lists) {
    for (const auto& second : lists) {
      auto grant = std::make_shared<Grant>();
      grant->symbols = {patterns(first), patterns(second)};
      Coverage coverage(grant);
      for (int twice = 0; twice < 2; ++twice) {
        for (const auto* const one : all) {
          EXPECT_EQ(coverage.covers(*one), grant->allows(*one)) << one->symbol;
          EXPECT_EQ(coverage.covers(one->symbol), grant->allows(*one)) << one->symbol;
        }
      }
    }
  }
}

TEST(Entitlements, ThoseOfOnePlanShareOneAndTheOldestGo) {
  Entitlements entitlements;
  const auto grant_of = [](const std::string& list) {
    auto grant = std::make_shared<Grant>();
    grant->symbols.push_back(patterns({list}));
    return grant;
  };
  EXPECT_EQ(entitlements.of(nullptr), nullptr);
  EXPECT_EQ(entitlements.of(std::make_shared<Grant>()), nullptr);
  const auto first = entitlements.of(grant_of("A:*"));
  EXPECT_EQ(entitlements.of(grant_of("A:*")), first);
  for (std::size_t i = 0; i < Entitlements::kMost; ++i) {
    entitlements.of(grant_of("A:X" + std::to_string(i) + "-USD"));
  }
  EXPECT_EQ(first.use_count(), 1) << "whoever uses it keeps it";
  EXPECT_NE(entitlements.of(grant_of("A:*")), first);
}

}  // namespace tickgate::gateway
