// SPDX-License-Identifier: Apache-2.0
#include "gateway/ledger/usage_book.h"

#include <gtest/gtest.h>

#include <sstream>

#include "gateway/ledger/day_usage.h"

namespace tickgate::gateway {
namespace {

using schemas::Timestamp;

const UsageKey kAcme{"acme", "gold", "KRAKEN", 0};
const UsageKey kOther{"other", "", "KRAKEN", 0};

UsageSeen seen(std::uint64_t connections, std::uint64_t updates, std::uint32_t minute = 5) {
  UsageSeen made;
  made.connections = connections;
  made.updates = updates;
  made.minutes.add(minute);
  return made;
}

// What a reader makes of all that was written.
std::vector<UsageSum> sums_of(const std::string& lines) {
  DayUsage usage;
  std::istringstream file(lines);
  usage.add_all(file);
  EXPECT_EQ(usage.skipped(), 0U);
  return usage.sums();
}

TEST(UsageBook, SumsAreOfAllShardsAndThePeakIsAsItIsTold) {
  UsageBook book("R");
  std::string lines;
  book.add({{kAcme, seen(2, 10)}});
  book.add({{kAcme, seen(3, 5, 6)}});
  book.note_open(kAcme, 5, 5);
  book.append_changed(lines, Timestamp{1});
  book.note_written();
  book.note_open(kAcme, -4, 5);
  book.add({{kAcme, seen(0, 1)}});
  book.add({{kAcme, seen(1, 0)}});
  book.append_changed(lines, Timestamp{2});
  const auto sums = sums_of(lines);
  ASSERT_EQ(sums.size(), 1U);
  EXPECT_EQ(sums[0].key, kAcme);
  EXPECT_EQ(sums[0].connections, 6U);
  EXPECT_EQ(sums[0].updates, 16U);
  EXPECT_EQ(sums[0].peak, 5U);
  EXPECT_EQ(sums[0].minutes, 2U) << "a minute of two shards is one";
}

TEST(UsageBook, APeakOfWhichNoShardHasToldYetIsNotWritten) {
  UsageBook book("R");
  book.note_open(kAcme, 1, 1);
  EXPECT_FALSE(book.has_changed());
  book.add({{kAcme, seen(1, 0)}});
  std::string lines;
  book.append_changed(lines, Timestamp{1});
  EXPECT_EQ(sums_of(lines).at(0).peak, 1U);
  book.note_written();
  book.note_open(kAcme, 1, 2);
  EXPECT_TRUE(book.has_changed());
}

TEST(UsageBook, OnlyWhatChangedIsWrittenUntilItIsOnTheDisk) {
  UsageBook book("R");
  book.add({{kAcme, seen(1, 1)}, {kOther, seen(1, 1)}});
  EXPECT_TRUE(book.has_changed());
  book.note_written();
  book.add({{kAcme, seen(0, 0)}, {kOther, seen(0, 7)}});
  std::string lines;
  book.append_changed(lines, Timestamp{1});
  EXPECT_EQ(lines.find("acme"), std::string::npos);
  std::string again;
  book.append_changed(again, Timestamp{1});
  EXPECT_EQ(lines, again) << "the disk failed";
  EXPECT_EQ(sums_of(lines).at(0).updates, 8U);
}

TEST(UsageBook, SymbolsAreCountedOnceAndNamedOnce) {
  UsageBook book("R");
  auto one = seen(1, 1);
  one.symbols = {{7, "KRAKEN:A-B"}, {64, "KRAKEN:C-D"}};
  book.add({{kAcme, one}});
  book.add({{kAcme, one}});
  std::string lines;
  book.append_changed(lines, Timestamp{1});
  EXPECT_NE(lines.find(R"("symbols":2)"), std::string::npos);
  EXPECT_EQ(lines.find("KRAKEN:A-B"), lines.rfind("KRAKEN:A-B"));
  book.note_written();
  book.add({{kAcme, seen(0, 1)}});
  book.append_changed(lines, Timestamp{2});
  EXPECT_EQ(lines.find("KRAKEN:A-B"), lines.rfind("KRAKEN:A-B"));
  EXPECT_EQ(sums_of(lines).at(0).symbols, 2U);
}

TEST(UsageBook, ManySymbolsAreSeveralLines) {
  UsageBook book("R");
  auto one = seen(1, 1);
  for (std::uint32_t i = 0; i < 2'500; ++i) {
    one.symbols.emplace_back(i, "KRAKEN:S" + std::to_string(i) + "-USD");
  }
  book.add({{kAcme, one}});
  std::string lines;
  book.append_changed(lines, Timestamp{1});
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 3);
  EXPECT_EQ(sums_of(lines).at(0).symbols, 2'500U);
}

TEST(UsageBook, BeyondTheMostSubjectsUsageIsThatOfOthersTogether) {
  UsageBook book("R", 2);
  UsageTable table;
  for (int i = 0; i < 10; ++i) {
    const UsageKey key{"subject " + std::to_string(i), "", "KRAKEN", 0};
    table.emplace(key, seen(1, 1));
  }
  book.add(table);
  for (const auto& [key, one] : table) book.note_open(key, 1, 1);
  std::string lines;
  book.append_changed(lines, Timestamp{1});
  const auto sums = sums_of(lines);
  ASSERT_EQ(sums.size(), 3U);
  EXPECT_EQ(sums[0].key.subject, "(other)");
  EXPECT_EQ(sums[0].updates, 8U);
  EXPECT_EQ(sums[0].peak, 8U);
}

TEST(UsageTable, WhatIsSeenLaterIsAdded) {
  UsageTable sum{{kAcme, seen(4, 10)}, {kOther, seen(1, 1)}};
  add_later(sum, {{kAcme, seen(1, 5, 9)}});
  EXPECT_EQ(sum[kAcme].connections, 5U);
  EXPECT_EQ(sum[kAcme].updates, 15U);
  EXPECT_EQ(sum[kAcme].minutes.count(), 2U);
  EXPECT_EQ(sum[kOther].connections, 1U);
}

TEST(DayUsage, RunsOfADayAreAddedAndMinutesAndSymbolsOfBothCountOnce) {
  std::string lines;
  for (const char* run : {"R1", "R2"}) {
    append_line(lines, BeginLine{Timestamp{1}, run, "pod"});
    UsageBook book(run);
    auto one = seen(3, 10, 7);
    one.symbols = {{1, "KRAKEN:A-B"}};
    book.add({{kAcme, one}});
    book.note_open(kAcme, 3, 3);
    book.append_changed(lines, Timestamp{2});
  }
  append_line(lines, GapLine{"R1", Timestamp{1}, Timestamp{2}});
  DayUsage usage;
  std::istringstream file(lines + "\nnonsense\n" + R"({"type":"usage","at":1)");
  usage.add_all(file);
  const auto sums = usage.sums();
  ASSERT_EQ(sums.size(), 1U);
  EXPECT_EQ(sums[0].connections, 6U);
  EXPECT_EQ(sums[0].peak, 3U) << "one instance, one run after the other";
  EXPECT_EQ(sums[0].minutes, 1U);
  EXPECT_EQ(sums[0].symbols, 1U);
  EXPECT_EQ(sums[0].updates, 20U);
  EXPECT_EQ(usage.gaps().size(), 1U);
  EXPECT_EQ(usage.skipped(), 3U) << "an empty line, nonsense, a torn one";
  const auto text = usage_text(Day{20'000}, usage);
  EXPECT_NE(text.find("acme"), std::string::npos);
  EXPECT_NE(text.find("did not end in order"), std::string::npos);
  EXPECT_NE(text.find("3 of"), std::string::npos);
  const auto json = usage_json(Day{20'000}, usage);
  EXPECT_NE(json.find(R"("subject":"acme","plan":"gold","venue":"KRAKEN","delay_s":0,)"
                      R"("connections":6,"peak":3,"minutes":1,"symbols":1,"updates":20)"),
            std::string::npos)
      << json;
}

}  // namespace
}  // namespace tickgate::gateway
