// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/key_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "absl/cleanup/cleanup.h"

namespace tickgate::gateway {
namespace {

constexpr mode_t kOwnersOnly = 0600;

absl::Status failure(const std::string& path, std::string_view what) {
  return absl::InvalidArgumentError(
      fmt::format("{}: {}: {}", path, what, std::generic_category().message(errno)));
}

bool read_all(int file, std::string& text) {
  std::array<char, 65'536> buffer{};
  while (true) {
    const auto got = ::read(file, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got == 0;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const auto put = ::write(file, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

// A file that was replaced while its lock was waited for is not the one that counts.
bool is_still(int file, const std::string& path) {
  struct stat held {
  }, there{};
  return ::fstat(file, &held) == 0 && ::stat(path.c_str(), &there) == 0 &&
         held.st_dev == there.st_dev && held.st_ino == there.st_ino;
}

}  // namespace

absl::Status KeyFile::failed(const char* what) const { return failure(path_, what); }

KeyFile::~KeyFile() {
  if (file_ < 0) return;
  // Whoever waits for the lock finds that it is gone, and makes another one.
  if (made_ && is_still(file_, path_)) ::unlink(path_.c_str());
  ::close(file_);
}

void KeyFile::open(Missing missing) {
  constexpr int kHow = O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  if (file_ >= 0) ::close(file_);
  do {
    made_ = false;
    file_ = ::open(path_.c_str(), kHow);
    if (file_ >= 0 || errno != ENOENT || missing == Missing::kIsAnError) return;
    file_ = ::open(path_.c_str(), kHow | O_CREAT | O_EXCL, kOwnersOnly);
    made_ = file_ >= 0;
  } while (file_ < 0 && errno == EEXIST);  // somebody else was sooner
}

absl::StatusOr<KeyFile> KeyFile::lock(const std::string& path, Missing missing) {
  std::error_code error;
  const auto real = std::filesystem::weakly_canonical(path, error);
  KeyFile file(error ? path : real.string(), -1);
  do {
    file.open(missing);
    if (file.file_ < 0) return file.failed("cannot be opened");
    if (::flock(file.file_, LOCK_EX) != 0) return file.failed("cannot be locked");
  } while (!is_still(file.file_, file.path_));
  struct stat found {};
  if (::fstat(file.file_, &found) != 0 || !S_ISREG(found.st_mode)) {
    return absl::InvalidArgumentError(file.path_ + ": not a regular file");
  }
  if (!read_all(file.file_, file.text_)) return file.failed("cannot be read");
  return file;
}

absl::Status KeyFile::replace(const std::string& text) {
  struct stat before {};
  if (::fstat(file_, &before) != 0) return failed("cannot be looked at");
  auto fresh = path_ + ".XXXXXX";
  const int file = ::mkostemp(fresh.data(), O_CLOEXEC);  // mode 0600
  if (file < 0) return failed("no file can be made beside it");
  absl::Cleanup remove = [&fresh] { ::unlink(fresh.c_str()); };
  const absl::Cleanup close = [file] { ::close(file); };
  const bool is_ours = before.st_uid == ::geteuid() && before.st_gid == ::getegid();
  if (!is_ours && ::fchown(file, before.st_uid, before.st_gid) != 0) {
    return failed("its owner cannot be kept");
  }
  constexpr mode_t kMayStay = 0640;
  if (::fchmod(file, (before.st_mode & kMayStay) | kOwnersOnly) != 0) return failed("its mode");
  if (!write_all(file, text) || ::fsync(file) != 0) return failed("cannot be written");
  if (::rename(fresh.c_str(), path_.c_str()) != 0) return failed("cannot be replaced");
  std::move(remove).Cancel();
  made_ = false;
  const auto folder = std::filesystem::path(path_).parent_path();
  const int directory = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_CLOEXEC);
  if (directory >= 0) {
    ::fsync(directory);
    ::close(directory);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> read_key_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (file < 0) return failure(path, "cannot be opened");
  const absl::Cleanup close = [file] { ::close(file); };
  std::string text;
  if (!read_all(file, text)) return failure(path, "cannot be read");
  return text;
}

}  // namespace tickgate::gateway
