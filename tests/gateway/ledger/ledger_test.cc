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
    return {directory, std::move(run), "pod", 1, 20ms, [this] { return Timestamp{now.load()}; }};
  }
  static UsageTable used(std::uint64_t updates) {
    UsageSeen seen;
    seen.open = 1;
    seen.connections = 1;
    seen.updates = updates;
    seen.minutes.add(853);
    seen.symbols = {{1, "KRAKEN:A-B"}};
    return {{kAcme, seen}};
  }
  Day today() const { return day_of(Timestamp{now.load()}); }
  std::string path() const { return ledger_path(directory, today()); }
  std::string written() const {
    std::ifstream file(path());
    std::ostringstream all;
    all << file.rdbuf();
    return all.str();
  }
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
  std::atomic<std::int64_t> now{kMorning};
};

TEST_F(LedgerTest, WhatShardsHaveSeenIsWrittenAndTheEndIsSaid) {
  {
    Ledger ledger(settings("R1"));
    ledger.put(0, today(), used(7));
    EXPECT_TRUE(eventually([&] { return updates(today()) == 7; }));
    ledger.put(0, today(), used(3));
  }
  EXPECT_EQ(updates(today()), 10U) << "what was put last is written at the end";
  const auto last = last_run_in(directory);
  ASSERT_TRUE(last.ok());
  EXPECT_EQ(last->run, "R1");
  EXPECT_TRUE(last->ended);
  struct stat found {};
  ASSERT_EQ(::stat(path().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
}

TEST_F(LedgerTest, ARunThatWasKilledIsSaidByTheNextAndItsTornLineIsSkipped) {
  { Ledger ledger(settings("R1")); }
  auto text = written();
  text.erase(text.rfind("{\"type\":\"end\""));  // as far as it had come
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

TEST_F(LedgerTest, EachDayHasItsFile) {
  const auto first = today();
  {
    Ledger ledger(settings("R1"));
    ledger.put(0, first, used(7));
    EXPECT_TRUE(eventually([&] { return updates(first) == 7; }));
    now = kMorning + kDayMicros;
    ledger.put(0, today(), used(2));
    EXPECT_TRUE(eventually([&] { return updates(today()) == 2; }));
    ledger.put(0, first, used(1));  // of a shard that is late
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
  ledger.put(0, today(), used(7));
  EXPECT_TRUE(eventually([&] { return ledger.counters().failures.value() > 2; }));
  EXPECT_EQ(ledger.counters().failing.value(), 1);
  ledger.put(0, today(), used(5));
  fs::create_directory(directory);
  EXPECT_TRUE(eventually([&] { return updates(today()) == 12; }));
  EXPECT_TRUE(eventually([&] { return ledger.counters().failing.value() == 0; }));
}

TEST_F(LedgerTest, AFullDiskLeavesNoPartOfALineAndIsGotOver) {
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  Ledger ledger(settings("R1"));
  ledger.put(0, today(), used(7));
  ASSERT_TRUE(eventually([&] { return updates(today()) == 7; }));
  const auto full = rlimit{written().size() + 500, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &full), 0);
  EXPECT_TRUE(eventually([&] {
    ledger.put(0, today(), used(1));
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
  Ledger ledger(settings("R1"));
  ASSERT_TRUE(eventually([&] { return !written().empty(); }));
  Ledger other(settings("R2"));
  EXPECT_TRUE(eventually([&] { return other.counters().failures.value() > 0; }));
  EXPECT_EQ(written().find("R2"), std::string::npos);
}

TEST_F(LedgerTest, ADayIsReadOnItsThread) {
  Ledger ledger(settings("R1"));
  ledger.put(0, today(), used(7));
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
  const auto last = last_run_in(directory);
  ASSERT_TRUE(last.ok());
  EXPECT_EQ(last->run, "R1");
  EXPECT_FALSE(last->ended);
  EXPECT_FALSE(last_run_in(directory + "/none").ok());
}

}  // namespace
}  // namespace tickgate::gateway
