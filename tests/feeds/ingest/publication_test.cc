// SPDX-License-Identifier: Apache-2.0
#include "feeds/ingest/publication.h"

#include <fmt/format.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/support/test_ticks.h"

namespace tickgate::feeds {
namespace {

using schemas::InstrumentId;
using schemas::Interval;
using schemas::State;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
namespace make = tickgate::testing;

// Keeps what was said, as "quote.SIM.A-USD 6001", and the newest text of each subject.
struct Wire final : Outlet {
  bool put(std::string_view subject, std::string_view text) override {
    if (closed) return false;
    const auto word = reader.stored(text);
    EXPECT_TRUE(word.has_value()) << text;
    const std::string name(subject.substr(std::string_view("tickgate.v1.").size()));
    lines.push_back(fmt::format("{} {}", name, word->number));
    newest[name] = text;
    return true;
  }
  std::vector<std::string> take() { return std::exchange(lines, {}); }

  WordReader reader;
  std::vector<std::string> lines;
  std::map<std::string, std::string> newest;
  bool closed = false;
};

class PublicationTest : public ::testing::Test {
 protected:
  void turn(microseconds time = milliseconds(10)) {
    now += time;
    while (publication.turn(now, schemas::Timestamp{now.count()})) {
    }
  }
  std::vector<std::string> said(microseconds time = milliseconds(10)) {
    turn(time);
    return wire.take();
  }
  void lead(const ClusterNumbers& numbers = {}, std::uint64_t fence = 2) {
    publication.lead({"E", fence}, numbers, now);
  }
  // The cluster has it, with these numbers of quotes and statuses.
  static ClusterNumbers known(const std::string& symbol, std::uint64_t number) {
    ClusterNumbers numbers;
    numbers.epoch = "E";
    numbers.values = 1;
    auto& of = numbers.symbols[symbol];
    of.served = true;
    of.numbers.ticks.fill(number);
    return numbers;
  }
  schemas::Bar bar(std::uint64_t number, Interval interval, bool closed = false) const {
    schemas::Bar made{};
    made.header = make::header(a, schemas::Channel::kBar, number);
    made.interval = interval;
    made.closed = closed;
    return made;
  }
  schemas::Trade trade(std::uint64_t number) const {
    auto made = make::trade(a, number);
    made.id = std::string_view(fmt::format("{}", number));
    return made;
  }

