// SPDX-License-Identifier: Apache-2.0
#include "feeds/derived/best.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/best_lines.h"
#include "tests/support/test_ticks.h"

namespace tickgate::feeds {
namespace {

using schemas::Instrument;
using schemas::State;
using testing::price;
using testing::quantity;
using Lines = std::vector<std::string>;

class BestTest : public ::testing::Test {
 protected:
  void quote(const Instrument& instrument, std::string_view bid, std::string_view bid_size,
             std::string_view ask, std::string_view ask_size) {
    schemas::Quote tick;
    tick.header = testing::header(instrument, schemas::Channel::kQuote, 1);
    tick.header.receive_time = schemas::Timestamp{++now_};
    tick.bid = price(bid);
    tick.bid_size = quantity(bid_size);
    tick.ask = price(ask);
    tick.ask_size = quantity(ask_size);
    best.on_quote(tick);
  }
  void state(const Instrument& instrument, State state, std::string_view reason = {}) {
    auto tick = testing::status(instrument, 1, state);
    tick.header.receive_time = schemas::Timestamp{++now_};
    tick.quote_reason = reason;
    best.on_status(tick);
  }
  // All of `instruments` are live at 10 to 11.
  void begin(std::initializer_list<const Instrument*> instruments) {
    for (const auto* instrument : instruments) {
      best.on_instrument(*instrument, 0);
      state(*instrument, State::kLive);
      quote(*instrument, "10", "1", "11", "1");
    }
    best.settle();
    out.take();
  }
  Lines settled() {
    best.settle();
    return out.take();
  }

