// SPDX-License-Identifier: Apache-2.0
// Where the venue's candles end and our bars begin.
#include <gtest/gtest.h>

#include "tests/feeds/derived/bars_fixture.h"

namespace tickgate::feeds {
namespace {

class BarsSeam : public BarsFixture {
 protected:
  static Candle row(double seconds, std::string_view price, std::string_view volume) {
    const auto at_price = testing::price(price);
    return {schemas::Timestamp{at(seconds)}, at_price, at_price, at_price, at_price,
            testing::quantity(volume),       7};
  }
  void ask(schemas::Interval interval) {
    bars->with_bars(
        id, interval, [this](const BarsCopy& copy) { answers.push_back(copy); }, now());
  }
  void answer(const std::vector<Candle>& rows, bool ok = true) {
    ASSERT_FALSE(venue.asked.empty());
    const auto request = venue.asked.front();
    venue.asked.erase(venue.asked.begin());
    bars->on_candles({request, ok, rows, now().wall});
  }
  std::vector<BarsCopy> answers;
};

TEST_F(BarsSeam, TheBarInWhichWeBeganIsTheVenuesUntilItCloses) {
  start();
  go_to(90);
  trade(90, "5");
  ask(k1m);
  ASSERT_EQ(venue.asked.size(), 1U);
  EXPECT_EQ(venue.asked[0].from.value(), at(60 - 1000 * 60.0));
  EXPECT_EQ(venue.asked[0].to.value(), at(120));
  EXPECT_TRUE(answers.empty());
  answer({row(0, "3", "30"), row(60, "4", "40")});
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(held(k1m), (Texts{"0: 3 3 3 3 v30 n7 closed", "60: 4 4 4 4 v40 n7"}));
  trade(100, "6");
  EXPECT_EQ(held(k1m)[1], "60: 4 6 4 6 v41 n8") << "the venue's, and what came since";
  go_to(121.5);
  ASSERT_EQ(venue.asked.size(), 1U) << "its last row";
  EXPECT_EQ(venue.asked[0].from.value(), at(60));
  trade(121, "8");
  news(k1m);
  answer({row(60, "5", "50")});
  go_to(122);
  EXPECT_EQ(news(k1m), (Texts{"60: 5 5 5 5 v50 n7 corrected", "120: 8 8 8 8 v1 n1"}));
  trade(110, "9");
  go_to(123);
  EXPECT_EQ(held(k1m),
            (Texts{"0: 3 3 3 3 v30 n7 closed", "60: 5 5 5 5 v50 n7 closed", "120: 8 8 8 8 v1 n1"}))
      << "a late trade is in the venue's row";
  EXPECT_TRUE(venue.asked.empty()) << "nothing is lacking any more";
  ask(k1m);
  EXPECT_TRUE(venue.asked.empty());
  EXPECT_EQ(answers.size(), 2U) << "at once";
}

TEST_F(BarsSeam, AllWhoAskMeanwhileShareOneQuestionAndOneCopy) {
  start();
  go_to(90);
  for (int i = 0; i < 5; ++i) ask(k1m);
  EXPECT_EQ(venue.asked.size(), 1U);
  answer({row(0, "3", "30")});
  ASSERT_EQ(answers.size(), 5U);
  for (const auto& copy : answers) EXPECT_EQ(copy, answers[0]);
}

TEST_F(BarsSeam, WhoeverWaitsIsAnsweredInTimeAndAFailureIsAskedAgain) {
  start();
  go_to(90);
  trade(90, "5");
  ask(k1m);
  go_to(99);
  EXPECT_TRUE(answers.empty());
  go_to(101);
  ASSERT_EQ(answers.size(), 1U) << "with what there is";
  EXPECT_EQ(answers[0]->size(), 1U);
  answer({}, false);
  ask(k1m);
  EXPECT_TRUE(venue.asked.empty()) << "not at once";
  go_to(107);
  EXPECT_EQ(venue.asked.size(), 1U);
}

TEST_F(BarsSeam, WhereTheVenueHasNoneThereIsWhatWeSaw) {
  start();
  venue.has_any = false;
  go_to(90);
  trade(90, "5");
  ask(k1s);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0]->size(), 1U);
}

TEST_F(BarsSeam, BarsThatLostTradesAreMendedByTheVenue) {
  start();
  demand.lower(id, k1s);
  ask(k1m);
  answer({});
  go_to(30);
  trade(30, "5");
  go_to(61.5);
  answer({row(0, "5", "1")});
  trade(90, "5");
  lose();
  trade(100, "5");
  go_to(125);
  ASSERT_EQ(venue.asked.size(), 1U);
  EXPECT_EQ(held(k1m)[1], "60: 5 5 5 5 v2 n2 closed incomplete");
  answer({row(60, "6", "60")});
  EXPECT_EQ(held(k1m)[1], "60: 6 6 6 6 v60 n7 closed");
}

TEST_F(BarsSeam, NoRowOfOursIsTakenFromTheVenue) {
  start();
  go_to(30);
  trade(30, "5");
  go_to(70);
  trade(70, "6");
  go_to(130);
  ask(k1m);
  ASSERT_EQ(venue.asked.size(), 1U);
  EXPECT_EQ(venue.asked[0].to.value(), at(60));
  answer({row(-60, "2", "2"), row(0, "3", "3"), row(60, "4", "4"), row(120, "4", "4")});
  EXPECT_EQ(held(k1m), (Texts{"-60: 2 2 2 2 v2 n7 closed", "0: 3 3 3 3 v3 n7 closed",
                              "60: 6 6 6 6 v1 n1 closed"}));
}

}  // namespace
}  // namespace tickgate::feeds
