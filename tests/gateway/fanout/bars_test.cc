// SPDX-License-Identifier: Apache-2.0
// Subscriptions of bars, the feed being made up.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "gateway/fanout/fan_out.h"
#include "tests/support/test_bars.h"

namespace tickgate::gateway {
namespace {

using namespace std::chrono_literals;
using schemas::Bar;
using schemas::Channel;
using schemas::Interval;
using testing::bar;
using testing::closed;

struct FakeSource final : BarSource {
  void ask(schemas::InstrumentId instrument, Interval interval) override {
    asked.emplace_back(instrument, interval);
  }
  std::deque<std::pair<schemas::InstrumentId, Interval>> asked;
};

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}
bool has(const std::string& text, std::string_view part) { return count(text, part) > 0; }

class BarsTest : public ::testing::Test {
 protected:
  BarsTest() {
    fan_out.connect_bars(source, demand);
    add("BTC");
    add("ETH");
  }
  void add(const std::string& base) {
    const auto& more = registry.add("sim", base + "-USD");
    fan_out.on_instrument(more);
    fan_out.on_tick(testing::status(more, 1, schemas::State::kLive));
  }
  void subscribe(Subscriber& to, std::vector<std::string> symbols, std::uint32_t history = 0,
                 Interval interval = Interval::k1m, std::uint32_t interval_ms = 0) {
    SubscribeRequest request{Channel::kBar, std::move(symbols), 25, interval_ms};
    request.interval = interval;
    request.history = history;
    for (bool done = fan_out.subscribe(to, "1", request); !done;) done = fan_out.go_on(to);
  }
  void unsubscribe(std::vector<std::string> symbols, std::optional<Interval> interval) {
    bool done = fan_out.unsubscribe(client, "2", {Channel::kBar, std::move(symbols), interval});
    while (!done) done = fan_out.go_on(client);
  }
  // Everything a client is sent now, in frames of at most the size allowed.
  std::string sent(Subscriber& to) {
    fan_out.mark_changed(now);
    fan_out.flush_now().pop(
        SIZE_MAX, [](Subscriber&) {}, [](const Subscriber&) {}, [](const Subscriber&) {});
    std::string all;
    for (std::string frame; fan_out.compose(to, now += 1s, frame); frame.clear()) {
      const bool full = has(frame, "bar_history") && frame.size() > kFrame;
      EXPECT_FALSE(full) << frame.size();
      all += frame;
    }
    return all;
  }
  std::string sent() { return sent(client); }
  static Bar of(Bar bar, std::uint32_t instrument, Interval interval = Interval::k1m) {
    bar.header.instrument = schemas::InstrumentId{instrument};
    bar.interval = interval;
    return bar;
  }
  // The feed's answer to what was asked first.
  void answer(const std::vector<Bar>& bars) {
    ASSERT_FALSE(source.asked.empty());
    const auto [instrument, interval] = source.asked.front();
    source.asked.pop_front();
    fan_out.on_bars(instrument, interval, bars);
  }
  static std::vector<Bar> many(int bars) {
    std::vector<Bar> made;
    for (int i = 0; i < bars; ++i) made.push_back(closed(i, static_cast<std::uint64_t>(i) + 1));
    made.push_back(bar(bars, static_cast<std::uint64_t>(bars) + 1));
    return made;
  }

