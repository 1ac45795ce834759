// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gateway/ledger/day.h"
#include "gateway/ledger/day_usage.h"

namespace tickgate::gateway {

// DIRECTORY/usage-2026-11-29.ndjson
std::string ledger_path(const std::string& directory, Day day);

// How the last run but `own` came to its end, by the last lines of the newest file until this day
// that has any: of a later one nothing follows, for that clock was wrong. An empty run: there is
// none. Reads backwards, so that a large file costs no more than a small one.
struct RunBefore : DayUsage::LastRun {
  Day day;  // of the file
};
absl::StatusOr<RunBefore> last_run_in(const std::string& directory, Day until,
                                      std::string_view own);

// A day's file of the directory, which is there. NotFound: nothing was written on this day. Calls
// `between` every few thousand lines.
absl::Status read_day(const std::string& directory, Day day, DayUsage& usage,
                      const std::function<void()>& between = {});

// The file that a run appends to, one for each day: 0600, and locked, so that no other process
// writes to it. What append() has written is on the disk, or it says why not and has written
// nothing; the next one tries anew. Not for threads that may not wait. One thread.
class LedgerFile {
 public:
  explicit LedgerFile(std::string directory) : directory_(std::move(directory)) {}
  ~LedgerFile() { close(); }
  LedgerFile(const LedgerFile&) = delete;
  LedgerFile& operator=(const LedgerFile&) = delete;

  // Opens the day's file in place of the one before, if it is not open yet.
  absl::Status open(Day day);
  // Whole lines, to the one that is open.
  absl::Status append(std::string_view lines);
  void close();

  std::optional<Day> day() const { return descriptor_ < 0 ? std::nullopt : std::optional(day_); }

 private:
  absl::Status prepare(const std::string& path);
  absl::Status write_all(std::string_view text);

  std::string directory_;
  int descriptor_ = -1;
  Day day_;
  std::uint64_t size_ = 0;  // whole lines; behind them there may be a part of one
};

}  // namespace tickgate::gateway