  schemas::InstrumentRegistry registry;
  const schemas::Instrument& a = registry.add("sim", "A-USD");
  const schemas::Instrument& b = registry.add("sim", "B-USD");
  Wire wire;
  IngestCounters counters;
  BarDemand demand;
  Publication publication{{"tickgate.v1", {Interval::k1m}, false, {}}, wire, counters, &demand};
  microseconds now = seconds(1'700'000'000);
};

TEST_F(PublicationTest, BeforeItLeadsNothingIsSaidAndThenTheNewestOfAll) {
  publication.on_instrument(a);
  publication.on_tick(make::status(a, 1, State::kLive));
  publication.on_tick(make::quote(a, 1));
  publication.on_tick(make::quote(a, 2));
  EXPECT_THAT(said(), IsEmpty());
  lead();
  EXPECT_THAT(said(),
              ElementsAre("instrument.SIM.A-USD 0", "status.SIM.A-USD 1", "quote.SIM.A-USD 2"));
  EXPECT_THAT(said(), IsEmpty());
  EXPECT_THAT(wire.newest["quote.SIM.A-USD"], HasSubstr(R"("epoch":"E","fence":2})"));
}

TEST_F(PublicationTest, OfStatesTheNewestTradesAndBarsOneByOne) {
  publication.on_instrument(a);
  lead();
  said();
  for (std::uint64_t i = 1; i <= 3; ++i) {
    publication.on_tick(make::quote(a, i));
    publication.on_tick(trade(i));
    publication.on_tick(bar(i, Interval::k1m, i == 2));
  }
  EXPECT_THAT(said(), ElementsAre("trade.SIM.A-USD 1", "bar.SIM.A-USD.1m 1", "trade.SIM.A-USD 2",
                                  "bar.SIM.A-USD.1m 2", "trade.SIM.A-USD 3", "bar.SIM.A-USD.1m 3",
                                  "quote.SIM.A-USD 3"));
  EXPECT_EQ(counters.published[static_cast<std::size_t>(schemas::Channel::kTrade)].value(), 3U);
}

TEST_F(PublicationTest, NumbersGoOnBehindThoseOfWhoeverLed) {
  publication.on_instrument(a);
  publication.on_tick(make::status(a, 1, State::kLive));
  publication.on_tick(make::quote(a, 7));
  for (std::uint64_t i = 1; i < 4; ++i) publication.on_tick(trade(i));
  auto numbers = known("SIM:A-USD", 5'000);
  numbers.symbols["SIM:A-USD"].last = {90, trade(2)};
  lead(numbers);
  EXPECT_THAT(said(), ElementsAre("trade.SIM.A-USD 91", "instrument.SIM.A-USD 0",
                                  "status.SIM.A-USD 6001", "quote.SIM.A-USD 6001"));
  publication.on_tick(make::quote(a, 9));
  EXPECT_THAT(said(), ElementsAre("quote.SIM.A-USD 6003"));
}

TEST_F(PublicationTest, SoDoThoseOfAnInstrumentThatComesLater) {
  auto numbers = known("SIM:A-USD", 5'000);
  numbers.symbols["SIM:A-USD"].last = {90, trade(1)};
  numbers.symbols["SIM:A-USD"].served = false;  // and had been removed
  lead(numbers);
  said();
  publication.on_instrument(a);
  publication.on_tick(make::quote(a, 7));
  publication.on_tick(trade(1));
  publication.on_tick(trade(2));
  EXPECT_THAT(said(),
              ElementsAre("trade.SIM.A-USD 91", "instrument.SIM.A-USD 0", "quote.SIM.A-USD 6001"));
}

TEST_F(PublicationTest, WhatTheClusterHasAndWeDoNotIsDownAtOnceAndLaterRemoved) {
  lead(known("SIM:A-USD", 5'000));
  EXPECT_THAT(said(), ElementsAre("status.SIM.A-USD 6000"));
  EXPECT_THAT(wire.newest["status.SIM.A-USD"], HasSubstr(R"("state":"down")"));
  EXPECT_THAT(said(seconds(50)), IsEmpty());
  EXPECT_THAT(said(seconds(11)), ElementsAre("instrument.SIM.A-USD 0"));
  EXPECT_THAT(wire.newest["instrument.SIM.A-USD"], HasSubstr(R"("removed":true)"));
  EXPECT_THAT(said(seconds(30)), IsEmpty());
}

TEST_F(PublicationTest, OneThatComesBeforeThatGoesOnAndIsNotRemoved) {
  lead(known("SIM:A-USD", 5'000));
  said();
  publication.on_instrument(a);
  publication.on_tick(make::status(a, 1, State::kLive));
  EXPECT_THAT(said(), ElementsAre("instrument.SIM.A-USD 0", "status.SIM.A-USD 6001"));
  EXPECT_THAT(said(seconds(100)), Contains("status.SIM.A-USD 6001"));
  EXPECT_THAT(wire.newest["instrument.SIM.A-USD"], HasSubstr(R"("removed":false)"));
}

TEST_F(PublicationTest, OneThatIsThereWithoutAStateIsDownToo) {
  publication.on_instrument(a);
  lead(known("SIM:A-USD", 5'000));
  EXPECT_THAT(said(), ElementsAre("instrument.SIM.A-USD 0", "status.SIM.A-USD 6000"));
  EXPECT_THAT(said(seconds(70)), Not(Contains("status.SIM.A-USD 6000")));
  EXPECT_THAT(wire.newest["instrument.SIM.A-USD"], HasSubstr(R"("removed":false)"));
}

TEST_F(PublicationTest, WhatFailedIsSaidWhenItGoesOnTheNewestOfIt) {
  publication.on_instrument(a);
  lead();
  said();
  wire.closed = true;
  publication.on_tick(make::quote(a, 1));
  publication.on_tick(trade(1));
  turn();
  EXPECT_FALSE(publication.publishing());
  wire.closed = false;
  publication.on_tick(make::quote(a, 2));
  publication.on_tick(trade(2));
  EXPECT_THAT(said(), IsEmpty()) << "not before it is told to";
  publication.resume({});
  EXPECT_THAT(said(), ElementsAre("trade.SIM.A-USD 1", "trade.SIM.A-USD 2",
                                  "instrument.SIM.A-USD 0", "quote.SIM.A-USD 2"));
}

TEST_F(PublicationTest, AfterAPauseAllIsSaidAgainWithTheSameNumbers) {
  publication.on_instrument(a);
  publication.on_tick(make::status(a, 3, State::kLive));
  publication.on_tick(make::quote(a, 7));
  lead(known("SIM:A-USD", 5'000));
  const auto first = said();
  publication.pause();
  publication.on_tick(make::quote(a, 8));
  EXPECT_THAT(said(), IsEmpty());
  publication.resume({});
  EXPECT_THAT(said(), ElementsAre("instrument.SIM.A-USD 0", "status.SIM.A-USD 6001",
                                  "quote.SIM.A-USD 6002"));
}

TEST_F(PublicationTest, EachValueIsSaidAgainOnceInHalfAMinuteEvenly) {
  for (const auto* instrument : {&a, &b}) {
    publication.on_instrument(*instrument);
    publication.on_tick(make::status(*instrument, 1, State::kLive));
    publication.on_tick(make::quote(*instrument, 1));
  }
  lead();
  said();
  std::map<std::string, int> times;
  std::size_t most = 0;
  for (int i = 0; i < 300; ++i) {
    const auto lines = said(milliseconds(100));
    most = std::max(most, lines.size());
    for (const auto& line : lines) ++times[line];
  }
  EXPECT_EQ(times.size(), 6U);
  for (const auto& [line, count] : times) EXPECT_EQ(count, 1) << line;
  EXPECT_EQ(most, 1U);
}

TEST_F(PublicationTest, ARemovalIsSaidAndNothingElseOfIt) {
  publication.on_instrument(a);
  publication.on_tick(make::status(a, 1, State::kLive));
  lead();
  said();
  publication.on_tick(make::quote(a, 1));
  publication.on_removed(a, schemas::Timestamp{5});
  EXPECT_THAT(said(), ElementsAre("instrument.SIM.A-USD 0"));
  EXPECT_THAT(wire.newest["instrument.SIM.A-USD"], HasSubstr(R"("removed":true,"time":5)"));
  EXPECT_EQ(publication.served("SIM:A-USD"), nullptr);
  publication.on_instrument(a);
  publication.on_tick(make::status(a, 3, State::kLive));
  EXPECT_THAT(said(), ElementsAre("instrument.SIM.A-USD 0", "status.SIM.A-USD 3"));
}

TEST_F(PublicationTest, OtherIntervalsGoOutWhileAnEdgeWantsThem) {
  publication.on_instrument(a);
  lead();
  said();
  publication.on_tick(bar(1, Interval::k5m));
  EXPECT_THAT(said(), IsEmpty());
  publication.want_bars({{{"SIM:A-USD", Interval::k5m}, {"SIM:NONE", Interval::k5m}}}, now);
  EXPECT_TRUE(demand.any(a.id, Interval::k5m));
  publication.on_tick(bar(2, Interval::k5m));
  EXPECT_THAT(said(), ElementsAre("bar.SIM.A-USD.5m 2"));
  turn(seconds(16));
  wire.take();
  publication.on_tick(bar(3, Interval::k5m));
  EXPECT_THAT(said(), IsEmpty());
  EXPECT_FALSE(demand.any(a.id, Interval::k5m));
}

TEST_F(PublicationTest, WhoResignsSaysNothingAndFollowsTheTrades) {
  publication.on_instrument(a);
  lead();
  publication.on_tick(trade(1));
  said();
  publication.resign();
  for (std::uint64_t i = 2; i < 5; ++i) publication.on_tick(trade(i));
  EXPECT_THAT(said(), IsEmpty());
  TickText theirs;
  theirs.set({"E", 3});
  auto second = trade(2);
  publication.seen(*wire.reader.stored(theirs.of(second, a)));
  lead({}, 4);
  EXPECT_THAT(said(),
              ElementsAre("trade.SIM.A-USD 3", "trade.SIM.A-USD 4", "instrument.SIM.A-USD 0"));
}

TEST_F(PublicationTest, AnotherEpochForgetsTheNumbers) {
  publication.on_instrument(a);
  publication.on_tick(make::quote(a, 7));
  auto numbers = known("SIM:A-USD", 5'000);
  lead(numbers);
  said();
  publication.resign();
  numbers.epoch = "OTHER";
  publication.lead({"NEW", 9}, numbers, now);
  EXPECT_THAT(said(), Contains("quote.SIM.A-USD 7"));
}

TEST_F(PublicationTest, AnswersHaveTheClustersNumbers) {
  publication.on_instrument(a);
  auto numbers = known("SIM:A-USD", 5'000);
  numbers.symbols["SIM:A-USD"].numbers.bars.fill({400, 20});
  lead(numbers);
  said();
  const std::string book(publication.book_answer(a, R"({"type":"book","seq":12,"bids":[]})"));
  EXPECT_EQ(book, R"({"type":"book","seq":6001,"bids":[],"epoch":"E","fence":2})");
  publication.on_tick(make::book(a, 13, 1));
  EXPECT_THAT(said(), ElementsAre("book.SIM.A-USD 6002"));
  const std::vector<schemas::Bar> series{bar(3, Interval::k1m), bar(9, Interval::k1m)};
  const std::string bars(publication.bars_answer(a, series, Interval::k1m));
  EXPECT_THAT(bars, HasSubstr(R"("seq":1395)"));
  EXPECT_THAT(bars, HasSubstr(R"("seq":1401)"));
  publication.on_tick(bar(10, Interval::k1m));
  EXPECT_THAT(said(), ElementsAre("bar.SIM.A-USD.1m 1402"));
}

// What a relay is told and the order to lead come by two ways: the later of them counts.
TEST_F(PublicationTest, ARelaySaysNothingInAnEpochThatItIsNotTold) {
  Publication relay({"tickgate.v1", {}, true, {}}, wire, counters, &demand);
  const auto said = [&] {
    relay.turn(now += milliseconds(10), {});
    return wire.take();
  };
  relay.on_epoch({std::string_view("UP1")});
  relay.on_instrument(a);
  relay.on_tick(make::quote(a, 70));
  relay.lead({"UP1", 2}, known("SIM:A-USD", 5'000), now);
  EXPECT_THAT(said(), ElementsAre("instrument.SIM.A-USD 0", "quote.SIM.A-USD 70"));
  relay.resign();
  relay.lead({"UP2", 3}, {}, now);
  relay.on_tick(make::quote(a, 71));
  EXPECT_THAT(said(), IsEmpty());
  relay.on_epoch({std::string_view("UP2")});
  relay.on_instrument(b);
  relay.on_tick(make::quote(b, 1));
  EXPECT_THAT(said(), ElementsAre("instrument.SIM.B-USD 0", "quote.SIM.B-USD 1"));
  EXPECT_THAT(wire.newest["quote.SIM.B-USD"], HasSubstr(R"("epoch":"UP2","fence":3})"));
  EXPECT_EQ(relay.book_answer(b, R"({"type":"book","seq":12,"epoch":"UP2","fence":9})"),
            R"({"type":"book","seq":12,"epoch":"UP2","fence":3})");
}

TEST_F(PublicationTest, ManyValuesAreSaidAgainInPiecesAndNewOnesDoNotWait) {
  std::vector<const schemas::Instrument*> many;
  for (int i = 0; i < 3'000; ++i) many.push_back(&registry.add("sim", fmt::format("X{}-USD", i)));
  for (const auto* one : many) {
    publication.on_instrument(*one);
    publication.on_tick(make::quote(*one, 1));
  }
  lead();
  EXPECT_TRUE(publication.turn(now, {}));
  wire.take();
  publication.on_tick(make::quote(*many.back(), 2));
  publication.turn(now, {});
  EXPECT_EQ(wire.take().front(), "quote.SIM.X2999-USD 2");
}

}  // namespace
}  // namespace tickgate::feeds
