// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "feeds/publish/counter.h"
#include "gateway/ledger/ledger_file.h"
#include "gateway/ledger/usage_book.h"
#include "gateway/ledger/usage_peaks.h"
#include "schemas/ids.h"

namespace tickgate::gateway {

struct LedgerSettings {
  std::string directory;
  std::string run;       // names this run, as clients know it
  std::string instance;  // the machine's or pod's name
  std::size_t shards = 1;
  std::chrono::milliseconds flush_every{2'000};
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

// The usage ledger of one gateway: takes what its shards have seen, and appends it to a file
// within two seconds, on a thread of its own, since disks make wait. Where the disk fails, serving
// goes on: sums are kept and written when it is back, of two days at most. The main thread makes
// it.
class Ledger {
 public:
  explicit Ledger(LedgerSettings settings);
  // Writes what there is, and that the run ends. Behind the shards' end.
  ~Ledger();
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  // A shard's own thread: what it has seen on this day since it put the last; all that its clients
  // had used until then is put. Never waits for the disk.
  void put(std::size_t shard, Day day, schemas::Timestamp until, UsageTable seen);
  // Any thread.
  UsagePeaks& peaks() { return peaks_; }

  // Reads a day's file into its sums, on the ledger's thread, which calls `done`. False: too many
  // wait for theirs.
  using Read = std::function<void(const absl::Status&, const DayUsage&)>;
  bool read(Day day, Read done);

  const LedgerCounters& counters() const { return counters_; }

 private:
  static constexpr std::size_t kMostReads = 4;
  static constexpr std::size_t kMostDays = 2;

  // Of one day.
  struct Book {
    explicit Book(const LedgerSettings& settings) : book(settings.run), file(settings.directory) {}
    UsageBook book;
    LedgerFile file;
    bool ended = false;  // the day is over, and the file says so
  };

  void run();
  void read_one(Day day, const Read& done);
  void flush_if_due();
  void flush(bool last);
  void collect();
  void give_up_most();
  Book& book_of(Day day);
  bool is_over(Day day) const;
  absl::Status look_back();
  absl::Status say_gap(const RunBefore& before, LedgerFile& file);
  absl::Status begin(Day day, Book& book);
  absl::Status write(Day day, Book& book, const std::optional<LedgerLine>& last_word);
  absl::Status write_today(bool last, schemas::Timestamp until);
  absl::Status end(Day day, Book& book);
  void note(const absl::Status& status);

  LedgerSettings settings_;
  LedgerCounters counters_;
  UsagePeaks peaks_;

  std::mutex mutex_;
  std::condition_variable wake_;
  struct Reported {
    std::map<Day, UsageTable> days;
    schemas::Timestamp until;
  };
  std::vector<Reported> reported_;          // by shard, under the mutex
  std::deque<std::pair<Day, Read>> reads_;  // under the mutex
  bool stopping_ = false;                   // under the mutex

  // The ledger's thread's own.
  const schemas::Timestamp started_;
  Day today_;
  std::chrono::steady_clock::time_point next_flush_;
  std::vector<schemas::Timestamp> until_;  // by shard: what it used before then is in the books
  schemas::Timestamp flushed_;             // what was used before then is on the disk
  std::map<Day, Book> books_;              // kMostDays, for shards that are late
  bool has_looked_ = false;                // for the run before, and has said how it ended
  bool failing_ = false;

  std::thread thread_;
};

}  // namespace tickgate::gateway
