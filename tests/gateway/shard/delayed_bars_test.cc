// SPDX-License-Identifier: Apache-2.0
#include "gateway/shard/delayed_bars.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "gateway/fanout/fan_out.h"
#include "tests/support/test_ticks.h"

namespace tickgate::gateway {
namespace {

using schemas::Bar;
using schemas::InstrumentId;
using schemas::Interval;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::int64_t kMinute = 60'000'000;
constexpr std::int64_t kStart = 1'700'000'000 / 60 * kMinute;
constexpr std::uint32_t kDelay = 900;

// A copy of 1m bars, `closed` of them from kStart on, then one that is open.
std::vector<Bar> copy_of(int closed) {
  std::vector<Bar> bars;
  for (int i = 0; i <= closed; ++i) {
    Bar& bar = bars.emplace_back();
    bar.header.instrument = InstrumentId{0};
    bar.header.channel = schemas::Channel::kBar;
    bar.header.sequence = schemas::SequenceNumber{static_cast<std::uint64_t>(10 + 5 * i)};
    bar.interval = Interval::k1m;
    bar.start = schemas::Timestamp{kStart + i * kMinute};
    bar.closed = i < closed;
    bar.ordinal = static_cast<std::uint64_t>(closed);
    bar.open = bar.high = bar.low = bar.close = schemas::Price{{100 + i, 0}};
  }
  return bars;
}

// Which ones, by their place.
std::vector<std::int64_t> places(const std::vector<Bar>& bars) {
  std::vector<std::int64_t> places;
  for (const auto& bar : bars) places.push_back((bar.start.value() - kStart) / kMinute);
  return places;
}

class DelayedBarsTest : public ::testing::Test {
 protected:
  // Of 20 bars the last has just closed.
  static constexpr schemas::Timestamp kNow{kStart + 20 * kMinute};

