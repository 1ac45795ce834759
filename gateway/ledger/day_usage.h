// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <istream>
#include <map>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "gateway/ledger/day.h"
#include "gateway/ledger/ledger_line.h"
#include "gateway/ledger/usage.h"

namespace tickgate::gateway {

// What was used of one key on one day, over all runs that wrote of it.
struct UsageSum {
  UsageKey key;
  std::uint64_t connections = 0;
  std::uint64_t peak = 0;  // of each instance, added up
  std::uint32_t minutes = 0;
  std::uint64_t symbols = 0;
  std::uint64_t updates = 0;
  UsageDetails details;
};

// A day's lines, read into sums. Lines that cannot be read are skipped and counted. One thread.
class DayUsage {
 public:
  // Keys and runs beyond these are left out, and counted as skipped.
  static constexpr std::size_t kMostKeys = 200'000, kMostRuns = 10'000;
  static constexpr std::size_t kMostLine = 1U << 20U;  // bytes
  static constexpr std::uint64_t kPiece = 4'096;       // lines

  void add(std::string_view line);
  // All lines; the last counts as skipped where it has no end. Calls `between`, if that is one,
  // behind each kPiece.
  void add_all(std::istream& file, const std::function<void()>& between = {});

  std::vector<UsageSum> sums() const;  // by subject, plan, venue and delay
  const std::vector<GapLine>& gaps() const { return gaps_; }
  std::uint64_t lines() const { return lines_; }
  std::uint64_t skipped() const { return skipped_; }
  // The run that began last, and its last word: whether it has ended, in order or, as a gap says,
  // not. One that has not goes on, or broke off and nobody came since: what was used behind that
  // word is not in the sums. Empty run: none began.
  struct LastRun {
    std::string run;
    schemas::Timestamp at;
    bool ended = false;
  };
  const LastRun& last_run() const { return last_; }

 private:
  // Of one key in one run: what its last line said.
  struct Part {
    std::uint64_t connections = 0, updates = 0, symbols = 0;
    std::uint32_t peak = 0;
  };
  struct Whole {
    std::map<std::string, Part, std::less<>> runs;
    Minutes minutes;
    absl::flat_hash_set<std::string> symbols;
    UsageDetails details;
  };

  bool take(const LedgerLine& line);
  bool take(const UsageLine& line);

  LedgerLineReader reader_;
  std::map<UsageKey, Whole> keys_;
  std::map<std::string, std::string, std::less<>> instances_;  // by run
  std::vector<GapLine> gaps_;
  LastRun last_;
  std::uint64_t lines_ = 0, skipped_ = 0;
};

// For people, and as JSON: {"day":…,"usage":[…],"gaps":[…],"open":…,"lines":…,"skipped":…}.
std::string usage_text(Day day, const DayUsage& usage);
std::string usage_json(Day day, const DayUsage& usage);

}  // namespace tickgate::gateway
