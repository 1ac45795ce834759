// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gateway/ledger/ledger.h"

namespace tickgate::gateway {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using schemas::Timestamp;

inline constexpr std::int64_t kMorning = 1'790'000'000'000'000;  // 2026-09-21 14:13:20
inline constexpr std::int64_t kDayMicros = 86'400'000'000;
inline const UsageKey kAcme{"acme", "gold", "KRAKEN", 0};

// A directory, a clock of the test's own, and what stands in the files.
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

}  // namespace tickgate::gateway
