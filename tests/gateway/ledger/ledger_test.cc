// SPDX-License-Identifier: Apache-2.0
#include "gateway/ledger/ledger.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

namespace tickgate::gateway {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using schemas::Timestamp;

constexpr std::int64_t kMorning = 1'790'000'000'000'000;  // 2026-09-21 14:13:20
constexpr std::int64_t kDayMicros = 86'400'000'000;
const UsageKey kAcme{"acme", "gold", "KRAKEN", 0};

class LedgerTest : public ::testing::Test {
 protected:
  LedgerTest() {
    std::string name = (fs::temp_directory_path() / "tickgate-ledger-XXXXXX").string();
    directory = ::mkdtemp(name.data());
  }
  ~LedgerTest() override { fs::remove_all(directory); }

  LedgerSettings settings(std::string run) {
    return {directory, std::move(run), "pod",
            shards,    20ms,           [this] { return Timestamp{now.load()}; }};
  }
  static UsageTable used(std::uint64_t updates) {
    UsageSeen seen;
    seen.connections = 1;
    seen.updates = updates;
    seen.minutes.add(853);
    seen.symbols = {{1, "KRAKEN:A-B"}};
    return {{kAcme, seen}};
  }
  Day today() const { return day_of(Timestamp{now.load()}); }
  // All that was used until now.
  void put(Ledger& ledger, Day day, UsageTable seen) const {
    ledger.put(0, day, Timestamp{now.load()}, std::move(seen));
  }
  // As kill -9 leaves it: without its last word.
  void break_off(Day day) const {
    const auto file = ledger_path(directory, day);
    auto text = read_file(file);
    text.erase(text.rfind("{\"type\":\"end\""));
    std::ofstream(file, std::ios::trunc) << text;
  }
  void write_file(Day day, const std::vector<LedgerLine>& lines) const {
    std::string text;
    for (const auto& line : lines) append_line(text, line);
    std::ofstream(ledger_path(directory, day)) << text;
  }
  std::unique_ptr<DayUsage> day_usage(Day day) const {
    auto usage = std::make_unique<DayUsage>();
    EXPECT_TRUE(read_day(directory, day, *usage).ok());
    return usage;
  }
  static std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
  }
  std::string path() const { return ledger_path(directory, today()); }
  static std::string read_file(const std::string& name) {
    std::ifstream file(name);
    std::ostringstream all;
    all << file.rdbuf();
    return all.str();
  }
  std::string written() const { return read_file(path()); }
  std::uint64_t updates(Day day) const {
    DayUsage usage;
    if (!read_day(directory, day, usage).ok()) return 0;
    std::uint64_t sum = 0;
    for (const auto& one : usage.sums()) sum += one.updates;
    return sum;
  }
  template <typename Condition>
  static bool eventually(Condition&& condition) {
    for (int i = 0; i < 3'000; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(10ms);
    }
    return false;
  }

  std::string directory;
  std::size_t shards = 1;
  std::atomic<std::int64_t> now{kMorning};
};

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