  static constexpr std::size_t kFrame = 4'096;
  schemas::InstrumentRegistry registry;
  FakeSource source;
  feeds::BarDemand demand;
  FanOut fan_out{
      {.subscriptions_per_connection = 20'000, .min_interval_ms = 0, .frame_bytes = kFrame}, "E"};
  Subscriber client, other;
  Monotonic now = 1s;
};

}  // namespace

TEST_F(BarsTest, AckThenStatusThenHistoryThenTheBars) {
  subscribe(client, {"SIM:BTC-USD"}, 2);
  fan_out.on_tick(of(bar(3, 4, 0), 0));
  auto text = sent();
  EXPECT_TRUE(has(text, R"("channel":"bar","accepted":["SIM:BTC-USD"],"rejected":[],)"
                        R"("interval":"1m","interval_ms":0,"epoch":"E"})"));
  EXPECT_TRUE(has(text, R"("type":"status")"));
  EXPECT_FALSE(has(text, R"("type":"bar)")) << "withheld until its history was sent";
  EXPECT_TRUE(demand.any(schemas::InstrumentId{0}, Interval::k1m));
  answer(many(3));
  text = sent();
  EXPECT_EQ(count(text, R"("type":"bar_history")"), 1U);
  EXPECT_EQ(count(text, R"([1700000)"), 3U) << text;
  EXPECT_TRUE(has(text, R"("open":true})"));
  EXPECT_FALSE(has(text, R"("type":"bar",)")) << "the open bar is in the history";
  fan_out.on_tick(of(closed(3, 5, 0), 0));
  text = sent();
  EXPECT_TRUE(has(text, R"("type":"bar","symbol":"SIM:BTC-USD","seq":5,"interval":"1m")"));
  EXPECT_TRUE(has(text, R"("closed":true)"));
  EXPECT_EQ(sent(), "");
}

TEST_F(BarsTest, WithoutHistoryTheOpenBarComesAtOnce) {
  subscribe(client, {"SIM:BTC-USD"});
  EXPECT_FALSE(has(sent(), R"("type":"bar)"));
  answer(many(3));
  const auto text = sent();
  EXPECT_EQ(count(text, R"("type":"bar",)"), 1U);
  EXPECT_TRUE(has(text, R"("seq":4)"));
  EXPECT_FALSE(has(text, "bar_history"));
  subscribe(client, {"SIM:BTC-USD"});
  EXPECT_TRUE(has(sent(), R"("seq":4)")) << "once more when asked again";
  subscribe(client, {"SIM:BTC-USD"}, 5);
  EXPECT_EQ(count(sent(), R"([1700000)"), 4U) << "and now with its past";
}

TEST_F(BarsTest, SlowClientIsSentEachClosedBarOnceAndTheNewestOpenOne) {
  subscribe(client, {"SIM:BTC-USD"}, 1);
  sent();
  answer(many(1));
  sent();
  std::string all;
  std::uint64_t sequence = 2;
  for (int minute = 1; minute <= 200; ++minute) {
    const auto ordinal = static_cast<std::uint64_t>(minute) - 1;
    fan_out.on_tick(of(bar(minute, ++sequence, ordinal), 0));
    fan_out.on_tick(of(bar(minute, ++sequence, ordinal), 0));
    fan_out.on_tick(of(closed(minute, ++sequence, ordinal), 0));
    if (minute % 7 == 0) all += sent();
  }
  all += sent();
  EXPECT_EQ(count(all, R"("closed":true)"), 200U);
  EXPECT_FALSE(has(all, R"("closed":false)")) << "no update outlived its bar";
  EXPECT_GT(fan_out.counters().conflated[5].value(), 0U);
  EXPECT_EQ(client.folded, fan_out.counters().conflated[5].value());
  EXPECT_GE(client.objects_sent, 200U);
}

TEST_F(BarsTest, WhoFellFurtherBehindIsSentRows) {
  subscribe(client, {"SIM:BTC-USD"}, 1);
  sent();
  answer(many(1));
  sent();
  for (int minute = 1; minute <= 100; ++minute) {
    fan_out.on_tick(of(closed(minute, static_cast<std::uint64_t>(minute) + 2,
                              static_cast<std::uint64_t>(minute) - 1),
                       0));
    fan_out.mark_changed(now);
  }
  const auto text = sent();
  EXPECT_EQ(count(text, R"([1700)"), 100U);
  EXPECT_FALSE(has(text, R"("closed")"));
  fan_out.on_tick(of(closed(101, 103, 100), 0));
  EXPECT_EQ(count(sent(), R"("closed":true)"), 1U);
}

TEST_F(BarsTest, SeveralIntervalsOfOneSymbolAtOnce) {
  subscribe(client, {"SIM:BTC-USD"}, 0, Interval::k1m);
  subscribe(client, {"SIM:*"}, 7, Interval::k1h);
  subscribe(client, {"*:BTC-USD"}, 0, Interval::k1d);
  EXPECT_EQ(client.outbox.size(), 4U);
  sent();
  fan_out.list(client, "5");
  auto text = sent();
  EXPECT_TRUE(has(text, R"({"channel":"bar","interval_ms":0,"interval":"1h","symbols":)"
                        R"(["SIM:BTC-USD","SIM:ETH-USD"]})"))
      << text;
  EXPECT_TRUE(has(text, R"({"channel":"bar","pattern":"SIM:*","interval":"1h"})"));
  add("NEW");
  EXPECT_EQ(client.outbox.size(), 5U) << "by the pattern, at its interval";
  fan_out.on_tick(of(bar(0, 1), 0, Interval::k1d));
  sent();
  fan_out.on_tick(of(bar(0, 2), 0, Interval::k1d));
  text = sent();
  EXPECT_EQ(count(text, R"("interval":"1d")"), 1U);
  EXPECT_EQ(count(text, R"("type":"bar")"), 1U);

  unsubscribe({"SIM:BTC-USD"}, Interval::k1s);
  EXPECT_TRUE(has(sent(), R"("code":"not_subscribed"}],"interval":"1s"})"));
  unsubscribe({"SIM:BTC-USD"}, Interval::k1h);
  EXPECT_EQ(client.outbox.size(), 4U);
  unsubscribe({"*"}, std::nullopt);
  EXPECT_EQ(client.outbox.size(), 0U);
  add("LATE");
  EXPECT_EQ(client.outbox.size(), 0U) << "its patterns are forgotten";
}

TEST_F(BarsTest, UnsubscribeOfOneIntervalKeepsThePatternOfAnother) {
  subscribe(client, {"SIM:*"}, 0, Interval::k1h);
  subscribe(client, {"SIM:*"}, 0, Interval::k1d);
  unsubscribe({"SIM:*"}, Interval::k1h);
  add("NEW");
  EXPECT_EQ(client.outbox.size(), 3U);
}

TEST_F(BarsTest, RingThatLeftOutABarMeansToAskAgainAndNothingIsMissed) {
  subscribe(client, {"SIM:BTC-USD"});
  answer({});
  fan_out.on_tick(of(bar(0, 1, 0), 0));
  sent();
  fan_out.on_tick(of(bar(2, 5, 2), 0));
  EXPECT_EQ(sent(), "");
  auto copy = std::vector{closed(0, 2), closed(1, 3), bar(2, 5)};
  for (auto& one : copy) one.ordinal = 2;
  answer(copy);
  const auto text = sent();
  EXPECT_EQ(count(text, R"([1700)"), 2U);
  EXPECT_LT(text.find("bar_history"), text.find(R"("seq":5)"));
}

// Neither is all of it held at once for a client, nor is the feed asked for all of it at once.
TEST_F(BarsTest, FiveThousandHistoriesAreLoadedAndSentInPieces) {
  for (int i = 0; i < 4'998; ++i) add("X" + std::to_string(i));
  subscribe(client, {"*"}, 1'000);
  subscribe(other, {"*"}, 10);
  const auto past = many(100);
  std::size_t histories = 0, small = 0, most_asked = 0;
  for (int turn = 0; turn < 20'000 && (histories < 5'000 || small < 5'000); ++turn) {
    const auto text = sent(client);
    const auto less = sent(other);
    histories += count(text, R"("open":true)");
    small += count(less, R"("open":true)");
    most_asked = std::max(most_asked, source.asked.size());
    if (source.asked.empty()) fan_out.sweep(now);
    if (!source.asked.empty()) answer(past);
  }
  EXPECT_EQ(histories, 5'000U);
  EXPECT_EQ(small, 5'000U);
  EXPECT_LE(most_asked, 2 * BarsOwed::kWindow);
  EXPECT_EQ(fan_out.counters().bar_asks.value(), 5'000U) << "each once, for both";
  EXPECT_EQ(client.bars, nullptr) << "nothing is kept of it";
}

TEST_F(BarsTest, SeriesIsKeptAWhileForWhoeverComesBack) {
  for (int i = 0; i < 50; ++i) {
    subscribe(client, {"SIM:BTC-USD"}, 5);
    sent();
    if (i == 0) answer(many(9));
    unsubscribe({"SIM:BTC-USD"}, Interval::k1m);
    sent();
    fan_out.sweep(now);
  }
  EXPECT_EQ(fan_out.counters().bar_asks.value(), 1U);
  EXPECT_TRUE(demand.any(schemas::InstrumentId{0}, Interval::k1m));
  now += HeldBars::kIdleTime;
  fan_out.sweep(now);
  EXPECT_FALSE(demand.any(schemas::InstrumentId{0}));
  EXPECT_EQ(fan_out.counters().bar_series.value(), 0);
}

TEST_F(BarsTest, OfThoseNobodyFollowsFewAreKept) {
  for (int i = 0; i < 998; ++i) add("X" + std::to_string(i));
  subscribe(client, {"*"});
  EXPECT_EQ(fan_out.counters().bar_series.value(), 1'000);
  unsubscribe({"*"}, std::nullopt);
  EXPECT_EQ(fan_out.counters().bar_series.value(), static_cast<int>(HeldBars::kMostIdle));
}

TEST_F(BarsTest, WhoLeavesWhileItsHistoryIsLoadedIsReferredToNoMore) {
  subscribe(client, {"*"}, 1'000);
  sent();
  fan_out.remove(client);
  client.outbox.reset();
  subscribe(client, {"SIM:ETH-USD"}, 10);
  sent();
  while (!source.asked.empty()) answer(many(20));
  EXPECT_EQ(count(sent(), R"("open":true)"), 1U);
}

// Whoever asked for the past is told that there is none: bars come behind their history.
TEST_F(BarsTest, HistoryOfAnInstrumentWithoutBarsIsOneObjectWithoutRows) {
  subscribe(client, {"SIM:BTC-USD"}, 100);
  EXPECT_TRUE(has(sent(), R"("type":"status")"));
  answer({});
  EXPECT_EQ(sent(), R"([{"type":"bar_history","symbol":"SIM:BTC-USD","interval":"1m","bars":[]}])");
  EXPECT_EQ(sent(), "") << "once";
  fan_out.on_tick(of(bar(0, 1), 0));
  EXPECT_TRUE(has(sent(), R"("type":"bar")")) << "its first trade";
}

TEST_F(BarsTest, InstrumentWithoutBarsIsSilentToWhoWantsNoPast) {
  subscribe(client, {"SIM:BTC-USD"});
  EXPECT_TRUE(has(sent(), R"("type":"status")"));
  answer({});
  EXPECT_EQ(sent(), "");
}

// The venue has no candles, refused, or did not answer in time; trades went on all the while.
TEST_F(BarsTest, NoBarComesBeforeAHistoryThatIsShortOrEmpty) {
  for (const bool empty : {true, false}) {
    const auto interval = empty ? Interval::k1s : Interval::k1m;
    subscribe(client, {"SIM:BTC-USD"}, 100, interval);
    sent();
    const auto live = [&](const Bar& one) { fan_out.on_tick(of(one, 0, interval)); };
    live(bar(0, 1, 0));
    live(closed(0, 2, 0));
    EXPECT_FALSE(has(sent(), R"("type":"bar)")) << "it waits";
    if (empty) {
      answer({});  // copied before the first of them
    } else {
      answer({closed(0, 2)});
    }
    live(bar(1, 3, 1));
    EXPECT_TRUE(has(sent(), R"("type":"bar_history")"));
    live(closed(1, 4, 1));
    EXPECT_TRUE(has(sent(), R"("seq":4)"));
  }
}

TEST_F(BarsTest, RoundsFoldTheOpenBarAndNothingElse) {
  subscribe(client, {"SIM:BTC-USD"}, 0, Interval::k1m, 1'000);
  answer({});
  sent();
  for (std::uint64_t i = 1; i <= 5; ++i) fan_out.on_tick(of(bar(0, i, 0), 0));
  fan_out.on_tick(of(closed(0, 6, 0), 0));
  fan_out.on_tick(of(bar(1, 7, 1), 0));
  fan_out.mark_changed(now);
  fan_out.mark_round(now + 2s);
  const auto text = sent();
  EXPECT_EQ(count(text, R"("type":"bar")"), 2U) << text;
  EXPECT_TRUE(has(text, R"("seq":6)") && has(text, R"("seq":7)"));
}

// Whoever began before the first trade misses nothing of what follows, however late it is sent.
TEST_F(BarsTest, FirstBarsOfAllAreNotMissed) {
  subscribe(client, {"SIM:BTC-USD"});
  sent();
  fan_out.on_tick(of(closed(0, 1, 0), 0));
  fan_out.on_tick(of(bar(1, 2, 1), 0));
  auto text = sent();
  EXPECT_TRUE(has(text, R"("seq":1)") && has(text, R"("seq":2)")) << text;
  fan_out.on_tick(of(closed(1, 3, 1), 0));
  std::vector past{closed(-2, 1), closed(-1, 1), closed(0, 1), closed(1, 3), bar(2, 4)};
  for (auto& one : past) one.ordinal = 2;
  answer(past);
  text = sent();
  EXPECT_TRUE(has(text, R"("seq":3)") && has(text, R"("seq":4)")) << text;
  EXPECT_FALSE(has(text, "bar_history")) << "it did not ask for the past: " << text;
}

TEST_F(BarsTest, StampsAreInEachObject) {
  SubscribeRequest request{Channel::kBar, {"SIM:BTC-USD"}, 25, 0, true};
  request.interval = Interval::k1m;
  request.history = 5;
  fan_out.subscribe(client, "1", request);
  sent();
  answer(many(2));
  std::string frame;
  fan_out.compose(client, now += 1s, frame, schemas::Timestamp{77});
  EXPECT_TRUE(has(frame, R"("open":true,"sent":77}])")) << frame;
  fan_out.on_tick(of(closed(2, 4, 0), 0));
  fan_out.mark_changed(now);
  frame.clear();
  fan_out.compose(client, now += 1s, frame, schemas::Timestamp{78});
  EXPECT_TRUE(has(frame, R"("closed":true,"sent":78}])")) << frame;
}

}  // namespace tickgate::gateway
