// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/numbers.h"

// The seeds of a simulation: TICKGATE_SEEDS of them from TICKGATE_FIRST_SEED on, which
// tests/seeds.py sets to run many, and whoever looks into one that failed.
namespace tickgate::testing {

inline std::uint64_t number_from_environment(const char* name, std::uint64_t preset) {
  const char* const text = std::getenv(name);
  std::uint64_t number = 0;
  return text != nullptr && absl::SimpleAtoi(text, &number) ? number : preset;
}

// Calls run(seed) for each until one fails, and says how to see that one again. -> how many ran
template <typename Run>
std::uint64_t for_each_seed(std::uint64_t preset, Run&& run) {
  const auto first = number_from_environment("TICKGATE_FIRST_SEED", 0);
  const auto count = number_from_environment("TICKGATE_SEEDS", preset);
  const auto* const test = ::testing::UnitTest::GetInstance()->current_test_info();
  for (std::uint64_t seed = first; seed - first < count; ++seed) {
    run(seed);
    if (!::testing::Test::HasFailure()) continue;
    ADD_FAILURE() << fmt::format(
        "again: TICKGATE_FIRST_SEED={} TICKGATE_SEEDS=1 {} --gtest_filter={}.{}", seed,
        ::testing::internal::GetArgvs()[0], test->test_suite_name(), test->name());
    return seed - first + 1;
  }
  return count;
}

}  // namespace tickgate::testing
