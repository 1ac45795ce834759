// SPDX-License-Identifier: Apache-2.0
// Tickers on their way through a feed: at most one a second, with every field where it is followed.
#include "feeds/feed/day_tickers.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "tests/support/toy_venue.h"

namespace tickgate::feeds {
namespace {

using schemas::Timestamp;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class DayTickersTest : public ::testing::Test, public TickSink {
 protected:
  static constexpr std::int64_t kStart = 1'800'000'123'000'000;

  DayTickersTest() { publisher.announce(instrument); }

  void on_instrument(const schemas::Instrument&) override {}
  void on_tick(const schemas::Quote&) override {}
  void on_tick(const schemas::Book&) override {}
  void on_tick(const schemas::Trade&) override {}
  void on_tick(const schemas::InstrumentStatus&) override {}
  void on_tick(const schemas::Bar&) override {}
  void on_trade_gap(const schemas::TradeGap&) override {}
  // "LAST OPEN HIGH LOW VOLUME, since" in minutes before the first moment of the test.
  void on_tick(const schemas::Ticker& ticker) override {
    const auto whole = [](auto value) { return value.value().mantissa; };
    auto line = fmt::format("{} {}", whole(ticker.last),
                            ticker.has_open ? fmt::format("{}", whole(ticker.open)) : "null");
    line += fmt::format(" {} {} {}", whole(ticker.high), whole(ticker.low), whole(ticker.volume));
    if (ticker.since != schemas::kNoTime) {
      line += fmt::format(", since {}", (kStart - ticker.since.value()) / 60'000'000);
    }
    lines.push_back(line);
  }

  static schemas::Price price(std::int64_t whole) { return schemas::Price{{whole, 0}}; }
  void ticker(std::int64_t last, bool whole = false) {
    schemas::Ticker one;
    one.header.instrument = instrument.id;
    one.last = price(last);
    one.high = price(last + 1);
    one.low = price(last - 1);
    one.volume = schemas::Quantity{{9, 0}};
    one.has_open = whole;
    if (whole) one.open = price(last);
    tickers.on_ticker(one, now);
  }
  void trade(std::int64_t at, bool only = false) {
    schemas::Trade one;
    one.header.instrument = instrument.id;
    one.header.venue_time = now.wall;
    one.price = price(at);
    one.size = schemas::Quantity{{2, 0}};
    tickers.on_trade(one, only, now);
  }
  void run(Monotonic time) {
    for (const auto end = now.steady + time; now.steady < end;) {
      now.steady += milliseconds(50);
      now.wall = Timestamp{now.wall.value() + 50'000};
      tickers.advance(now, [this](const CandleRequest& request) {
        asked.push_back(request);
        return can_ask;
      });
    }
  }
  void answer(bool ok, std::int64_t open) {
    const auto& request = asked.back();
    const Candle candle{request.from,
                        price(open),
                        price(open + 50),
                        price(open - 50),
                        price(open + 1),
                        schemas::Quantity{{100, 0}},
                        7};
    tickers.on_candles({request, ok, {&candle, std::size_t{ok}}, now.wall});
  }

  schemas::InstrumentRegistry registry;
  const schemas::Instrument& instrument = registry.add("toy", "A-USD");
  Demand demand;
  Publisher publisher{*this};
  DayTickers tickers{publisher, &demand};
  Moment now{Timestamp{kStart}, seconds(1'000)};
  std::vector<std::string> lines;
  std::vector<CandleRequest> asked;
  bool can_ask = true;
};

TEST_F(DayTickersTest, ComeOnceASecondAtMostAndOnlyWhenTheirDigitsChange) {
  demand.raise(instrument.id, schemas::Channel::kBook);
  ticker(100, true);
  ticker(101, true);
  ticker(102, true);
  EXPECT_THAT(lines, ElementsAre("100 100 101 99 9"));
  run(milliseconds(950));
  EXPECT_EQ(lines.size(), 1U);
  run(milliseconds(50));
  EXPECT_THAT(lines, ElementsAre("100 100 101 99 9", "102 102 103 101 9"));
  ticker(102, true);
  run(seconds(5));
  EXPECT_EQ(lines.size(), 2U);
  ticker(103, true);
  EXPECT_EQ(lines.size(), 3U);
  EXPECT_THAT(asked, IsEmpty()) << "the venue gives all of it";
}

TEST_F(DayTickersTest, NobodyWhoFollowsNobodyWhoAsks) {
  ticker(100);
  run(seconds(100));
  trade(5);
  EXPECT_THAT(lines, ElementsAre("100 null 101 99 9"));
  EXPECT_THAT(asked, IsEmpty());
}

TEST_F(DayTickersTest, AFieldThatTheVenueLacksIsMadeOfItsCandles) {
  ticker(100);
  demand.raise(instrument.id, schemas::Channel::kBook);
  run(seconds(2));
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].interval, schemas::Interval::k5m);
  EXPECT_EQ(asked[0].from, RollingDay::begin(now.wall));
  EXPECT_GT(asked[0].to, now.wall);
  answer(true, 80);
  const auto minutes = (kStart - asked[0].from.value()) / 60'000'000;
  EXPECT_THAT(lines,
              ElementsAre("100 null 101 99 9", fmt::format("100 80 101 99 9, since {}", minutes)));
  // The five minutes under way are asked for once more, when they are over.
  const auto first = asked[0];
  run(seconds(5 * 60 + 15));
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_EQ(asked[1].to, first.to);
  EXPECT_EQ(asked[1].from.value(), first.to.value() - 300'000'000);
  EXPECT_GE(now.wall.value(), first.to.value() + 10'000'000);
  answer(true, 100);
  run(seconds(3'600));
  EXPECT_EQ(asked.size(), 2U);
  // Lost trades too.
  tickers.on_trades_lost(instrument.id, now);
  run(seconds(5 * 60 + 15));
  EXPECT_EQ(asked.size(), 3U);
}

TEST_F(DayTickersTest, WithoutCandlesItBeginsWhenItWasFollowed) {
  can_ask = false;
  ticker(100);
  demand.raise(instrument.id, schemas::Channel::kBook);
  run(seconds(2));
  trade(97);
  ticker(97);
  EXPECT_THAT(lines, ElementsAre("100 null 101 99 9", "97 97 98 96 9, since 0"));
  // Asked for again, ever more slowly.
  run(std::chrono::hours(3));
  EXPECT_GE(asked.size(), 6U);
  EXPECT_LE(asked.size(), 15U);
}

TEST_F(DayTickersTest, OfAVenueWithoutTickersAllOfItIsOurs) {
  trade(100, true);
  EXPECT_THAT(lines, IsEmpty());
  demand.raise(instrument.id, schemas::Channel::kBook);
  run(seconds(2));
  ASSERT_EQ(asked.size(), 1U);
  answer(true, 80);
  const auto minutes = (kStart - asked[0].from.value()) / 60'000'000;
  EXPECT_THAT(lines, ElementsAre(fmt::format("100 80 130 30 100, since {}", minutes)));
  run(seconds(2));
  trade(140, true);
  EXPECT_EQ(lines.back(), fmt::format("140 80 140 30 102, since {}", minutes));
}

}  // namespace
}  // namespace tickgate::feeds
