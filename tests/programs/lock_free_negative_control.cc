// SPDX-License-Identifier: Apache-2.0
// Runs a stress test of a lock-free piece in a form known to be wrong. Each must be caught: by
// ThreadSanitizer (build with the tsan preset) or by the test itself. Exit code 0 means that it
// was not. negative_control_test.py runs them all.
#include <cstdio>
#include <string_view>

#include "tests/support/lock_free_race.h"
#include "tests/support/member_race.h"

namespace {

using namespace tickgate::feeds;  // NOLINT: a program of one file

struct RelaxedRing {
  static constexpr std::memory_order kAcquire = std::memory_order_relaxed;
  static constexpr std::memory_order kRelease = std::memory_order_relaxed;
};
// The producer's side right, the consumer's wrong, and the other way round.
struct NoAcquireRing {
  static constexpr std::memory_order kAcquire = std::memory_order_relaxed;
  static constexpr std::memory_order kRelease = std::memory_order_release;
};
struct NoReleaseRing {
  static constexpr std::memory_order kAcquire = std::memory_order_acquire;
  static constexpr std::memory_order kRelease = std::memory_order_relaxed;
};
struct RelaxedBell {
  static constexpr std::memory_order kRing = std::memory_order_relaxed;
  static constexpr std::memory_order kAnswer = std::memory_order_relaxed;
};

bool caught(const test::RaceResult& result) {
  if (result.lost_wake_up) std::puts("lost wake-up");
  if (result.damaged > 0) std::puts("damaged record");
  return result.lost_wake_up || result.damaged > 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view control = argc == 2 ? argv[1] : "";
  if (control == "ring_relaxed") return caught(test::race_ring<RelaxedRing>(1024, 20'000));
  if (control == "ring_no_acquire") return caught(test::race_ring<NoAcquireRing>(1024, 20'000));
  if (control == "ring_no_release") return caught(test::race_ring<NoReleaseRing>(1024, 20'000));
  if (control == "bell_relaxed") return caught(test::race_bell_orders<RelaxedBell>(10'000));
  if (control == "bell_no_second_drain") {
    return caught(test::race_wake_ups<false>(20'000, std::chrono::milliseconds(300)));
  }
  if (control == "members_without_rings") {
    const auto result = test::race_members<false>(20'000);
    if (result.damaged > 0) std::puts("damaged quote");
    return result.damaged > 0;
  }
  std::fprintf(stderr,
               "usage: lock_free_negative_control ring_relaxed|ring_no_acquire|ring_no_release|"
               "bell_relaxed|bell_no_second_drain|members_without_rings\n");
  return 0;
}
