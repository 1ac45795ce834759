// SPDX-License-Identifier: Apache-2.0
#include "feeds/derived/consolidator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "feeds/derived/member_tap.h"
#include "tests/support/best_lines.h"
#include "tests/support/test_ticks.h"

namespace tickgate::feeds {
namespace {

using schemas::Instrument;
using schemas::State;
using std::chrono::seconds;
using Lines = std::vector<std::string>;

constexpr schemas::Timestamp kNow{1'700'000'000'000'000};

// Two threads' worth of it on one: a's feed is on the thread that consolidates, b's on the other.
// A shard reads the first one's ring.
class ConsolidatorTest : public ::testing::Test {
 protected:
  ConsolidatorTest() {
    a_fan.attach(a_feed.cache());
    b_fan.attach(b_feed.cache());
    b_tap.attach(b_feed.cache());
    shared.watch(1, beat);
    beat.strike(now);
    a_feed.announce(a);
    b_feed.announce(b);
    quote(a_feed, a, "10");
    quote(b_feed, b, "11");
    a_feed.set_state(a.id, State::kLive, "", kNow);
    b_feed.set_state(b.id, State::kLive, "", kNow);
    batch();
    read();
  }

  static void quote(Publisher& feed, const Instrument& instrument, std::string_view bid) {
    feed.publish(testing::quote(instrument, 1, bid));
  }
  // The end of one on both threads, and what the first takes from the other.
  void batch() {
    b_fan.flush();
    while (consolidator.drain(now, kNow)) {
    }
    a_fan.flush();
  }
  Lines read() {
    ring.drain(out);
    return out.take();
  }
  static std::size_t place(const Lines& lines, std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::find_if(lines, [&](const auto& line) { return line.starts_with(text); }) -
        lines.begin());
  }

  Beat::Moment now = seconds(100);
  schemas::InstrumentRegistry registry;
  const Instrument& a = registry.add("a", "BTC-USD");
  const Instrument& b = registry.add("b", "BTC-USD");
  Consolidation shared{BestRules{{{"*", "USD", {"a", "b"}, {}}}}, 2};
  Beat beat;
  TickRing ring{std::size_t{1} << 14U};
  Doorbell bell;
  testing::BestLines out;
  std::vector<ShardLink> links{{&ring, &bell}};
  Consolidator consolidator{shared, registry, links};
  RingFan a_fan{links}, b_fan{{}};
  std::unique_ptr<TickSink> a_tap = consolidator.tap(a_fan, a_fan);
  MemberTap b_tap{shared, 1, b_fan, b_fan};
  Publisher a_feed{*a_tap}, b_feed{b_tap};
};

}  // namespace

TEST_F(ConsolidatorTest, TakesMembersOfBothThreads) {
  quote(b_feed, b, "12");
  batch();
  EXPECT_EQ(read(), Lines{"quote BEST:BTC-USD 12x1.0@b 200.20x2.0@a"});
  EXPECT_EQ(out.statuses.back().note.view(), "a, b");
}

TEST_F(ConsolidatorTest, AShardHearsOfTheBestPriceBeforeItHearsWhyAVenueHasLeft) {
  quote(a_feed, a, "13");
  batch();
  read();
  a_feed.set_state(a.id, State::kStale, "silent", kNow);
  batch();
  const auto lines = read();
  ASSERT_LT(place(lines, "quote BEST:BTC-USD 11x1.0@b"), lines.size());
  EXPECT_LT(place(lines, "quote BEST:BTC-USD 11x1.0@b"), place(lines, "status A:BTC-USD stale"));
  EXPECT_LT(place(lines, "status BEST:BTC-USD live in[b]"), place(lines, "status A:BTC-USD stale"));
}

TEST_F(ConsolidatorTest, SoItIsThroughAFullRing) {
  for (int i = 0; a_fan.postponed().value() == 0; ++i) quote(a_feed, a, std::to_string(1000 + i));
  a_fan.flush();
  a_feed.set_state(a.id, State::kStale, "silent", kNow);
  // Room for a status, and for nothing before it.
  ring.drain(out, 3);
  a_feed.set_state(a.id, State::kDown, "gone", kNow);
  std::string best_bid_venue = "a";
  for (int turn = 0; turn < 100; ++turn) {
    a_fan.flush();
    ring.drain(out, 1);
    for (const auto& line : out.take()) {
      if (line.starts_with("quote BEST"))
        best_bid_venue = line.find("@b ") != line.npos ? "b" : "a";
      if (line.starts_with("status A:BTC-USD")) {
        EXPECT_EQ(best_bid_venue, "b") << line;
      }
    }
  }
  while (!ring.empty()) {
    a_fan.flush();
    ring.drain(out);
  }
  EXPECT_TRUE(
      std::ranges::any_of(
          out.lines, [](const auto& line) { return line.starts_with("status A:BTC-USD down"); }) ||
      out.statuses.back().quote_state == State::kDown);
}

TEST_F(ConsolidatorTest, AVenueOfAnotherThreadComesBackWithItsNewestQuote) {
  b_feed.set_state(b.id, State::kDown, "", kNow);
  batch();
  EXPECT_EQ(read().front(), "quote BEST:BTC-USD 10x1.0@a 200.20x2.0@a");
  quote(b_feed, b, "9");  // held back, until
  b_feed.set_state(b.id, State::kLive, "", kNow);
  consolidator.drain(now, kNow);  // in the middle of its batch
  batch();
  EXPECT_EQ(read(), Lines{"status BEST:BTC-USD live in[a, b] out[]"}) << "11 is over";
}

TEST_F(ConsolidatorTest, AThreadThatStandsStillIsLeftOutUntilItBeatsAndAllItSaidIsRead) {
  now += Beat::kLimit + seconds(1);
  batch();
  EXPECT_EQ(read(), (Lines{"quote BEST:BTC-USD 10x1.0@a 200.20x2.0@a",
                           "status BEST:BTC-USD live in[a] out[b stale: its feed's thread stands "
                           "still]"}));
  quote(b_feed, b, "12");
  batch();
  EXPECT_EQ(read(), Lines{});
  b_feed.set_state(b.id, State::kStale, "no fresh value since the pause", kNow);
  beat.strike(now);
  batch();
  EXPECT_EQ(read().back(),
            "status BEST:BTC-USD live in[a] out[b stale: no fresh value since the "
            "pause]");
  b_feed.set_state(b.id, State::kLive, "", kNow);
  batch();
  EXPECT_EQ(read().back(), "quote BEST:BTC-USD 12x1.0@b 200.20x2.0@a");
}

TEST_F(ConsolidatorTest, APauseThatIsOverWhenWeLookIsSeenAllTheSame) {
  now += Beat::kLimit + seconds(1);
  beat.strike(now);
  batch();
  const auto lines = read();
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[1].find("status BEST:BTC-USD live in[a] out[b stale"), 0U);
  EXPECT_EQ(lines[2], "status BEST:BTC-USD live in[a, b] out[]");
}

TEST_F(ConsolidatorTest, WhoIsRemovedOnEitherThreadIsInNoPriceWhenThatIsSaid) {
  b_feed.remove(b, kNow);
  batch();
  auto lines = read();
  EXPECT_LT(place(lines, "status BEST:BTC-USD live in[a]"), lines.size());
  a_feed.remove(a, kNow);
  batch();
  lines = read();
  ASSERT_LT(place(lines, "removed A:BTC-USD"), lines.size());
  EXPECT_LT(place(lines, "removed BEST:BTC-USD"), place(lines, "removed A:BTC-USD"));
  b_feed.announce(b);
  b_feed.set_state(b.id, State::kLive, "", kNow);
  quote(b_feed, b, "12");
  batch();
  lines = read();
  EXPECT_LT(place(lines, "instrument BEST:BTC-USD"), place(lines, "quote BEST:BTC-USD"));
}

}  // namespace tickgate::feeds