  std::vector<Bar> take(const std::vector<Bar>& copy) {
    return bars.take(InstrumentId{0}, Interval::k1m, copy, kNow, seconds(5'000));
  }
  std::vector<Bar> due(microseconds after) {
    std::vector<Bar> told;
    bars.tell_due(seconds(5'000) + after, [&](const Bar& bar) { told.push_back(bar); });
    return told;
  }

  DelayedBars bars{kDelay, kNow, seconds(5'000)};
};

// So much later than now nothing is told that ended less than fifteen minutes and a margin ago.
TEST_F(DelayedBarsTest, AtFirstOnlyWhatEndedSoLongAgo) {
  EXPECT_THAT(places(take(copy_of(20))), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(due(microseconds(DelayedBars::kMargin) - microseconds(1)), IsEmpty());
  EXPECT_THAT(places(due(microseconds(DelayedBars::kMargin))), ElementsAre(4));
}

TEST_F(DelayedBarsTest, AWallClockThatIsSetForwardMakesNoBarOlder) {
  const auto copy = copy_of(20);
  const schemas::Timestamp ahead{kNow.value() + 3'600'000'000};
  EXPECT_THAT(places(bars.take(InstrumentId{0}, Interval::k1m, copy, ahead, seconds(5'000))),
              ElementsAre(0, 1, 2, 3));
  const schemas::Timestamp behind{kNow.value() - kMinute};
  EXPECT_THAT(places(bars.take(InstrumentId{0}, Interval::k1m, copy, behind, seconds(5'000))),
              ElementsAre(0, 1, 2))
      << "and one that is set back makes them younger";
}

TEST_F(DelayedBarsTest, EachFurtherOneWhenItEndedAndTheOpenOneAsItIsNow) {
  take(copy_of(20));
  std::vector<std::int64_t> told;
  for (seconds after{0}; after < seconds(930); after += seconds(1)) {
    for (const auto& bar : due(after)) {
      const auto place = (bar.start.value() - kStart) / kMinute;
      told.push_back(place);
      const auto known = bar.closed ? kStart + (place + 1) * kMinute : kNow.value();
      EXPECT_GE(kNow.value() + microseconds(after).count(),
                known + seconds(kDelay) / microseconds(1));
      EXPECT_EQ(bar.closed, place < 20);
    }
  }
  EXPECT_THAT(told, ElementsAre(4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20));
}

// It ended long enough ago; a trade of it came five minutes ago, and those behind it wait with it.
TEST_F(DelayedBarsTest, OneThatGotATradeBehindItsEndIsToldByThat) {
  auto copy = copy_of(20);
  copy[2].header.receive_time = schemas::Timestamp{kNow.value() - 5 * kMinute};
  EXPECT_THAT(places(take(copy)), ElementsAre(0, 1));
  EXPECT_THAT(due(seconds(600) - microseconds(1)), IsEmpty());
  EXPECT_THAT(places(due(seconds(600))).front(), 2);
  copy[2].header.receive_time = schemas::Timestamp{kNow.value() - 15 * kMinute};
  EXPECT_THAT(places(take(copy)), ElementsAre(0, 1, 2, 3)) << "so long ago that it may be known";
}

TEST_F(DelayedBarsTest, ANewerCopyTakesThePlaceOfTheOlder) {
  take(copy_of(20));
  EXPECT_THAT(places(take(copy_of(2))), ElementsAre(0, 1));
  EXPECT_THAT(places(due(seconds(899))), IsEmpty());
  EXPECT_THAT(places(due(seconds(911))), ElementsAre(2));
}

// What comes by the ring meanwhile, and what is told of the copy, are one series to the fan-out.
class Asked final : public BarSource {
 public:
  void ask(InstrumentId, Interval) override { ++times; }
  int times = 0;
};

TEST_F(DelayedBarsTest, AFanOutTakesThemAsBarsThatClose) {
  schemas::InstrumentRegistry registry;
  const auto& instrument = registry.add("toy", "A-USD");
  FanOut fan_out({}, "EPOCH", kDelay);
  Asked source;
  feeds::BarDemand demand;
  fan_out.connect_bars(source, demand);
  fan_out.on_instrument(instrument);
  Subscriber client;
  SubscribeRequest request;
  request.channel = schemas::Channel::kBar;
  request.interval = Interval::k1m;
  request.history = 3;
  request.symbols = {instrument.symbol};
  fan_out.subscribe(client, "1", request);
  std::string frame;
  fan_out.compose(client, seconds(1), frame);
  EXPECT_EQ(source.times, 1);
  fan_out.on_bars(instrument.id, Interval::k1m, take(copy_of(20)));
  const auto next = [&](Monotonic now) {
    frame.clear();
    fan_out.mark_changed(now);
    if (const auto round = fan_out.next_round()) fan_out.mark_round(*round);
    fan_out.compose(client, now, frame);
    return frame;
  };
  const auto history = next(seconds(2));
  EXPECT_THAT(history, ::testing::HasSubstr(R"("type":"bar_history")"));
  EXPECT_THAT(history, ::testing::HasSubstr(R"("103","103")"));
  EXPECT_THAT(history, ::testing::Not(::testing::HasSubstr("\"104\"")));
  EXPECT_THAT(history, ::testing::HasSubstr(R"(,"delayed_s":900})"));
  for (const auto& bar : due(microseconds(DelayedBars::kMargin))) fan_out.on_tick(bar);
  const auto closed = next(seconds(12));
  EXPECT_THAT(closed, ::testing::HasSubstr(R"("type":"bar")"));
  EXPECT_THAT(closed, ::testing::HasSubstr(R"("closed":true,"delayed_s":900})"));
  EXPECT_THAT(closed, ::testing::Not(::testing::HasSubstr("\"105\"")));
  EXPECT_EQ(source.times, 1) << "nothing is missing";
}

}  // namespace
}  // namespace tickgate::gateway
