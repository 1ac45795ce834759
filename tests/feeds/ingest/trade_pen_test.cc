// SPDX-License-Identifier: Apache-2.0
#include "feeds/ingest/trade_pen.h"

#include <fmt/format.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace tickgate::feeds {
namespace {

using schemas::InstrumentId;
using schemas::SequenceNumber;
using schemas::Timestamp;
using schemas::Trade;
using testing::ElementsAre;
using testing::IsEmpty;

// What came out, as "0 5 id" (instrument, number, the trade's id or price), and "0 gap 5-7 reason".
struct Told final : TradePen::Outlet {
  bool tell(const Trade& trade) override {
    if (closed) return false;
    const auto name = trade.id.length > 0 ? std::string(trade.id.view())
                                          : fmt::format("at {}", trade.price.value().mantissa);
    lines.push_back(fmt::format("{} {} {}", trade.header.instrument.value(),
                                trade.header.sequence.value(), name));
    return true;
  }
  bool tell(const schemas::TradeGap& gap) override {
    if (closed) return false;
    lines.push_back(fmt::format("{} gap {}-{} {}", gap.instrument.value(), gap.from.value(),
                                gap.to.value(), name(gap.reason)));
    return true;
  }
  std::vector<std::string> take() { return std::exchange(lines, {}); }

  std::vector<std::string> lines;
  bool closed = false;
};

// Of instrument 0, made at `time` seconds.
Trade made(std::string_view id, std::int64_t time, std::int64_t price = 100) {
  Trade trade{};
  trade.header.instrument = InstrumentId(0);
  trade.header.venue_time = Timestamp{time * 1'000'000};
  trade.header.receive_time = Timestamp{time * 1'000'000 + 500};
  trade.price = schemas::Price({price, 0});
  trade.size = schemas::Quantity({1, 0});
  trade.id = id;
  return trade;
}
Trade of(std::uint32_t instrument, Trade trade) {
  trade.header.instrument = InstrumentId(instrument);
  return trade;
}

class TradePenTest : public testing::Test {
 protected:
  void lead(const LastTrade& stored = {}) {
    pen.begin_to_lead();
    pen.lead(InstrumentId(0), stored);
  }
  bool flush(std::uint32_t instrument = 0) { return pen.flush(InstrumentId(instrument), told); }
  std::vector<std::string> told_now() {
    flush();
    return told.take();
  }
  void seen(std::uint64_t number, const Trade& trade) {
    pen.seen(trade.header.instrument, {number, trade});
  }

