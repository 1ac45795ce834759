// SPDX-License-Identifier: Apache-2.0
// A feed that is asked for bars of the past: each request is answered once, whatever happens.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "tests/support/toy_feed.h"

namespace tickgate::feeds {
namespace {

using schemas::Interval;
using schemas::Timestamp;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Candles : public FeedTest, public CandleSink {
 protected:
  Candles() { surroundings_.candles = this; }
  void on_candles(const CandleAnswer& answer) override {
    answers.push_back(fmt::format("{} {} {}", answer.request.instrument.value(),
                                  name(answer.request.interval),
                                  answer.ok ? std::to_string(answer.candles.size()) : "failed"));
    if (again) again();
  }
  static CandleRequest request(std::uint32_t instrument, Interval interval = Interval::k1m) {
    const auto length = schemas::length(interval);
    return {schemas::InstrumentId{instrument}, interval, Timestamp{length}, Timestamp{3 * length}};
  }
  void answer(const CandleRequest& request, bool ok) {
    const Candle candle{};
    toy->events().on_candles({request, ok, {&candle, std::size_t{ok}}, now().wall});
  }

  std::vector<std::string> answers;
  std::function<void()> again;
};

TEST_F(Candles, AreAskedOverTheConnectionThatHasTheInstrument) {
  make(patient());
  EXPECT_FALSE(feed->ask_candles(request(0)));
  start();
  EXPECT_FALSE(feed->ask_candles(request(0))) << "there is no connection yet";
  first().on_connected(now());
  EXPECT_FALSE(feed->ask_candles(request(99)));
  ASSERT_TRUE(feed->ask_candles(request(0)));
  ASSERT_TRUE(feed->ask_candles(request(1, Interval::k1d)));
  EXPECT_EQ(toy->asked_candles.size(), 2U);
  answer(request(1, Interval::k1d), true);
  answer(request(0), false);
  answer(request(0), true);  // nobody waits for it
  EXPECT_THAT(answers, ElementsAre("1 1d 1", "0 1m failed"));
  toy->has_candles = false;
  EXPECT_FALSE(feed->ask_candles(request(0)));
  feed->stop(now());
  EXPECT_FALSE(feed->ask_candles(request(0)));
}

TEST_F(Candles, FailWithTheirConnection) {
  make(patient());
  go_live();
  ASSERT_TRUE(feed->ask_candles(request(0)));
  // Whoever asks again at once is told that nobody can be asked.
  again = [&] { EXPECT_FALSE(feed->ask_candles(request(0))); };
  lose(ReconnectReason::kClosed);
  EXPECT_THAT(answers, ElementsAre("0 1m failed"));
  EXPECT_FALSE(feed->ask_candles(request(0)));
  answers.clear();
  run(seconds(30));
  first().on_connected(now());
  again = nullptr;
  ASSERT_TRUE(feed->ask_candles(request(0)));
  feed->stop(now());
  EXPECT_THAT(answers, ElementsAre("0 1m failed"));
}

TEST_F(Candles, FailWhereNoAnswerComes) {
  make(patient());
  go_live();
  ASSERT_TRUE(feed->ask_candles(request(0)));
  run(minutes(4), "hb");
  EXPECT_THAT(answers, IsEmpty());
  ASSERT_TRUE(feed->ask_candles(request(1)));
  run(seconds(61), "hb");
  EXPECT_THAT(answers, ElementsAre("0 1m failed"));
  answer(request(0), true);
  answer(request(1), true);
  EXPECT_THAT(answers, ElementsAre("0 1m failed", "1 1m 1"));
}

TEST_F(Candles, OfAFeedWithoutASinkAreNotAskedFor) {
  surroundings_.candles = nullptr;
  make(patient());
  go_live();
  EXPECT_FALSE(feed->ask_candles(request(0)));
}

}  // namespace
}  // namespace tickgate::feeds
