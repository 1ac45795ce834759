// SPDX-License-Identifier: Apache-2.0
// What the venue's own clock tells of the age of what it sends.
#include <gmock/gmock.h>

#include "tests/support/toy_feed.h"

namespace tickgate::feeds {
namespace {

using schemas::State;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

class ClockTest : public FeedTest {
 protected:
  ClockTest() {
    steady = seconds(1'700'000'000);  // the wall clock is the same here
    facts_.clock = {.path = "/time", .field = "/now", .unit = milliseconds(1)};
  }
  std::string stamp(Monotonic ago) const { return fmt::format("@{}", (venue() - ago).count()); }
  Monotonic venue() const { return steady + ahead; }
  // Live, and what comes is as old as `ago` from the first message on.
  void go_live_late(Monotonic ago) {
    make();
    start();
    connect(ago);
  }
  void connect(Monotonic ago) {
    first().on_connected(now());
    for (int i : {0, 1}) text(fmt::format("snap {} 1 10.0 {}", i, stamp(ago)));
    run(milliseconds(100));
  }
  // Updates of both each 50 ms.
  void go(Monotonic time, Monotonic ago) {
    for (const auto end = steady + time; steady < end;) {
      run(milliseconds(50));
      if (opened.front().connection == nullptr) return;
      ++sequence;
      for (int i : {0, 1}) text(fmt::format("upd {0} {1} {1} {2}", i, sequence, stamp(ago)));
    }
  }
  // The venue answers; its clock stands so many seconds from where it says.
  void tell(Monotonic took, int status = 200, std::string body = {}) {
    if (body.empty()) body = fmt::format(R"({{"now":{}}})", venue().count() / 1000);
    steady += took;
    body.reserve(body.size() + 64);  // readable behind its end, as the socket's buffer is
    ASSERT_THAT(std::exchange(io.fetched, {}), ElementsAre("https://toy.example/time"));
    first().on_http({"https://toy.example/time", status, body, {}}, now());
  }

  Monotonic ahead{};  // the venue's clock, of ours
  std::uint64_t sequence = 1;
};

TEST_F(ClockTest, WhatIsLateFromTheFirstMessageOnIsStale) {
  go_live_late(seconds(6));
  go(milliseconds(50), seconds(6));
  EXPECT_EQ(sink.states[0], State::kLive) << "nobody can know yet";
  tell(milliseconds(40));
  go(milliseconds(50), seconds(6));
  EXPECT_EQ(sink.states[0], State::kStale);
  EXPECT_EQ(sink.reasons[0], "the venue's data is 5 s old");
}

TEST_F(ClockTest, ClocksThatDifferAndAnAnswerThatTookLongAreNoAge) {
  for (const auto apart : {seconds(700), seconds(-700)}) {
    ahead = apart;
    opened.clear();
    feed.reset();
    sequence = 1;
    go_live_late(milliseconds(80));
    go(milliseconds(50), milliseconds(80));
    tell(milliseconds(1500));
    for (int i = 0; i < 5; ++i) {
      go(minutes(1), milliseconds(80));
      ASSERT_EQ(sink.states[0], State::kLive) << apart.count() << ' ' << i;
      tell(milliseconds(30));
    }
  }
}

TEST_F(ClockTest, AVenueWhoseClockWasSetBackIsAskedAndBelieved) {
  go_live_late(milliseconds(80));
  tell(milliseconds(40));
  go(seconds(10), milliseconds(80));
  ahead = -hours(1);
  go(milliseconds(100), milliseconds(80));
  EXPECT_EQ(sink.states[0], State::kStale) << "it may as well be a queue";
  tell(milliseconds(40));
  go(milliseconds(100), milliseconds(80));
  EXPECT_EQ(sink.states[0], State::kLive);
  EXPECT_EQ(reconnects(ReconnectReason::kBehind), 0U);
}

TEST_F(ClockTest, AQueueThatGrewIsNotTakenForAClock) {
  go_live_late(milliseconds(80));
  tell(milliseconds(40));
  go(seconds(10), milliseconds(80));
  go(milliseconds(100), seconds(5));
  tell(milliseconds(40));
  go(seconds(1), seconds(5));
  EXPECT_EQ(sink.states[0], State::kStale);
}

TEST_F(ClockTest, WhatCannotBeReadSaysNothingAndIsAskedAgainInAMinute) {
  go_live_late(seconds(6));
  for (const auto* body : {"{}", "[]", R"({"now":"x"})", R"({"now":-5})", R"({"now":12})",
                           R"({"now":99999999999999999999})", "{\"now\":"}) {
    tell(milliseconds(40), 200, body);
    go(seconds(50), seconds(6));
    ASSERT_EQ(sink.states[0], State::kLive) << body;
    ASSERT_THAT(io.fetched, IsEmpty());
    go(seconds(11), seconds(6));
  }
  tell(milliseconds(40), 500);
  go(seconds(61), seconds(6));
  tell(seconds(3));
  go(milliseconds(50), seconds(6));
  EXPECT_EQ(sink.states[0], State::kLive) << "an answer that took so long tells too little";
}

TEST_F(ClockTest, WhatIsKnownOfItHoldsForTheNextConnection) {
  go_live_late(milliseconds(80));
  tell(milliseconds(40));
  go(seconds(1), milliseconds(80));
  lose(ReconnectReason::kClosed);
  run(seconds(2));
  sequence = 1;
  connect(seconds(6));
  go(milliseconds(100), seconds(6));  // of which the first may be history
  EXPECT_EQ(sink.states[0], State::kStale) << "before it is asked again";
}

}  // namespace
}  // namespace tickgate::feeds
