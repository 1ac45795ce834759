// SPDX-License-Identifier: Apache-2.0
#include "feeds/ingest/beside.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <optional>

#include "tests/support/eventually.h"

namespace tickgate::feeds {
namespace {

using namespace std::chrono_literals;
using ::testing::Optional;
using tickgate::testing::eventually;

class BesideTest : public ::testing::Test {
 protected:
  // Of a call that waits until it may.
  auto waits(int result) {
    return [this, result] {
      ++begun;
      gate.get_future().wait();
      return result;
    };
  }
  std::optional<int> found(const std::function<std::optional<int>()>& ask) {
    std::optional<int> result;
    EXPECT_TRUE(eventually([&] { return (result = ask()).has_value(); }));
    return result;
  }

  std::atomic<int> begun{0};
  std::promise<void> gate;
  Beside<int> beside{"beside-test"};  // the last: it runs what uses the rest
};

TEST_F(BesideTest, NobodyWaitsForACallAndItsResultComesOnce) {
  const auto ask = [this] { return beside.ask(waits(1)); };
  EXPECT_EQ(ask(), std::nullopt);
  EXPECT_TRUE(eventually([this] { return begun == 1; }));
  EXPECT_EQ(ask(), std::nullopt) << "it runs still, and is not begun again";
  gate.set_value();
  EXPECT_THAT(found([this] { return beside.result(); }), Optional(1));
  EXPECT_EQ(beside.result(), std::nullopt);
  EXPECT_EQ(begun, 1);
}

TEST_F(BesideTest, WhatIsBegunLaterTakesThePlaceOfWhatRuns) {
  beside.begin(waits(1));
  EXPECT_TRUE(eventually([this] { return begun == 1; }));
  beside.begin([] { return 2; });
  gate.set_value();
  EXPECT_THAT(found([this] { return beside.result(); }), Optional(2));
}

TEST_F(BesideTest, WhatIsForgottenGivesNoResult) {
  beside.begin(waits(1));
  EXPECT_TRUE(eventually([this] { return begun == 1; }));
  beside.forget();
  gate.set_value();
  EXPECT_THAT(found([this] { return beside.ask([] { return 2; }); }), Optional(2));
}

}  // namespace
}  // namespace tickgate::feeds
