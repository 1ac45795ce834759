// SPDX-License-Identifier: Apache-2.0
// The flush policy under a world made up by seed, in virtual time. A failing seed is printed, and
// replays exactly.
#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <vector>

#include "tests/support/simulated_shard.h"

namespace tickgate::testing {

using std::chrono::seconds;

namespace {

std::vector<std::uint32_t> any_intervals(std::mt19937_64& random, std::uint32_t longest) {
  std::vector<std::uint32_t> intervals;
  for (int i = 0; i < 3; ++i) {
    const auto some = static_cast<std::uint32_t>(1 + random() % longest);
    const bool on_grid = random() % 2 == 0 && some >= 50;
    intervals.push_back(on_grid ? some / 50 * 50 : some);
  }
  return intervals;
}

Profile profile_of(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Profile profile;
  profile.instruments = 1 + random() % 6;
  profile.push_gap = static_cast<std::int64_t>(2'000 + random() % 100'000);
  if (seed % 32 == 0) {  // so many with one long interval that a round takes 70 ms
    profile.statuses = false;
    profile.flush_cost = Monotonic{200};
    profile.push_gap = 50'000;
    profile.action_gap = 1'000;
    profile.clients.assign(700, {2'000});
    for (int i = 0; i < 20; ++i) profile.clients.push_back({i % 4 == 0 ? 0U : 100U});
  } else if (seed % 32 == 16) {  // or with a short one, and somebody for whom the bell rings
    profile.instruments = 1;
    profile.clients.assign(300, {200});
    profile.clients.push_back({0});
  } else if (seed % 8 == 1) {  // many who want every value
    profile.clients.assign(60, {0});
  } else {
    const auto longest = random() % 2 == 0 ? 5'000U : 200U;
    for (std::uint64_t i = 0, count = 2 + random() % 10; i < count; ++i) {
      auto& intervals = profile.clients.emplace_back(any_intervals(random, longest));
      if (seed % 2 == 0 && random() % 2 == 0) intervals.push_back(0);
    }
  }
  return profile;
}

}  // namespace

TEST(FlushSchedulerSimulation, HundredsOfSeedsKeepEveryPromise) {
  SimulatedShard::Trace all;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto run = [&] {
      return SimulatedShard(seed, profile_of(seed)).run(seconds(4), seconds(11));
    };
    const auto first = run();
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
    // No clock, pointer or hash order decides anything.
    ASSERT_EQ(run().hash, first.hash) << "seed " << seed;
    all.frames += first.frames;
    all.idle_sleeps += first.idle_sleeps;
    all.bells += first.bells;
    all.pieces += first.pieces;
    all.blocked += first.blocked;
  }
  // There was something to go wrong.
  EXPECT_GT(all.frames, 50'000U);
  EXPECT_GT(all.idle_sleeps, 50'000U);
  EXPECT_GT(all.bells, 5'000U);
  EXPECT_GT(all.pieces, 50'000U);
  EXPECT_GT(all.blocked, 5'000U);
}

}  // namespace tickgate::testing
