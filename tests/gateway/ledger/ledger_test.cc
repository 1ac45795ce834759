// SPDX-License-Identifier: Apache-2.0
#include "gateway/ledger/ledger.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

#include "tests/support/ledger_rig.h"

namespace tickgate::gateway {
namespace {

TEST_F(LedgerTest, WhatShardsHaveSeenIsWrittenAndTheEndIsSaid) {
  {
    Ledger ledger(settings("R1"));
    put(ledger, today(), used(7));
    EXPECT_TRUE(eventually([&] { return updates(today()) == 7; }));
    put(ledger, today(), used(3));
  }
  EXPECT_EQ(updates(today()), 10U) << "what was put last is written at the end";
  const auto last = last_run_in(directory, today(), "R9");
  ASSERT_TRUE(last.ok());
  EXPECT_EQ(last->run, "R1");
  EXPECT_TRUE(last->ended);
  struct stat found {};
  ASSERT_EQ(::stat(path().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
}

TEST_F(LedgerTest, ARunThatWasKilledIsSaidByTheNextAndItsTornLineIsSkipped) {
  { Ledger ledger(settings("R1")); }
  break_off(today());
  const auto text = written();
  std::string lines;
  append_line(lines, FlushedLine{Timestamp{kMorning + 5}, "R1"});
  std::ofstream(path(), std::ios::trunc) << text << lines << R"({"type":"usage","at":179)";
  now = kMorning + 60'000'000;
  { Ledger ledger(settings("R2")); }
  { Ledger ledger(settings("R3")); }
  DayUsage usage;
  ASSERT_TRUE(read_day(directory, today(), usage).ok());
  EXPECT_EQ(usage.skipped(), 1U);
  ASSERT_EQ(usage.gaps().size(), 1U) << "R2 ended in order";
  EXPECT_EQ(usage.gaps()[0].run, "R1");
  EXPECT_EQ(usage.gaps()[0].from, Timestamp{kMorning + 5});
  EXPECT_EQ(usage.gaps()[0].to, Timestamp{kMorning + 60'000'000});
}

// What is lost was used behind `flushed`, whichever shard used it.
TEST_F(LedgerTest, AllThatWasUsedIsSaidToBeWrittenUntilTheShardThatPutLongestAgo) {
  shards = 2;
  {
    Ledger ledger(settings("R1"));
    ledger.put(0, today(), Timestamp{kMorning + 7}, used(1));
    ledger.put(1, today(), Timestamp{kMorning + 3}, used(1));
    ASSERT_TRUE(
        eventually([&] { return count(written(), R"("flushed","at":1790000000000003)") == 1; }));
    ledger.put(0, today(), Timestamp{kMorning + 9}, used(1));
    ASSERT_TRUE(eventually([&] { return updates(today()) == 3; }));
    EXPECT_EQ(count(written(), R"("flushed","at":1790000000000003)"), 2U);
    EXPECT_EQ(count(written(), R"("flushed","at":1790000000000009)"), 0U);
  }
  break_off(today());
  now = kMorning + 60;
  { Ledger ledger(settings("R2")); }
  const auto usage = day_usage(today());
  ASSERT_EQ(usage->gaps().size(), 1U);
  EXPECT_EQ(usage->gaps()[0].from, Timestamp{kMorning + 3});
  EXPECT_EQ(usage->gaps()[0].to, Timestamp{kMorning + 60});
}

TEST_F(LedgerTest, WhereNothingNewWasPutNothingIsWritten) {
  Ledger ledger(settings("R1"));
  put(ledger, today(), used(7));
  ASSERT_TRUE(eventually([&] { return updates(today()) == 7; }));
  std::atomic<int> turns{0};
  const auto before = written();
  for (int i = 1; i <= 3; ++i) {
    ledger.read(today(), [&](const absl::Status&, const DayUsage&) { ++turns; });
    ASSERT_TRUE(eventually([&] { return turns == i; }));
  }
  EXPECT_EQ(written(), before);
}

TEST_F(LedgerTest, APeakIsThatOfAllShards) {
  {
    shards = 2;
    Ledger ledger(settings("R1"));
    for (int i = 0; i < 3; ++i) ledger.peaks().enter(kAcme, today());
    put(ledger, today(), used(7));
    ledger.put(1, today(), Timestamp{kMorning}, used(2));
  }
  EXPECT_EQ(day_usage(today())->sums().at(0).peak, 3U);
}

TEST_F(LedgerTest, AMissingDirectoryIsSaidAndWhatWasUsedIsWrittenWhenItIsThere) {
  fs::remove_all(directory);
  Ledger ledger(settings("R1"));
  put(ledger, today(), used(7));
  EXPECT_TRUE(eventually([&] { return ledger.counters().failures.value() > 2; }));
  EXPECT_EQ(ledger.counters().failing.value(), 1);
  put(ledger, today(), used(5));
  fs::create_directory(directory);
  EXPECT_TRUE(eventually([&] { return updates(today()) == 12; }));
  EXPECT_TRUE(eventually([&] { return ledger.counters().failing.value() == 0; }));
}

TEST_F(LedgerTest, AFullDiskLeavesNoPartOfALineAndIsGotOver) {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  Ledger ledger(settings("R1"));
  put(ledger, today(), used(7));
  ASSERT_TRUE(eventually([&] { return updates(today()) == 7; }));
  const auto full = rlimit{written().size() + 500, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &full), 0);
  EXPECT_TRUE(eventually([&] {
    put(ledger, today(), used(1));
    return ledger.counters().failures.value() > 2;
  }));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_TRUE(eventually([&] { return ledger.counters().failing.value() == 0; }));
  DayUsage usage;
  ASSERT_TRUE(read_day(directory, today(), usage).ok());
  EXPECT_EQ(usage.skipped(), 0U);
  EXPECT_GT(updates(today()), 7U);
}

TEST_F(LedgerTest, TwoProcessesDoNotWriteToOneFile) {
  auto ledger = std::make_unique<Ledger>(settings("R1"));
  ASSERT_TRUE(eventually([&] { return !written().empty(); }));
  Ledger other(settings("R2"));
  EXPECT_TRUE(eventually([&] { return other.counters().failures.value() > 0; }));
  EXPECT_EQ(written().find("R2"), std::string::npos);
  ledger.reset();
  EXPECT_TRUE(eventually([&] { return written().find("R2") != std::string::npos; }));
  EXPECT_TRUE(day_usage(today())->gaps().empty()) << "it has ended in order by then";
}

TEST_F(LedgerTest, ADayIsReadOnItsThread) {
  Ledger ledger(settings("R1"));
  put(ledger, today(), used(7));
  ASSERT_TRUE(eventually([&] { return updates(today()) == 7; }));
  std::atomic<int> answers{0};
  ASSERT_TRUE(ledger.read(today(), [&](const absl::Status& status, const DayUsage& usage) {
    EXPECT_TRUE(status.ok());
    EXPECT_EQ(usage.sums().size(), 1U);
    ++answers;
  }));
  ASSERT_TRUE(ledger.read(Day{1}, [&](const absl::Status& status, const DayUsage&) {
    EXPECT_TRUE(absl::IsNotFound(status));
    ++answers;
  }));
  EXPECT_TRUE(eventually([&] { return answers == 2; }));
}

}  // namespace
}  // namespace tickgate::gateway