  std::int64_t now_ = 1'700'000'000'000'000;
  schemas::InstrumentRegistry registry;
  const Instrument& a = registry.add("a", "BTC-USD");
  const Instrument& b = registry.add("b", "BTC-USD");
  const Instrument& c = registry.add("c", "BTC-USD");
  const Instrument& a_usdt = registry.add("a", "BTC-USDT");
  const Instrument& b_usdt = registry.add("b", "BTC-USDT");
  testing::BestLines out;
  BestRules rules{{{"ETH", "USD", {"b", "a"}, {"USDT"}}, {"*", "USD", {"a", "b", "c"}, {}}}};
  Best best{rules, registry, out};
};

}  // namespace

TEST_F(BestTest, IsAnnouncedWithItsFirstMemberAndDownUntilOneIsIn) {
  best.on_instrument(a, 0);
  EXPECT_EQ(settled(), Lines{"instrument BEST:BTC-USD"});
  EXPECT_EQ(registry.find("BEST:BTC-USD")->sources, (Lines{"a", "b", "c"}));
  state(a, State::kDown, "connecting");
  EXPECT_EQ(settled(), Lines{"status BEST:BTC-USD down in[] out[a down: connecting, b absent, c "
                             "absent]"});
  state(a, State::kLive);
  EXPECT_EQ(settled(), Lines{"status BEST:BTC-USD down in[] out[a without quotes, b absent, c "
                             "absent]"});
  quote(a, "10", "1", "11", "2");
  EXPECT_EQ(settled(), (Lines{"status BEST:BTC-USD live in[a] out[b absent, c absent]",
                              "quote BEST:BTC-USD 10x1@a 11x2@a"}));
}

TEST_F(BestTest, TakesEachSideFromWhereItIsBestThenTheLargerSizeThenTheOrder) {
  begin({&c, &b, &a});
  quote(b, "10.5", "1", "12", "1");
  EXPECT_EQ(settled(), Lines{"quote BEST:BTC-USD 10.5x1@b 11x1@a"});
  quote(c, "10.50", "1.0", "11.00", "1.5");  // equal by value, in other digits
  EXPECT_EQ(settled(), Lines{"quote BEST:BTC-USD 10.5x1@b 11.00x1.5@c"});
  quote(c, "10.50", "1.01", "11.00", "1");
  EXPECT_EQ(settled(), Lines{"quote BEST:BTC-USD 10.50x1.01@c 11x1@a"});
}

TEST_F(BestTest, IsPublishedOnlyWhenDigitsOrVenuesChange) {
  begin({&a, &b});
  quote(b, "9", "1", "12", "1");
  EXPECT_EQ(settled(), Lines{});
  quote(b, "10", "2", "12", "1");
  EXPECT_EQ(settled(), Lines{"quote BEST:BTC-USD 10x2@b 11x1@a"});
  quote(a, "10", "2", "11", "1");  // the same digits, of another venue
  EXPECT_EQ(settled(), Lines{"quote BEST:BTC-USD 10x2@a 11x1@a"});
  ASSERT_EQ(out.quotes.back().header.sequence.value(), out.quotes.size());
  EXPECT_EQ(out.quotes.back().header.venue_time, schemas::kNoTime);
  EXPECT_EQ(out.quotes.back().header.receive_time.value(), now_);
}

TEST_F(BestTest, AVenueThatIsNotLiveHasLeftBeforeItsStatusPasses) {
  for (const auto state_now :
       {State::kStale, State::kRecovering, State::kHalted, State::kDown, State::kClosed}) {
    BestRules own{{{"*", "USD", {"a", "b"}, {}}}};
    testing::BestLines lines;
    Best best_now(own, registry, lines);
    for (const auto* one : {&a, &b}) {
      best_now.on_instrument(*one, 0);
      best_now.on_status(testing::status(*one, 1, State::kLive));
      best_now.on_quote(testing::quote(*one, 1, one == &a ? "100" : "101"));
    }
    best_now.settle();
    lines.take();
    best_now.on_status(testing::status(b, 2, state_now));
    EXPECT_EQ(lines.take(), (Lines{"quote BEST:BTC-USD 100x1.0@a 200.20x2.0@a",
                                   "status BEST:BTC-USD live in[a] out[b " +
                                       std::string(name(state_now)) + "]"}));
    best_now.on_quote(testing::quote(b, 2, "102"));
    best_now.settle();
    EXPECT_EQ(lines.take(), Lines{});
    best_now.on_status(testing::status(b, 3, State::kLive));
    best_now.settle();
    EXPECT_EQ(lines.take(), (Lines{"status BEST:BTC-USD live in[a, b] out[]",
                                   "quote BEST:BTC-USD 102x1.0@b 200.20x2.0@a"}));
  }
}

TEST_F(BestTest, WithoutAnyVenueItHasNoPriceAndIsDown) {
  begin({&a});
  state(a, State::kStale, "silent beyond its rhythm");
  EXPECT_EQ(out.take(), (Lines{"quote BEST:BTC-USD - -",
                               "status BEST:BTC-USD down in[] out[a stale: silent beyond its "
                               "rhythm, b absent, c absent]"}));
  state(a, State::kLive);
  EXPECT_EQ(settled(), (Lines{"status BEST:BTC-USD live in[a] out[b absent, c absent]",
                              "quote BEST:BTC-USD 10x1@a 11x1@a"}));
}

TEST_F(BestTest, ASideThatIsEmptyEverywhereIsEmpty) {
  begin({&a, &b});
  quote(a, "0", "0", "12", "1");
  quote(b, "0", "0", "0", "0");
  EXPECT_EQ(settled(), Lines{"quote BEST:BTC-USD - 12x1@a"});
}

TEST_F(BestTest, TheFirstRuleThatFitsDecidesAndOnlyItsCurrenciesAreJoined) {
  const auto& eth_a = registry.add("a", "ETH-USD");
  const auto& eth_b = registry.add("b", "ETH-USDT");
  const auto& eth_c = registry.add("c", "ETH-USD");
  begin({&a, &b_usdt, &eth_a, &eth_b, &eth_c});
  EXPECT_EQ(best.pairs(), 2U);
  EXPECT_EQ(registry.find("BEST:BTC-USDT"), nullptr);
  EXPECT_EQ(registry.find("BEST:ETH-USD")->sources, (Lines{"b", "a"}));
  quote(eth_b, "10", "1", "11", "3");
  quote(eth_c, "99", "1", "99", "1");  // not one of its venues
  EXPECT_EQ(settled(), Lines{"quote BEST:ETH-USD 10x1@b 11x3@b"});
}

TEST_F(BestTest, AVenueWithSeveralInstrumentsIsInWhileOneOfThemIs) {
  BestRules joined{{{"*", "USD", {"a", "b"}, {"USDT"}}}};
  testing::BestLines lines;
  Best both(joined, registry, lines);
  for (const auto* one : {&a_usdt, &a}) {
    both.on_instrument(*one, 0);
    both.on_status(testing::status(*one, 1, State::kLive));
    both.on_quote(testing::quote(*one, 1, one == &a ? "100.0" : "100"));
  }
  both.settle();
  EXPECT_EQ(lines.lines.back(), "quote BEST:BTC-USD 100.0x1.0@a 200.20x2.0@a") << "its own first";
  lines.take();
  both.on_status(testing::status(a, 2, State::kDown));
  EXPECT_EQ(lines.take(), Lines{"quote BEST:BTC-USD 100x1.0@a 200.20x2.0@a"});
  both.on_status(testing::status(a_usdt, 2, State::kHalted));
  EXPECT_EQ(lines.take(), (Lines{"quote BEST:BTC-USD - -",
                                 "status BEST:BTC-USD down in[] out[a halted, b absent]"}));
}

TEST_F(BestTest, AThreadThatStandsStillTakesItsVenuesOut) {
  best.on_instrument(b, 1);
  begin({&a, &b, &c});
  quote(b, "10.5", "1", "11", "1");
  settled();
  best.stand_still(1, true, schemas::Timestamp{++now_});
  EXPECT_EQ(out.take(), (Lines{"quote BEST:BTC-USD 10x1@a 11x1@a",
                               "status BEST:BTC-USD live in[a, c] out[b stale: its feed's thread "
                               "stands still]"}));
  quote(b, "10.6", "1", "11", "1");
  EXPECT_EQ(settled(), Lines{});
  best.stand_still(1, false, schemas::Timestamp{++now_});
  EXPECT_EQ(out.take(), (Lines{"status BEST:BTC-USD live in[a, b, c] out[]",
                               "quote BEST:BTC-USD 10.6x1@b 11x1@a"}));
}

TEST_F(BestTest, ANameThatIsTooLongForASymbolOfOursIsLeftOut) {
  const auto& longest = registry.add("a", std::string(57, 'X').append("X-USD"));
  ASSERT_EQ(longest.symbol.size(), 64U);
  best.on_instrument(longest, 0);
  EXPECT_EQ(best.pairs(), 0U);
}

TEST_F(BestTest, NamesThatHaveNoRoomAreCounted) {
  std::vector<std::string> venues;
  for (char name = 'a'; name < 'm'; ++name) venues.emplace_back(10, name);
  BestRules many{{{"*", "*", venues, {}}}};
  testing::BestLines lines;
  Best wide(many, registry, lines);
  for (const auto& venue : venues) {
    const auto& instrument = registry.add(venue, "X-Y");
    wide.on_instrument(instrument, 0);
    wide.on_status(testing::status(instrument, 1, State::kLive));
    wide.on_quote(testing::quote(instrument, 1));
  }
  wide.settle();
  const auto& status = lines.statuses.back();
  EXPECT_EQ(status.note.view(), "aaaaaaaaaa, bbbbbbbbbb, cccccccccc, dddddddddd, 8 more");
}

TEST_F(BestTest, AMemberThatIsRemovedLeavesAndThePairGoesWithTheLast) {
  begin({&a, &b});
  quote(b, "10.5", "1", "10.8", "1");
  best.settle();
  out.take();
  best.on_removed(b, schemas::Timestamp{now_});
  EXPECT_EQ(out.take(), (Lines{"quote BEST:BTC-USD 10x1@a 11x1@a",
                               "status BEST:BTC-USD live in[a] out[b absent, c absent]"}))
      << "at once";
  quote(b, "12", "1", "13", "1");
  state(b, State::kLive);
  EXPECT_EQ(settled(), Lines{}) << "it is nobody's any more";
  best.on_removed(a, schemas::Timestamp{now_});
  EXPECT_EQ(out.take(), Lines{"removed BEST:BTC-USD"});
  EXPECT_EQ(settled(), Lines{});
  best.on_instrument(b, 0);
  EXPECT_EQ(settled(), Lines{"instrument BEST:BTC-USD"});
  state(b, State::kLive);
  quote(b, "10", "1", "11", "1");
  EXPECT_EQ(settled(), (Lines{"status BEST:BTC-USD live in[b] out[a absent, c absent]",
                              "quote BEST:BTC-USD 10x1@b 11x1@b"}));
}

TEST_F(BestTest, MembersThatComeAndGoTakeNoMoreRoom) {
  for (int round = 0; round < 300; ++round) {
    begin({&a, &b, &c});
    for (const auto* const one : {&c, &a, &b}) best.on_removed(*one, schemas::Timestamp{now_});
    EXPECT_EQ(out.take().back(), "removed BEST:BTC-USD");
  }
  EXPECT_EQ(best.pairs(), 1U);
}

}  // namespace tickgate::feeds
