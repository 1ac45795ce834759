// SPDX-License-Identifier: Apache-2.0
// A file a day: when one ends, what it says of the run before, and what a clock or a disk may do.
#include <sys/stat.h>

#include "gateway/ledger/ledger.h"
#include "tests/support/ledger_rig.h"

namespace tickgate::gateway {
namespace {

TEST_F(LedgerTest, ADayOnWhichARunBrokeOffSaysSoAndSoDoesThatOfTheNextRun) {
  const auto first = today();
  { Ledger ledger(settings("R1")); }
  break_off(first);
  EXPECT_FALSE(day_usage(first)->last_run().ended);
  now = kMorning + 3 * kDayMicros;
  { Ledger ledger(settings("R2")); }
  { Ledger ledger(settings("R3")); }
  for (const auto day : {first, today()}) {
    const auto usage = day_usage(day);
    ASSERT_EQ(usage->gaps().size(), 1U) << text(day);
    EXPECT_EQ(usage->gaps()[0].run, "R1");
    EXPECT_EQ(usage->gaps()[0].from, Timestamp{kMorning});
    EXPECT_EQ(usage->gaps()[0].to, Timestamp{now.load()});
    EXPECT_TRUE(usage->last_run().ended);
  }
}

TEST_F(LedgerTest, NeitherAFileOfALaterDayNorAnEmptyOneHidesARunThatBrokeOff) {
  const Timestamp later{kMorning + 900 * kDayMicros};
  write_file(day_of(later), {BeginLine{later, "F", "pod"}, EndLine{later, "F"}});
  const auto first = today();
  { Ledger ledger(settings("R1")); }
  break_off(first);
  now = kMorning + kDayMicros;
  write_file(today(), {});  // the disk stayed full over midnight
  { Ledger ledger(settings("R2")); }
  ASSERT_EQ(day_usage(today())->gaps().size(), 1U);
  EXPECT_EQ(day_usage(today())->gaps()[0].run, "R1");
  EXPECT_EQ(day_usage(first)->gaps().size(), 1U);
}

TEST_F(LedgerTest, AFileThatCannotBeReadIsSaidAndKeepsNoOtherFromBeingWritten) {
  const auto before = ledger_path(directory, Day{today().value() - 1});
  fs::create_directory(before);
  Ledger ledger(settings("R1"));
  put(ledger, today(), used(7));
  EXPECT_TRUE(eventually([&] { return updates(today()) == 7; }));
  EXPECT_TRUE(eventually([&] { return ledger.counters().failing.value() == 1; }));
  fs::remove(before);
  write_file(Day{today().value() - 1}, {BeginLine{Timestamp{1}, "R0", "pod"}});
  EXPECT_TRUE(eventually([&] { return ledger.counters().failing.value() == 0; }));
  const auto usage = day_usage(today());
  ASSERT_EQ(usage->gaps().size(), 1U) << "it is looked for until it is known";
  EXPECT_EQ(usage->gaps()[0].run, "R0");
}

TEST_F(LedgerTest, ADayThatCannotBeWrittenKeepsNoOtherFromBeingWritten) {
  const auto first = today();
  now = kMorning + kDayMicros;
  Ledger ledger(settings("R1"));
  fs::create_directory(ledger_path(directory, first));
  put(ledger, first, used(1));
  put(ledger, today(), used(2));
  EXPECT_TRUE(eventually([&] { return updates(today()) == 2; }));
  EXPECT_TRUE(eventually([&] { return ledger.counters().failing.value() == 1; }));
  now += 5'000'000;
  put(ledger, today(), used(2));
  EXPECT_TRUE(eventually([&] { return updates(today()) == 4; }));
  EXPECT_EQ(count(written(), "\"flushed\",\"at\":" + std::to_string(now.load())), 0U)
      << "not all is written";
  fs::remove(ledger_path(directory, first));
  EXPECT_TRUE(eventually([&] { return updates(first) == 1; }));
  EXPECT_TRUE(eventually(
      [&] { return count(written(), "\"flushed\",\"at\":" + std::to_string(now.load())) == 1; }));
}

TEST_F(LedgerTest, ADayIsNotSaidToBeOverBeforeTheNextIsBegun) {
  const auto first = today();
  Ledger ledger(settings("R1"));
  put(ledger, first, used(1));
  ASSERT_TRUE(eventually([&] { return updates(first) == 1; }));
  now = kMorning + kDayMicros;
  fs::create_directory(path());
  put(ledger, today(), used(2));
  ASSERT_TRUE(eventually([&] { return ledger.counters().failures.value() > 2; }));
  EXPECT_FALSE(day_usage(first)->last_run().ended) << "it may break off now";
  fs::remove(path());
  EXPECT_TRUE(eventually([&] { return day_usage(first)->last_run().ended; }));
  EXPECT_EQ(updates(today()), 2U);
}

TEST_F(LedgerTest, AClockThatWasDaysAheadLeavesAFileThatEndsAndTodaysGoesOn) {
  const auto real = today();
  const Day wrong{real.value() + 5};
  Ledger ledger(settings("R1"));
  put(ledger, real, used(1));
  ASSERT_TRUE(eventually([&] { return updates(real) == 1; }));
  now = kMorning + 5 * kDayMicros;
  put(ledger, wrong, used(2));
  ASSERT_TRUE(eventually([&] { return updates(wrong) == 2; }));
  now = kMorning + 60'000'000;
  for (int i = 1; i <= 3; ++i) {
    now += 5'000'000;
    put(ledger, real, used(1));
    ASSERT_TRUE(eventually([&] { return updates(real) == 1U + i; }));
  }
  ASSERT_TRUE(eventually([&] { return day_usage(wrong)->last_run().ended; }));
  const auto ahead = read_file(ledger_path(directory, wrong));
  EXPECT_EQ(count(ahead, R"("type":"begin")"), 1U);
  EXPECT_EQ(count(ahead, R"("type":"end")"), 1U);
  EXPECT_FALSE(day_usage(real)->last_run().ended);
  EXPECT_LE(count(written(), R"("type":"begin")"), 2U) << "once more when it was today again";
  const auto tomorrow = Day{real.value() + 1};
  now = kMorning + kDayMicros;
  put(ledger, real, used(1));
  put(ledger, tomorrow, used(9));
  EXPECT_TRUE(eventually([&] { return updates(real) == 5 && updates(tomorrow) == 9; }));
  EXPECT_EQ(ledger.counters().days_lost.value(), 0U);
}

TEST_F(LedgerTest, ADayEndsWhenEachShardHasPutItsLastOfIt) {
  shards = 2;
  const auto first = today();
  Ledger ledger(settings("R1"));
  put(ledger, first, used(1));
  now = kMorning + kDayMicros;
  put(ledger, first, used(1));
  put(ledger, today(), used(4));
  ASSERT_TRUE(eventually([&] { return updates(first) == 2 && updates(today()) == 4; }));
  EXPECT_FALSE(day_usage(first)->last_run().ended) << "another shard is in it";
  ledger.put(1, first, Timestamp{now.load()}, used(1));
  EXPECT_TRUE(eventually([&] { return day_usage(first)->last_run().ended; }));
  EXPECT_EQ(updates(first), 3U);
  EXPECT_EQ(count(read_file(ledger_path(directory, first)), R"("type":"begin")"), 1U);
}

TEST_F(LedgerTest, EachDayHasItsFile) {
  const auto first = today();
  {
    Ledger ledger(settings("R1"));
    put(ledger, first, used(7));
    EXPECT_TRUE(eventually([&] { return updates(first) == 7; }));
    now = kMorning + kDayMicros;
    put(ledger, today(), used(2));
    EXPECT_TRUE(eventually([&] { return updates(today()) == 2; }));
    put(ledger, first, used(1));  // of a shard that is late
    EXPECT_TRUE(eventually([&] { return updates(first) == 8; }));
  }
  EXPECT_EQ(updates(today()), 2U);
  DayUsage usage;
  ASSERT_TRUE(read_day(directory, first, usage).ok());
  EXPECT_TRUE(usage.last_run().ended);
}

TEST_F(LedgerTest, OfMoreThanTwoDaysThatCannotBeWrittenTheOldestIsGivenUpAndSaid) {
  fs::remove_all(directory);
  const auto first = today();
  Ledger ledger(settings("R1"));
  for (int i = 0; i < 3; ++i) {
    put(ledger, today(), used(7));
    const auto failures = ledger.counters().failures.value();
    ASSERT_TRUE(eventually([&] { return ledger.counters().failures.value() > failures + 1; }));
    if (i < 2) now += kDayMicros;
  }
  EXPECT_EQ(ledger.counters().days_lost.value(), 1U);
  fs::create_directory(directory);
  EXPECT_TRUE(eventually([&] { return updates(today()) == 7; }));
  EXPECT_EQ(updates(Day{first.value() + 1}), 7U);
  EXPECT_EQ(updates(first), 0U);
}

TEST_F(LedgerTest, TheLastRunIsFoundHoweverMuchFollowsItsLastWord) {
  std::string lines;
  append_line(lines, BeginLine{Timestamp{1}, "OLD", "pod"});
  append_line(lines, EndLine{Timestamp{2}, "OLD"});
  append_line(lines, BeginLine{Timestamp{3}, "R1", "pod"});
  for (int i = 0; i < 3'000; ++i) {
    UsageLine line;
    line.run = "R1";
    line.key = kAcme;
    append_line(lines, line);
  }
  std::ofstream(path()) << lines;
  const auto last = last_run_in(directory, today(), "R9");
  ASSERT_TRUE(last.ok());
  EXPECT_EQ(last->run, "R1");
  EXPECT_FALSE(last->ended);
  EXPECT_FALSE(last_run_in(directory + "/none", today(), "R9").ok());
}

}  // namespace
}  // namespace tickgate::gateway
