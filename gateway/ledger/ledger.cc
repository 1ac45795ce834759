// SPDX-License-Identifier: Apache-2.0
#include "gateway/ledger/ledger.h"

#include <algorithm>
#include <string>
#include <utility>

#include "feeds/log/log.h"

namespace tickgate::gateway {

namespace log = feeds::log;

Ledger::Ledger(LedgerSettings settings)
    : settings_(std::move(settings)),
      started_(settings_.now()),
      today_(day_of(started_)),
      next_flush_(std::chrono::steady_clock::now()),
      flushed_(started_) {
  reported_.assign(settings_.shards, Reported{{}, started_});
  until_.assign(settings_.shards, started_);
  thread_ = std::thread([this] { run(); });
}

Ledger::~Ledger() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Ledger::put(std::size_t shard, Day day, schemas::Timestamp until, UsageTable seen) {
  const std::lock_guard lock(mutex_);
  auto& [days, reported_until] = reported_[shard];
  if (const auto found = days.find(day); found != days.end()) {
    add_later(found->second, seen);
  } else if (days.size() < kMostDays) {
    days.emplace(day, std::move(seen));
  } else {
    return;
  }
  reported_until = until;
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
  for (;;) {
    std::optional<std::pair<Day, Read>> asked;
    bool stopping = false;
    {
      std::unique_lock lock(mutex_);
      wake_.wait_until(lock, next_flush_, [this] { return stopping_ || !reads_.empty(); });
      if (!reads_.empty()) {
        asked = std::move(reads_.front());
        reads_.pop_front();
      }
      stopping = stopping_ && !asked.has_value();
    }
    if (stopping) return flush(true);
    if (asked.has_value()) read_one(asked->first, asked->second);
    flush_if_due();
  }
}

// A day of many subjects is long to read: what is used meanwhile is written meanwhile.
void Ledger::read_one(Day day, const Read& done) {
  DayUsage usage;
  const auto status = read_day(settings_.directory, day, usage, [this] { flush_if_due(); });
  done(status, usage);
}

void Ledger::flush_if_due() {
  if (std::chrono::steady_clock::now() < next_flush_) return;
  flush(false);
  next_flush_ = std::chrono::steady_clock::now() + settings_.flush_every;
}

// Other days before today, whose file says until when all is written; and that they are over behind
// it, so that whenever this run breaks off a file says how far it has come. One that fails keeps no
// other from being written.
void Ledger::flush(bool last) {
  collect();
  const auto looked_back = look_back();
  absl::Status status;
  for (auto& [day, one] : books_) {
    if (day == today_ || !one.book.has_changed()) continue;
    status.Update(write(day, one, std::nullopt));
  }
  const auto until = *std::min_element(until_.begin(), until_.end());
  status.Update(write_today(last && status.ok(), status.ok() ? until : flushed_));
  if (status.ok()) flushed_ = until;
  for (auto& [day, one] : books_) {
    if (status.ok() && (last || is_over(day))) status = end(day, one);
  }
  status.Update(looked_back);
  note(status);
}

// Once, and where there is something that ends.
absl::Status Ledger::end(Day day, Book& one) {
  if (day == today_ || one.ended || one.book.has_changed()) return absl::OkStatus();
  absl::Status status;
  if (one.file.day().has_value()) status = write(day, one, EndLine{settings_.now(), settings_.run});
  one.ended = status.ok();
  if (one.ended) one.file.close();
  return status;
}

Ledger::Book& Ledger::book_of(Day day) { return books_.try_emplace(day, settings_).first->second; }

// No shard is in it any more.
bool Ledger::is_over(Day day) const {
  return day != today_ && std::none_of(until_.begin(), until_.end(),
                                       [day](auto until) { return day_of(until) == day; });
}

// What shards have put since the last time goes to its day's book.
void Ledger::collect() {
  std::vector<std::map<Day, UsageTable>> reported(settings_.shards);
  {
    const std::lock_guard lock(mutex_);
    for (std::size_t shard = 0; shard < settings_.shards; ++shard) {
      reported[shard].swap(reported_[shard].days);
      until_[shard] = reported_[shard].until;
    }
  }
  today_ = day_of(settings_.now());
  for (const auto& days : reported) {
    for (const auto& [day, seen] : days) book_of(day).book.add(seen);
  }
  for (const auto& change : peaks_.take(today_)) {
    book_of(change.day).book.note_open(change.key, change.open, change.peak);
  }
  counters_.keys.set(static_cast<std::int64_t>(book_of(today_).book.keys()));
  give_up_most();
}

// Of more days than are kept those first of which all is written: a clock that went wrong may have
// left one that is to come.
void Ledger::give_up_most() {
  while (books_.size() > kMostDays) {
    const auto goes = [this](const auto& entry) {
      return entry.first != today_ && !entry.second.book.has_changed() &&
             (entry.second.ended || is_over(entry.first));
    };
    auto given_up = std::find_if(books_.begin(), books_.end(), goes);
    if (given_up == books_.end()) {
      given_up = books_.begin();
      if (given_up->first == today_) ++given_up;
    }
    if (given_up->second.book.has_changed()) {
      log::error("gateway.ledger", "a day's usage is given up: the disk did not come back",
                 {{"day", text(given_up->first)}});
      counters_.days_lost.add();
    }
    books_.erase(given_up);
  }
}

// How the run before ended; once its file is ours, for as long as it writes it may end in order.
absl::Status Ledger::look_back() {
  if (has_looked_) return absl::OkStatus();
  const auto day = day_of(started_);
  LedgerFile other(settings_.directory);
  const auto own = books_.find(day);
  const bool begun = own != books_.end() && own->second.file.day().has_value();
  LedgerFile& file = begun ? own->second.file : other;
  if (auto status = file.open(day); !status.ok()) return status;
  const auto before = last_run_in(settings_.directory, day, settings_.run);
  if (!before.ok()) return before.status();
  if (!before->run.empty() && !before->ended) {
    if (auto status = say_gap(*before, file); !status.ok()) return status;
  }
  has_looked_ = true;
  return absl::OkStatus();
}

// In the file in which this run begins and, where that is another, in the one in which the run
// before broke off. That may have been put away by now, or be another's.
absl::Status Ledger::say_gap(const RunBefore& before, LedgerFile& file) {
  std::string line;
  append_line(line, GapLine{before.run, before.at, started_});
  if (auto status = file.append(line); !status.ok()) return status;
  log::warning("gateway.ledger",
               "the last run did not end in order: what was used meanwhile may be missing",
               {{"run", before.run}, {"from", before.at.value()}, {"to", started_.value()}});
  if (before.day == file.day()) return absl::OkStatus();
  LedgerFile its(settings_.directory);
  auto status = its.open(before.day);
  if (status.ok()) status = its.append(line);
  if (!status.ok()) {
    log::warning("gateway.ledger", "the file in which the last run broke off cannot say so",
                 {{"error", std::string(status.message())}});
  }
  return absl::OkStatus();
}

// The day's file.
absl::Status Ledger::begin(Day day, Book& book) {
  if (book.file.day().has_value()) return absl::OkStatus();
  if (auto status = book.file.open(day); !status.ok()) return status;
  std::string line;
  append_line(line, BeginLine{settings_.now(), settings_.run, settings_.instance});
  auto status = book.file.append(line);
  if (!status.ok()) book.file.close();
  book.ended = false;
  return status;
}

// Lines of what changed, and the last word.
absl::Status Ledger::write(Day day, Book& one, const std::optional<LedgerLine>& last_word) {
  if (auto status = begin(day, one); !status.ok()) return status;
  std::string lines;
  const auto now = settings_.now();
  one.book.append_changed(lines, now);
  if (last_word.has_value()) append_line(lines, *last_word);
  if (auto status = one.file.append(lines); !status.ok()) return status;
  one.book.note_written();
  counters_.lines.add(static_cast<std::uint64_t>(std::count(lines.begin(), lines.end(), '\n')));
  counters_.bytes.add(lines.size());
  counters_.last_write_micros.set(now.value());
  return absl::OkStatus();
}

// Nothing, where there is nothing new to say; and of a day that has just begun, as long as shards
// are in the one before.
absl::Status Ledger::write_today(bool last, schemas::Timestamp until) {
  auto& one = book_of(today_);
  if (last) return write(today_, one, EndLine{settings_.now(), settings_.run});
  const bool begun = one.file.day().has_value();
  const bool changed = one.book.has_changed();
  if (!changed && (begun ? until == flushed_ : day_of(until) != today_)) return absl::OkStatus();
  return write(today_, one, FlushedLine{until, settings_.run});
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
