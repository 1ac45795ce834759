// SPDX-License-Identifier: Apache-2.0
#include "feeds/delay/delay_log.h"

#include <gtest/gtest.h>

#include <cstring>
#include <deque>
#include <random>
#include <string>

namespace tickgate::feeds {
namespace {

DelayLog::Bytes bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }
std::string text_of(const DelayLog::Record& record) {
  return {reinterpret_cast<const char*>(record.bytes.data()), record.bytes.size()};
}

class DelayLogTest : public testing::TestWithParam<const char*> {
 protected:
  std::unique_ptr<DelayLog> make(std::size_t readers) {
    auto made = DelayLog::make(DelayLog::kLeastBytes, GetParam(), readers);
    EXPECT_TRUE(made.ok()) << made.status();
    return *std::move(made);
  }
};
INSTANTIATE_TEST_SUITE_P(Memory, DelayLogTest, testing::Values("", "/tmp"),
                         [](const auto& one) { return *one.param == 0 ? "anonymous" : "file"; });

// Over many laps, with records of all lengths, each reader at its own pace: what a simple list
// says.
TEST_P(DelayLogTest, EachReaderReadsAllInOrder) {
  std::mt19937 random(7);
  const auto log = make(2);
  std::deque<std::pair<std::int64_t, std::string>> expected[2];
  std::int64_t at = 0;
  std::size_t laps = 0, full = 0;
  while (laps < 20 * DelayLog::kLeastBytes) {
    const std::string text(random() % (DelayLog::kMostRecord + 1), static_cast<char>(random()));
    at += static_cast<std::int64_t>(random() % 3);
    const bool certain = log->room_for() > 0;
    if (log->append({at, static_cast<std::uint32_t>(at % 5), bytes_of(text)})) {
      laps += text.size();
      for (auto& one : expected) one.emplace_back(at, text);
    } else {
      EXPECT_FALSE(certain);
      ++full;
    }
    EXPECT_LE(log->used_bytes(), log->capacity());
    for (std::size_t reader = 0; reader < 2; ++reader) {
      const auto most = random() % (reader == 0 ? 4 : 2);
      for (std::size_t i = 0; i < most && !expected[reader].empty(); ++i) {
        const auto record = log->next(reader);
        ASSERT_TRUE(record.has_value());
        ASSERT_EQ(record->at, expected[reader].front().first);
        ASSERT_EQ(record->source, static_cast<std::uint32_t>(record->at % 5));
        ASSERT_EQ(text_of(*record), expected[reader].front().second);
        ASSERT_EQ(reinterpret_cast<std::uintptr_t>(record->bytes.data()) % 8, 0U);
        expected[reader].pop_front();
        log->pop(reader);
      }
    }
  }
  EXPECT_GT(full, 0U);
  EXPECT_EQ(log->next(1).has_value(), !expected[1].empty());
}

TEST_P(DelayLogTest, HoldsWhatTheSlowestReaderHasNotRead) {
  const auto log = make(2);
  ASSERT_TRUE(log->append({1, 0, bytes_of("one")}));
  log->next(0);
  log->pop(0);
  EXPECT_FALSE(log->next(0).has_value());
  EXPECT_GT(log->used_bytes(), 0U);
  ASSERT_TRUE(log->next(1).has_value());
  EXPECT_EQ(text_of(*log->next(1)), "one");
  log->pop(1);
  EXPECT_EQ(log->used_bytes(), 0U);
}

TEST(DelayLogFileTest, SaysWhyThereIsNone) {
  const auto none = DelayLog::make(DelayLog::kLeastBytes, "/nowhere/at/all", 1);
  EXPECT_EQ(none.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(none.status().message(),
            "/nowhere/at/all: no file can be made in it: No such file or directory");
}

}  // namespace
}  // namespace tickgate::feeds
