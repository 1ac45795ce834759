// SPDX-License-Identifier: Apache-2.0
#include "feeds/publish/record_ring.h"

#include <deque>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

namespace tickgate::feeds {
namespace {

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

std::vector<std::string> drained(RecordRing& ring, std::size_t max = SIZE_MAX) {
  std::vector<std::string> out;
  const auto count = ring.drain(
      [&](std::span<const std::byte> record) {
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(record.data()) % 8, 0U);
        out.emplace_back(reinterpret_cast<const char*>(record.data()), record.size());
      },
      max);
  EXPECT_EQ(count, out.size());
  return out;
}

using Texts = std::vector<std::string>;

TEST(RecordRing, GivesRecordsBackInOrderAndWhole) {
  RecordRing ring(256);
  EXPECT_TRUE(ring.empty());
  EXPECT_TRUE(ring.try_push(bytes("one")));
  EXPECT_TRUE(ring.try_push(bytes("two+"), bytes("three"), bytes("+four")));
  EXPECT_TRUE(ring.try_push({}));
  EXPECT_FALSE(ring.empty());
  EXPECT_EQ(drained(ring), (Texts{"one", "two+three+four", ""}));
  EXPECT_TRUE(ring.empty());
  EXPECT_EQ(ring.used_bytes(), 0U);
}

TEST(RecordRing, RefusesWhatDoesNotFitAndWritesNothing) {
  RecordRing ring(64);
  EXPECT_EQ(ring.max_record(), 24U);
  EXPECT_TRUE(ring.try_push(bytes("123456789012345678901234")));  // 32 bytes with its length
  EXPECT_TRUE(ring.try_push(bytes("12345678")));                  // 48
  EXPECT_FALSE(ring.try_push(bytes("123456789")));                // 72
  EXPECT_TRUE(ring.try_push(bytes("abcdefgh")));                  // 64: full to the last byte
  EXPECT_EQ(ring.used_bytes(), 64U);
  EXPECT_FALSE(ring.try_push({}));
  EXPECT_EQ(drained(ring), (Texts{"123456789012345678901234", "12345678", "abcdefgh"}));
}

TEST(RecordRing, RecordThatWouldCrossTheEndStartsAtTheBeginning) {
  RecordRing ring(64);
  ASSERT_TRUE(ring.try_push(bytes("123456789012345678901234")));
  ASSERT_TRUE(ring.try_push(bytes("1234567890123456")));  // 56 of 64: only a length fits behind it
  EXPECT_EQ(drained(ring, 1).size(), 1U);
  EXPECT_TRUE(ring.try_push(bytes("over the edge")));
  EXPECT_FALSE(ring.try_push(bytes("x")));  // 24 + 8 of padding + 24 are in use
  EXPECT_EQ(drained(ring), (Texts{"1234567890123456", "over the edge"}));
}

TEST(RecordRing, LongestRecordFitsAnEmptyRingAtEveryPosition) {
  RecordRing ring(128);
  const std::string longest(ring.max_record(), 'x');
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(ring.try_push(bytes(longest))) << i;
    ASSERT_EQ(drained(ring), Texts{longest});
    ASSERT_TRUE(ring.try_push({}));
    ASSERT_EQ(drained(ring), Texts{""});
  }
}

TEST(RecordRing, DrainTakesNoMoreThanAsked) {
  RecordRing ring(256);
  for (const char* text : {"a", "b", "c"}) ASSERT_TRUE(ring.try_push(bytes(text)));
  EXPECT_EQ(drained(ring, 0), Texts{});
  EXPECT_EQ(drained(ring, 2), (Texts{"a", "b"}));
  EXPECT_EQ(drained(ring), (Texts{"c"}));
}

TEST(RecordRing, RoomComesBackDuringADrain) {
  RecordRing ring(64);
  for (const char* text : {"a", "b", "c", "d"}) ASSERT_TRUE(ring.try_push(bytes(text)));
  int calls = 0;
  ring.drain([&](std::span<const std::byte>) {
    if (++calls == 2) {
      EXPECT_TRUE(ring.try_push(bytes("e")));  // the room of "a"
      EXPECT_FALSE(ring.try_push(bytes("f")));
    }
  });
  EXPECT_EQ(calls, 4);  // what came during the drain waits for the next
  EXPECT_EQ(drained(ring), Texts{"e"});
}

TEST(RecordRing, BehavesAsAQueueUnderRandomUse) {
  std::mt19937 random(20241120);
  RecordRing ring(1024);
  std::deque<std::string> expected;
  std::size_t refused = 0;
  for (int step = 0; step < 200'000; ++step) {
    if (random() % 3 != 0) {
      std::string text(random() % 200, static_cast<char>('a' + step % 26));
      const std::size_t cut = text.empty() ? 0 : random() % text.size();
      const auto whole = bytes(text);
      if (ring.try_push(whole.first(cut), whole.subspan(cut))) {
        expected.push_back(std::move(text));
      } else {
        ++refused;
        ASSERT_GE(ring.used_bytes() + 2 * (whole.size() + 16), ring.capacity());
      }
    } else {
      for (const auto& text : drained(ring, random() % 8)) {
        ASSERT_FALSE(expected.empty());
        ASSERT_EQ(text, expected.front());
        expected.pop_front();
      }
    }
    ASSERT_EQ(ring.empty(), expected.empty());
  }
  EXPECT_GT(refused, 1000U);
}

TEST(RecordRingDeathTest, CapacityIsAPowerOfTwoAndRecordsFit) {
  EXPECT_DEATH(RecordRing(96), "broken invariant");
  RecordRing ring(64);
  EXPECT_DEATH(static_cast<void>(ring.try_push(bytes("1234567890123456789012345"))),
               "broken invariant");
}

}  // namespace
}  // namespace tickgate::feeds
