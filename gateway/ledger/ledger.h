// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "feeds/publish/counter.h"
#include "gateway/ledger/ledger_file.h"
#include "gateway/ledger/usage_book.h"
#include "schemas/ids.h"

namespace tickgate::gateway {

struct LedgerSettings {
  std::string directory;
  std::string run;       // names this run, as clients know it
  std::string instance;  // the machine's or pod's name
  std::size_t shards = 1;
  std::chrono::milliseconds flush_every{10'000};
  std::function<schemas::Timestamp()> now;  // our wall clock; any thread
};

// Written by the ledger's thread, read by whoever scrapes.
struct LedgerCounters {
  feeds::Counter lines, bytes;     // written
  feeds::Counter failures;         // of attempts to write
  feeds::Counter days_lost;        // given up, since the disk did not come back in time
  feeds::Gauge failing;            // 1: the last attempt failed
  feeds::Gauge keys;               // of the day
  feeds::Gauge last_write_micros;  // since 1970; 0: none yet
};

// The usage ledger of one gateway: takes what its shards have seen, and appends it to a file each
// ten seconds, on a thread of its own, since disks make wait. Where the disk fails, serving goes
// on: sums are kept and written when it is back, of two days at most. The main thread makes it.
class Ledger {
 public:
  explicit Ledger(LedgerSettings settings);
  // Writes what there is, and that the run ends. Behind the shards' end.
  ~Ledger();
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  // A shard's own thread: what it has seen on this day since it put the last. Never waits for the
  // disk.
  void put(std::size_t shard, Day day, UsageTable seen);

  // Reads a day's file into its sums, on the ledger's thread, which calls `done`. False: too many
  // wait for theirs.
  using Read = std::function<void(const absl::Status&, const DayUsage&)>;
  bool read(Day day, Read done);

  const LedgerCounters& counters() const { return counters_; }

 private:
  static constexpr std::size_t kMostReads = 4;
  static constexpr std::size_t kMostDays = 2;

  void run();
  void flush(bool last);
  void collect();
  absl::Status write(Day day, UsageBook& book, bool ends);
  absl::Status begin(Day day);
  void note(const absl::Status& status);

  LedgerSettings settings_;
  LedgerCounters counters_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::map<Day, UsageTable>> reported_;  // by shard, under the mutex
  std::deque<std::pair<Day, Read>> reads_;           // under the mutex
  bool stopping_ = false;                            // under the mutex

  // The ledger's thread's own.
  LedgerFile file_;
  struct Book {
    UsageBook book;
    bool ended = false;  // the day is over, and the file says so
  };
  std::map<Day, Book> books_;  // the last kMostDays, for shards that are late
  bool has_looked_ = false;    // for the run before
  bool failing_ = false;

  std::thread thread_;
};

}  // namespace tickgate::gateway
