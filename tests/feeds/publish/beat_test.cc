// SPDX-License-Identifier: Apache-2.0
#include "feeds/publish/beat.h"

#include <gtest/gtest.h>

#include <array>
#include <thread>

namespace tickgate::feeds {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Beat, BeforeTheFirstNobodyIsLate) {
  const Beat beat;
  EXPECT_EQ(beat.age(seconds(1'000)), seconds(0));
}

TEST(Beat, IsAsOldAsItsNewest) {
  Beat beat;
  beat.strike(seconds(10));
  EXPECT_EQ(beat.age(seconds(12)), seconds(2));
  beat.strike(seconds(12));
  EXPECT_EQ(beat.age(seconds(12)), seconds(0));
  EXPECT_EQ(beat.age(milliseconds(11'999)), seconds(0)) << "who read the clock before it came";
}

TEST(Beat, CountsWhatWasLongerThanTheLimit) {
  Beat beat;
  beat.strike(seconds(10));
  beat.strike(seconds(11));
  EXPECT_EQ(beat.pauses(), 0U) << "just allowed";
  beat.strike(seconds(12) + microseconds(1));
  beat.strike(seconds(12) + milliseconds(50));
  EXPECT_EQ(beat.pauses(), 1U);
}

// Also under the thread sanitizer, for which `said` is a race when the orders are too weak.
TEST(Beat, WhoSeesOneSeesWhatWasSaidBefore) {
  constexpr int kBeats = 2'000;
  Beat beat;
  std::array<int, kBeats> said{};
  std::thread feed([&] {
    for (int i = 1; i < kBeats; ++i) {
      said[static_cast<std::size_t>(i)] = i;
      beat.strike(microseconds(i));
    }
  });
  const microseconds end(kBeats);
  for (std::int64_t seen = 0; seen < kBeats - 1;) {
    const auto age = beat.age(end);
    if (age == microseconds(0)) continue;  // none yet
    seen = (end - age).count();
    ASSERT_EQ(said[static_cast<std::size_t>(seen)], seen);
  }
  feed.join();
}

}  // namespace
}  // namespace tickgate::feeds