  TradePen pen;
  Told told;
};

TEST_F(TradePenTest, WhoLeadsFirstNumbersFromOne) {
  pen.add(made("a", 1));
  EXPECT_THAT(told_now(), IsEmpty()) << "we do not lead";
  lead();
  pen.add(made("b", 2));
  EXPECT_THAT(told_now(), ElementsAre("0 1 a", "0 2 b"));
  pen.add(made("c", 3));
  EXPECT_THAT(told_now(), ElementsAre("0 3 c"));
}

TEST_F(TradePenTest, WhatLiesBehindTheLastOneGoesOnWithTheNextNumbers) {
  for (const auto* id : {"a", "b", "c", "d"}) pen.add(made(id, 1));
  lead({41, made("b", 1)});
  EXPECT_THAT(told_now(), ElementsAre("0 42 c", "0 43 d"));
}

TEST_F(TradePenTest, WhatWasSeenLiveAndIsNotStoredIsNotToldTwice) {
  for (const auto* id : {"a", "b", "c", "d"}) pen.add(made(id, 1));
  seen(41, made("b", 1));
  seen(42, made("c", 1));
  lead({41, made("b", 1)});
  EXPECT_THAT(told_now(), ElementsAre("0 43 d"));
}

TEST_F(TradePenTest, WhatIsStoredAndWasNotSeenLiveIsNotToldTwiceEither) {
  for (const auto* id : {"a", "b", "c", "d"}) pen.add(made(id, 1));
  seen(41, made("b", 1));
  lead({43, made("d", 1)});
  EXPECT_THAT(told_now(), IsEmpty());
  pen.add(made("e", 2));
  EXPECT_THAT(told_now(), ElementsAre("0 44 e"));
}

TEST_F(TradePenTest, OurFeedMayBeBehindAndCatchUp) {
  pen.add(made("a", 1));
  lead({41, made("c", 3)});
  EXPECT_THAT(told_now(), IsEmpty()) << "what was published last may still come";
  pen.add(made("b", 2));
  EXPECT_THAT(told_now(), IsEmpty());
  pen.add(made("c", 3));
  pen.add(made("d", 4));
  EXPECT_THAT(told_now(), ElementsAre("0 42 d"));
}

TEST_F(TradePenTest, ALastOneThatIsNotAmongOursIsAGapOfOne) {
  pen.add(made("a", 1));
  pen.add(made("c", 3));
  pen.add(made("d", 4));
  lead({41, made("b", 2)});
  EXPECT_THAT(told_now(), ElementsAre("0 gap 42-42 feed_gap", "0 43 c", "0 44 d"));
}

TEST_F(TradePenTest, AfterARestartNobodyKnowsWhatHappenedMeanwhile) {
  lead({41, made("b", 2)});
  EXPECT_THAT(told_now(), IsEmpty()) << "no trade, no gap yet";
  pen.add(made("z", 90));
  EXPECT_THAT(told_now(), ElementsAre("0 gap 42-42 feed_gap", "0 43 z"));
  pen.add(made("zz", 91));
  EXPECT_THAT(told_now(), ElementsAre("0 44 zz"));
}

TEST_F(TradePenTest, NothingOlderThanTheLastOneIsToldBehindIt) {
  for (const auto& trade : {made("a", 1), made("x", 5), made("y", 2), made("z", 6)}) pen.add(trade);
  lead({41, made("lost", 4)});
  EXPECT_THAT(told_now(), ElementsAre("0 gap 42-42 feed_gap", "0 43 x", "0 44 z"));
}

TEST_F(TradePenTest, WithoutIdsTimePriceSizeAndSideTell) {
  for (const auto price : {100, 101, 102}) pen.add(made("", 1, price));
  lead({7, made("", 1, 101)});
  EXPECT_THAT(told_now(), ElementsAre("0 8 at 102"));
}

TEST_F(TradePenTest, AnotherPriceTimeOrSideIsAnotherTrade) {
  EXPECT_TRUE(is_same_trade(made("", 1, 100), made("", 1, 100)));
  EXPECT_FALSE(is_same_trade(made("", 1, 100), made("", 2, 100)));
  EXPECT_FALSE(is_same_trade(made("", 1, 100), made("", 1, 101)));
  auto other = made("", 1);
  other.side = schemas::Side::kSell;
  EXPECT_FALSE(is_same_trade(made("", 1), other));
  EXPECT_TRUE(is_same_trade(made("7", 1, 100), made("7", 2, 101))) << "the id alone";
  EXPECT_FALSE(is_same_trade(made("7", 1), made("8", 1)));
  EXPECT_TRUE(is_same_trade(made("7", 1), made("", 1))) << "only one of them has an id";
}

// Twice the same price at the same time, without ids: told as often as it happened.
TEST_F(TradePenTest, TradesThatLookTheSameAreCounted) {
  for (int i = 0; i < 3; ++i) pen.add(made("", 1, 100));
  pen.add(made("", 1, 101));
  seen(1, made("", 1, 100));
  seen(2, made("", 1, 100));
  lead({2, made("", 1, 100)});
  EXPECT_THAT(told_now(), ElementsAre("0 3 at 100", "0 4 at 101"));
}

TEST_F(TradePenTest, WhereTheLeaderHasMoreThatLookTheSameAllOfOursWereTold) {
  pen.add(made("", 1, 100));
  pen.add(made("", 1, 101));
  for (std::uint64_t i = 1; i < 4; ++i) seen(i, made("", 1, 100));
  lead({3, made("", 1, 100)});
  EXPECT_THAT(told_now(), ElementsAre("0 4 at 101"));
}

TEST_F(TradePenTest, InstrumentsHaveTheirOwn) {
  pen.add(of(0, made("a", 1)));
  pen.add(of(1, made("a", 1)));
  pen.add(of(1, made("b", 1)));
  pen.add(of(2, made("c", 1)));
  pen.begin_to_lead();
  pen.lead(InstrumentId(0), {10, of(0, made("a", 1))});
  pen.lead(InstrumentId(1), {20, of(1, made("a", 1))});
  pen.lead(InstrumentId(2), {});
  for (const auto i : {0U, 1U, 2U}) EXPECT_TRUE(flush(i));
  EXPECT_THAT(told.take(), ElementsAre("1 21 b", "2 1 c"));
}

TEST_F(TradePenTest, WhatIsNotTakenIsOwedStillInItsOrder) {
  lead();
  told.closed = true;
  pen.add(made("a", 1));
  EXPECT_FALSE(flush());
  pen.add(made("b", 2));
  EXPECT_FALSE(flush());
  told.closed = false;
  EXPECT_THAT(told_now(), ElementsAre("0 1 a", "0 2 b"));
}

TEST_F(TradePenTest, WhatIsOwedAndFindsNoRoomIsAGap) {
  pen = TradePen({3, 30'000'000}, false);
  lead();
  pen.add(made("a", 1));
  EXPECT_THAT(told_now(), ElementsAre("0 1 a"));
  told.closed = true;
  for (const auto* id : {"b", "c", "d", "e", "f"}) pen.add(made(id, 2));
  EXPECT_EQ(pen.size(), 3U);
  EXPECT_EQ(pen.lost(), 2U);
  told.closed = false;
  EXPECT_THAT(told_now(), ElementsAre("0 gap 2-3 feed_gap", "0 4 d", "0 5 e", "0 6 f"));
}

TEST_F(TradePenTest, WhoStandsByLosesNothingWhenOldOnesGo) {
  pen = TradePen({2, 30'000'000}, false);
  for (const auto* id : {"a", "b", "c", "d"}) pen.add(made(id, 1));
  EXPECT_EQ(pen.lost(), 0U);
  lead({41, made("b", 1)});
  EXPECT_THAT(told_now(), ElementsAre("0 42 c", "0 43 d")) << "b is known to be the one before";
}

TEST_F(TradePenTest, OldOnesAreLetGoOfAndTheLastOfThemIsKnown) {
  pen.add(made("a", 1));
  pen.add(made("b", 2));
  pen.age(Timestamp{40'000'000});
  EXPECT_EQ(pen.size(), 0U);
  pen.add(made("c", 41));
  lead({41, made("b", 2)});
  EXPECT_THAT(told_now(), ElementsAre("0 42 c")) << "quiet for long, and nothing is missing";
}

TEST_F(TradePenTest, WhatIsOwedIsNotTooOld) {
  lead();
  told.closed = true;
  pen.add(made("a", 1));
  pen.age(Timestamp{100'000'000});
  told.closed = false;
  EXPECT_THAT(told_now(), ElementsAre("0 1 a"));
  pen.age(Timestamp{200'000'000});
  EXPECT_EQ(pen.size(), 0U);
}

TEST_F(TradePenTest, GapsOfOurFeedTakeTheirNumbers) {
  lead({10, made("a", 1)});
  pen.add(made("a", 1));
  pen.add(schemas::TradeGap{InstrumentId(0), SequenceNumber{2}, SequenceNumber{4},
                            schemas::GapReason::kFeedGap},
          Timestamp{1'000'000});
  pen.add(made("b", 2));
  EXPECT_THAT(told_now(), ElementsAre("0 gap 11-13 feed_gap", "0 14 b"));
}

TEST_F(TradePenTest, BehindAGapOfTheLeaderItsLastTradeIsStillTheOne) {
  for (const auto* id : {"a", "b", "c"}) pen.add(made(id, 1));
  seen(41, made("a", 1));
  pen.seen(InstrumentId(0), {50, std::nullopt});
  lead({50, std::nullopt});
  EXPECT_THAT(told_now(), ElementsAre("0 51 b", "0 52 c"));
}

TEST_F(TradePenTest, BehindAGapOfWhichNothingElseIsKnownNothingComesTwice) {
  for (const auto* id : {"a", "b", "c"}) pen.add(made(id, 1));
  lead({50, std::nullopt});
  EXPECT_THAT(told_now(), IsEmpty());
  pen.add(made("d", 2));
  EXPECT_THAT(told_now(), ElementsAre("0 gap 51-51 feed_gap", "0 52 d"));
}

TEST_F(TradePenTest, WhatDidNotArriveIsToldAgainWithItsNumbers) {
  lead();
  for (const auto* id : {"a", "b", "c", "d"}) pen.add(made(id, 1));
  EXPECT_EQ(told_now().size(), 4U);
  pen.lead_on(InstrumentId(0), {2, made("b", 1)});
  pen.add(made("e", 2));
  EXPECT_THAT(told_now(), ElementsAre("0 3 c", "0 4 d", "0 5 e"));
  EXPECT_THAT(told_now(), IsEmpty());
}

TEST_F(TradePenTest, AStreamThatIsEmptyIsGivenAllThereIs) {
  lead();
  for (const auto* id : {"a", "b"}) pen.add(made(id, 1));
  told_now();
  pen.lead_on(InstrumentId(0), {});
  told.closed = true;
  EXPECT_FALSE(flush());
  told.closed = false;
  EXPECT_THAT(told_now(), ElementsAre("0 1 a", "0 2 b"));
}

TEST_F(TradePenTest, LeadingAgainAfterAnotherGoesOnBehindItsLast) {
  lead();
  for (const auto* id : {"a", "b"}) pen.add(made(id, 1));
  told_now();
  pen.resign();
  for (const auto* id : {"c", "d", "e"}) pen.add(made(id, 2));
  EXPECT_THAT(told_now(), IsEmpty());
  seen(3, made("c", 2));
  seen(4, made("d", 2));
  lead({4, made("d", 2)});
  EXPECT_THAT(told_now(), ElementsAre("0 5 e"));
}

// What we said last before the lease was lost did not arrive: only the stream knows.
TEST_F(TradePenTest, OfWhatWeSaidOurselvesTheStreamKnowsWhatArrived) {
  lead();
  for (const auto* id : {"a", "b", "c"}) pen.add(made(id, 1));
  told_now();
  pen.resign();
  lead({2, made("b", 1)});
  EXPECT_THAT(told_now(), ElementsAre("0 3 c"));
}

TEST_F(TradePenTest, WithoutAStreamWeGoOnBehindWhatWeSaid) {
  lead();
  for (const auto* id : {"a", "b"}) pen.add(made(id, 1));
  told_now();
  pen.resign();
  pen.add(made("c", 2));
  lead();
  EXPECT_THAT(told_now(), ElementsAre("0 1 a", "0 2 b", "0 3 c"))
      << "some of it may not have arrived";
}

TEST_F(TradePenTest, AnotherEpochBeginsAtOne) {
  lead({41, made("a", 1)});
  pen.add(made("b", 2));
  told_now();
  pen.resign();
  pen.forget_numbers();
  pen.add(made("c", 3));
  lead();
  EXPECT_THAT(told_now(), ElementsAre("0 1 b", "0 2 c"));
}

TEST_F(TradePenTest, WhatIsServedNoMoreOwesNothing) {
  lead();
  told.closed = true;
  pen.add(made("a", 1));
  flush();
  pen.forget(InstrumentId(0));
  told.closed = false;
  EXPECT_THAT(told_now(), IsEmpty());
  EXPECT_EQ(pen.size(), 0U);
}

Trade numbered(std::uint64_t number) {
  auto trade = made(fmt::format("t{}", number), static_cast<std::int64_t>(number));
  trade.header.sequence = SequenceNumber{number};
  return trade;
}

TEST(RelaysPen, NumbersPassThroughAndHolesAreSaid) {
  TradePen pen(TradePen::Limits(), true);
  Told told;
  pen.add(numbered(7));
  pen.add(numbered(8));
  pen.begin_to_lead();
  pen.lead(InstrumentId(0), {7, numbered(7)});
  EXPECT_TRUE(pen.flush(InstrumentId(0), told));
  EXPECT_THAT(told.take(), ElementsAre("0 8 t8"));
  pen.add(numbered(12));
  pen.add(schemas::TradeGap{InstrumentId(0), SequenceNumber{13}, SequenceNumber{14},
                            schemas::GapReason::kFeedGap},
          {});
  pen.add(numbered(15));
  EXPECT_TRUE(pen.flush(InstrumentId(0), told));
  EXPECT_THAT(told.take(),
              ElementsAre("0 gap 9-11 feed_gap", "0 12 t12", "0 gap 13-14 feed_gap", "0 15 t15"));
}

TEST(RelaysPen, BeginsWhereverItsFirstTradeIs) {
  TradePen pen(TradePen::Limits(), true);
  Told told;
  pen.begin_to_lead();
  pen.add(numbered(500));
  EXPECT_TRUE(pen.flush(InstrumentId(0), told));
  EXPECT_THAT(told.take(), ElementsAre("0 500 t500"));
}

// Two ingests with the same trades, of which one or the other leads, is killed in the middle of
// what it says, or loses the end of it: one sequence without a hole, each trade in it once.
TEST(TwoPens, OneSequenceWhoeverLeads) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    TradePen pens[2];
    std::size_t leader = 0, given[2] = {0, 0};
    std::vector<Trade> stream;
    struct ToStream final : TradePen::Outlet {
      bool tell(const Trade& trade) override {
        if (left == 0) return false;
        --left;
        if (trade.header.sequence.value() <= stream->size()) return true;  // an edge drops it
        stream->push_back(trade);
        return true;
      }
      bool tell(const schemas::TradeGap&) override {
        ADD_FAILURE() << "a gap";
        return true;
      }
      std::vector<Trade>* stream = nullptr;
      unsigned left = 0;
    } outlet;
    outlet.stream = &stream;
    const auto last = [&]() -> LastTrade {
      if (stream.empty()) return {};
      return {stream.back().header.sequence.value(), stream.back()};
    };
    const auto begin = [&] {
      pens[leader].begin_to_lead();
      pens[leader].lead(InstrumentId(0), last());
    };
    begin();
    constexpr std::size_t kAll = 200;
    while (stream.size() < kAll) {
      for (const std::size_t i : {0U, 1U}) {  // one may be ahead of the other
        for (auto n = random() % 4; n > 0 && given[i] < kAll; --n, ++given[i]) {
          pens[i].add(
              made(fmt::format("{}", given[i] + 1), static_cast<std::int64_t>(given[i] / 3)));
        }
      }
      outlet.left = random() % 3 == 0 ? static_cast<unsigned>(random() % 2) : 100;
      const auto before = stream.size();
      pens[leader].flush(InstrumentId(0), outlet);
      for (auto i = before; i < stream.size(); ++i) {
        pens[1 - leader].seen(InstrumentId(0), {i + 1, stream[i]});
      }
      if (random() % 5 != 0) continue;
      pens[leader].resign();
      leader = 1 - leader;
      begin();
    }
    for (std::size_t i = 0; i < kAll; ++i) {
      ASSERT_EQ(stream[i].id.view(), fmt::format("{}", i + 1)) << "seed " << seed;
      ASSERT_EQ(stream[i].header.sequence.value(), i + 1);
    }
  }
}

}  // namespace
}  // namespace tickgate::feeds
