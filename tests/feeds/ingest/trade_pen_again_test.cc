// SPDX-License-Identifier: Apache-2.0
// Leading again, relays, and two pens of one cluster.
#include "feeds/ingest/trade_pen.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "tests/support/trade_pen_rig.h"

namespace tickgate::feeds {
namespace {

using schemas::InstrumentId;
using schemas::SequenceNumber;
using schemas::Trade;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::made;
using testing::of;
using testing::Told;

class TradePenAgain : public testing::TradePenRig {};

TEST_F(TradePenAgain, WhatDidNotArriveIsToldAgainWithItsNumbers) {
  lead();
  for (const auto* id : {"a", "b", "c", "d"}) pen.add(made(id, 1));
  EXPECT_EQ(told_now().size(), 4U);
  pen.lead_on(InstrumentId(0), {2, made("b", 1)});
  pen.add(made("e", 2));
  EXPECT_THAT(told_now(), ElementsAre("0 3 c", "0 4 d", "0 5 e"));
  EXPECT_THAT(told_now(), IsEmpty());
}

TEST_F(TradePenAgain, AStreamThatIsEmptyIsGivenAllThereIs) {
  lead();
  for (const auto* id : {"a", "b"}) pen.add(made(id, 1));
  told_now();
  pen.lead_on(InstrumentId(0), {});
  told.closed = true;
  EXPECT_FALSE(flush());
  told.closed = false;
  EXPECT_THAT(told_now(), ElementsAre("0 1 a", "0 2 b"));
}

TEST_F(TradePenAgain, LeadingAgainAfterAnotherGoesOnBehindItsLast) {
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
TEST_F(TradePenAgain, OfWhatWeSaidOurselvesTheStreamKnowsWhatArrived) {
  lead();
  for (const auto* id : {"a", "b", "c"}) pen.add(made(id, 1));
  told_now();
  pen.resign();
  lead({2, made("b", 1)});
  EXPECT_THAT(told_now(), ElementsAre("0 3 c"));
}

TEST_F(TradePenAgain, WithoutAStreamWeGoOnBehindWhatWeSaid) {
  lead();
  for (const auto* id : {"a", "b"}) pen.add(made(id, 1));
  told_now();
  pen.resign();
  pen.add(made("c", 2));
  lead();
  EXPECT_THAT(told_now(), ElementsAre("0 1 a", "0 2 b", "0 3 c"))
      << "some of it may not have arrived";
}

TEST_F(TradePenAgain, AnotherEpochBeginsAtOne) {
  lead({41, made("a", 1)});
  pen.add(made("b", 2));
  told_now();
  pen.resign();
  pen.forget_numbers();
  pen.add(made("c", 3));
  lead();
  EXPECT_THAT(told_now(), ElementsAre("0 1 b", "0 2 c"));
}

TEST_F(TradePenAgain, WhatIsServedNoMoreOwesNothing) {
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
