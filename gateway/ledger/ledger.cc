// SPDX-License-Identifier: Apache-2.0
#include "gateway/ledger/ledger.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "feeds/log/log.h"

namespace tickgate::gateway {

namespace log = feeds::log;

Ledger::Ledger(LedgerSettings settings)
    : settings_(std::move(settings)),
      reported_(settings_.shards),
      file_(settings_.directory),
      thread_([this] { run(); }) {}

Ledger::~Ledger() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Ledger::put(std::size_t shard, Day day, UsageTable seen) {
  const std::lock_guard lock(mutex_);
  auto& days = reported_[shard];
  if (const auto found = days.find(day); found != days.end()) {
    add_later(found->second, seen);
  } else if (days.size() < kMostDays) {
    days.emplace(day, std::move(seen));
  }
}

bool Ledger::read(Day day, Read done) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || reads_.size() == kMostReads) return false;
    reads_.emplace_back(day, std::move(done));
  }
  wake_.notify_one();
  return true;
}

void Ledger::run() {
  auto next = std::chrono::steady_clock::now();
  for (;;) {
    std::deque<std::pair<Day, Read>> reads;
    bool stopping = false;
    {
      std::unique_lock lock(mutex_);
      wake_.wait_until(lock, next, [this] { return stopping_ || !reads_.empty(); });
      reads.swap(reads_);
      stopping = stopping_;
    }
    for (const auto& [day, done] : reads) {
      DayUsage usage;
      done(read_day(settings_.directory, day, usage), usage);
    }
    if (stopping) return flush(true);
    if (const auto now = std::chrono::steady_clock::now(); now >= next) {
      flush(false);
      next = now + settings_.flush_every;
    }
  }
}

void Ledger::flush(bool last) {
  collect();
  absl::Status status;
  for (auto it = books_.begin(); status.ok() && it != books_.end(); ++it) {
    auto& [day, one] = *it;
    const bool over = std::next(it) != books_.end();
    if (over && one.ended && !one.book.has_changed()) continue;
    status = write(day, one.book, over || last);
    one.ended = status.ok() && over;
    counters_.keys.set(static_cast<std::int64_t>(one.book.keys()));
  }
  note(status);
}

// What shards have put since the last time goes to its day's book.
void Ledger::collect() {
  std::vector<std::map<Day, UsageTable>> reported(settings_.shards);
  {
    const std::lock_guard lock(mutex_);
    reported.swap(reported_);
  }
  const auto book_of = [this](Day day) -> UsageBook& {
    const auto found = books_.find(day);
    if (found != books_.end()) return found->second.book;
    return books_.emplace(day, Book{UsageBook(settings_.run, settings_.shards)}).first->second.book;
  };
  for (std::size_t shard = 0; shard < reported.size(); ++shard) {
    for (const auto& [day, seen] : reported[shard]) book_of(day).add(shard, seen);
  }
  book_of(day_of(settings_.now()));
  for (; books_.size() > kMostDays; books_.erase(books_.begin())) {
    if (!books_.begin()->second.book.has_changed()) continue;
    log::error("gateway.ledger", "a day's usage is given up: the disk did not come back",
               {{"day", text(books_.begin()->first)}});
    counters_.days_lost.add();
  }
}

// Lines of what changed, and that all is written, or that the day or the run is over.
absl::Status Ledger::write(Day day, UsageBook& book, bool ends) {
  if (auto status = begin(day); !status.ok()) return status;
  std::string lines;
  const auto now = settings_.now();
  book.append_changed(lines, now);
  if (ends) {
    append_line(lines, EndLine{now, settings_.run});
  } else {
    append_line(lines, FlushedLine{now, settings_.run});
  }
  if (auto status = file_.append(lines); !status.ok()) return status;
  book.note_written();
  counters_.lines.add(static_cast<std::uint64_t>(std::count(lines.begin(), lines.end(), '\n')));
  counters_.bytes.add(lines.size());
  counters_.last_write_micros.set(now.value());
  return absl::OkStatus();
}

// The day's file, and before all else what is known of the run before.
absl::Status Ledger::begin(Day day) {
  if (file_.day() == day) return absl::OkStatus();
  DayUsage::LastRun before;
  if (!has_looked_) {
    auto found = last_run_in(settings_.directory);
    if (!found.ok()) return found.status();
    before = *std::move(found);
  }
  if (auto status = file_.open(day); !status.ok()) return status;
  std::string lines;
  const auto now = settings_.now();
  if (!before.run.empty() && !before.ended) {
    append_line(lines, GapLine{before.run, before.at, now});
    log::warning("gateway.ledger",
                 "the last run did not end in order: what was used meanwhile may be missing",
                 {{"run", before.run}, {"from", before.at.value()}, {"to", now.value()}});
  }
  append_line(lines, BeginLine{now, settings_.run, settings_.instance});
  auto status = file_.append(lines);
  if (!status.ok()) {
    file_.close();
    return status;
  }
  has_looked_ = true;
  return status;
}

void Ledger::note(const absl::Status& status) {
  counters_.failing.set(status.ok() ? 0 : 1);
  if (!status.ok()) counters_.failures.add();
  if (status.ok() == !failing_) return;
  failing_ = !status.ok();
  if (failing_) {
    log::error("gateway.ledger", "usage cannot be written: it is kept in memory meanwhile",
               {{"error", std::string(status.message())}});
  } else {
    log::info("gateway.ledger", "usage is written again");
  }
}

}  // namespace tickgate::gateway
