// SPDX-License-Identifier: Apache-2.0
#include "gateway/ledger/ledger_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <vector>

namespace tickgate::gateway {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "usage-", kSuffix = ".ndjson";
// Of a file's end, to begin with; then twice as much each time.
constexpr std::uint64_t kTail = 65'536;

absl::Status failed(std::string_view what, const std::string& path) {
  const auto error = errno;
  return absl::ErrnoToStatus(error, fmt::format("{} {}", what, path));
}

std::optional<Day> day_of_name(const std::string& name) {
  const bool fits = name.size() == kPrefix.size() + 10 + kSuffix.size() &&
                    name.starts_with(kPrefix) && name.ends_with(kSuffix);
  return fits ? parse_day(name.substr(kPrefix.size(), 10)) : std::nullopt;
}

// The run of a last word. Of one that broke off, what the next one has said of it is its end.
std::optional<DayUsage::LastRun> run_of(const LedgerLine& line) {
  if (const auto* one = std::get_if<EndLine>(&line)) return {{one->run, one->at, true}};
  if (const auto* one = std::get_if<GapLine>(&line)) return {{one->run, one->to, true}};
  if (const auto* one = std::get_if<FlushedLine>(&line)) return {{one->run, one->at, false}};
  if (const auto* one = std::get_if<BeginLine>(&line)) return {{one->run, one->at, false}};
  return std::nullopt;
}

// The run of the last words in a part of a file that begins with a whole line.
DayUsage::LastRun last_words(std::string_view text, std::string_view own) {
  LedgerLineReader reader;
  while (!text.empty()) {
    const auto end = text.rfind('\n');
    if (end == std::string_view::npos) return {};
    const auto begin = end == 0 ? std::string_view::npos : text.rfind('\n', end - 1);
    const auto start = begin == std::string_view::npos ? 0 : begin + 1;
    const auto line = reader.read(text.substr(start, end - start));
    auto found = line.has_value() ? run_of(*line) : std::nullopt;
    if (found.has_value() && found->run != own) return *std::move(found);
    text = text.substr(0, start);
  }
  return {};
}

absl::StatusOr<DayUsage::LastRun> last_run_of(const std::string& path, std::string_view own) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return absl::UnavailableError("cannot read " + path);
  const auto size = static_cast<std::uint64_t>(file.tellg());
  for (std::uint64_t tail = kTail;; tail *= 2) {
    std::string text(std::min(tail, size), '\0');
    file.seekg(static_cast<std::streamoff>(size - text.size()));
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!file) return absl::UnavailableError("cannot read " + path);
    const bool whole = text.size() == size;
    std::string_view lines = text;
    if (!whole) lines.remove_prefix(std::min(lines.size(), lines.find('\n') + 1));
    auto last = last_words(lines, own);
    if (whole || !last.run.empty()) return last;
  }
}

}  // namespace

std::string ledger_path(const std::string& directory, Day day) {
  return fmt::format("{}/{}{}{}", directory, kPrefix, text(day), kSuffix);
}

absl::StatusOr<RunBefore> last_run_in(const std::string& directory, Day until,
                                      std::string_view own) {
  std::error_code error;
  std::vector<Day> days;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    const auto day = day_of_name(entry->path().filename().string());
    if (day.has_value() && *day <= until) days.push_back(*day);
  }
  if (error) return absl::UnavailableError(fmt::format("{}: {}", directory, error.message()));
  std::sort(days.begin(), days.end(), std::greater<>());
  for (const auto day : days) {  // a full disk leaves files in which nothing stands
    auto last = last_run_of(ledger_path(directory, day), own);
    if (!last.ok()) return last.status();
    if (!last->run.empty()) return RunBefore{*std::move(last), day};
  }
  return RunBefore{};
}

absl::Status read_day(const std::string& directory, Day day, DayUsage& usage,
                      const std::function<void()>& between) {
  const auto path = ledger_path(directory, day);
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::error_code error;
    if (!fs::exists(path, error) && !error && fs::is_directory(directory, error)) {
      return absl::NotFoundError("nothing was written on " + text(day));
    }
    return absl::UnavailableError("cannot read " + path);
  }
  usage.add_all(file, between);
  if (file.bad()) return absl::UnavailableError("cannot read " + path);
  return absl::OkStatus();
}

absl::Status LedgerFile::open(Day day) {
  if (descriptor_ >= 0 && day_ == day) return absl::OkStatus();
  close();
  const auto path = ledger_path(directory_, day);
  descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor_ < 0) return failed("cannot open", path);
  day_ = day;
  auto status = prepare(path);
  if (!status.ok()) close();
  return status;
}

absl::Status LedgerFile::prepare(const std::string& path) {
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    return failed("another process writes to", path);
  }
  struct stat found {};
  if (::fstat(descriptor_, &found) != 0) return failed("cannot look at", path);
  size_ = static_cast<std::uint64_t>(found.st_size);
  if (size_ == 0) {  // its name is to be on the disk too
    const int folder = ::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return failed("cannot open", directory_);
    const bool synced = ::fsync(folder) == 0;
    auto status = synced ? absl::OkStatus() : failed("cannot sync", directory_);
    ::close(folder);
    return status;
  }
  char last = '\n';
  if (::pread(descriptor_, &last, 1, found.st_size - 1) != 1) return failed("cannot read", path);
  // A line that was torn stays, and ends here: nothing is ever taken away that somebody wrote.
  return last == '\n' ? absl::OkStatus() : append("\n");
}

absl::Status LedgerFile::append(std::string_view lines) {
  const auto path = ledger_path(directory_, day_);
  auto status = write_all(lines);
  if (status.ok() && ::fdatasync(descriptor_) != 0) status = failed("cannot sync", path);
  if (status.ok()) {
    size_ += lines.size();
    return status;
  }
  // A part may stand there; what follows begins behind whole lines, or in another try at this file.
  if (::ftruncate(descriptor_, static_cast<off_t>(size_)) != 0) close();
  return status;
}

absl::Status LedgerFile::write_all(std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(descriptor_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return failed("cannot write to", ledger_path(directory_, day_));
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return absl::OkStatus();
}

void LedgerFile::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

}  // namespace tickgate::gateway
