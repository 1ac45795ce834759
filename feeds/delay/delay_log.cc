// SPDX-License-Identifier: Apache-2.0
#include "feeds/delay/delay_log.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"
#include "schemas/check.h"

namespace tickgate::feeds {
namespace {

absl::Status failed(const std::string& directory, const std::string& what, int error) {
  return absl::FailedPreconditionError(absl::StrCat(directory.empty() ? "memory" : directory, ": ",
                                                    what, ": ", std::strerror(error)));
}

// A file without a name, of so many bytes, that ends with us.
absl::StatusOr<int> make_file(const std::string& directory, std::size_t bytes) {
  const int file = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (file < 0) return failed(directory, "no file can be made in it", errno);
  // Not by ftruncate: a page that finds no room on the disk later is a SIGBUS.
  if (const int error = ::posix_fallocate(file, 0, static_cast<off_t>(bytes)); error != 0) {
    ::close(file);
    return failed(directory, absl::StrCat("no room for ", bytes, " bytes"), error);
  }
  return file;
}

}  // namespace

absl::StatusOr<std::unique_ptr<DelayLog>> DelayLog::make(std::size_t bytes,
                                                         const std::string& directory,
                                                         std::size_t readers) {
  TICKGATE_CHECK(bytes >= kLeastBytes && readers > 0);
  bytes -= bytes % kUnit;
  int file = -1;
  if (!directory.empty()) {
    const auto made = make_file(directory, bytes);
    if (!made.ok()) return made.status();
    file = *made;
  }
  const int flags = file < 0 ? MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE : MAP_SHARED;
  void* const memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags, file, 0);
  const int error = errno;
  if (file >= 0) ::close(file);
  if (memory == MAP_FAILED) return failed(directory, absl::StrCat(bytes, " bytes"), error);
  return std::unique_ptr<DelayLog>(new DelayLog(static_cast<std::byte*>(memory), bytes, readers));
}

DelayLog::~DelayLog() { ::munmap(memory_, capacity_); }

DelayLog::Head DelayLog::head_at(std::uint64_t position) const {
  Head head;
  std::memcpy(&head, place(position), sizeof(head));
  return head;
}

bool DelayLog::append(const Record& record) {
  TICKGATE_CHECK(record.bytes.size() <= kMostRecord);
  const auto size = size_of(record.bytes.size());
  const auto to_end = capacity_ - static_cast<std::size_t>(tail_ % capacity_);
  const auto skipped = size > to_end ? to_end : 0;
  if (capacity_ - used_bytes() < skipped + size) return false;
  if (skipped > 0) {
    const Head padding{0, kPadding, 0};
    std::memcpy(place(tail_), &padding, sizeof(padding));
    tail_ += skipped;
  }
  const Head head{record.at, static_cast<std::uint32_t>(record.bytes.size()), record.source};
  std::memcpy(place(tail_), &head, sizeof(head));
  if (!record.bytes.empty()) {
    std::memcpy(place(tail_) + kUnit, record.bytes.data(), record.bytes.size());
  }
  tail_ += size;
  return true;
}

// Padding is never the last: a record follows it.
std::optional<DelayLog::Record> DelayLog::next(std::size_t reader) {
  auto& position = read_[reader];
  if (position == tail_) return std::nullopt;
  auto head = head_at(position);
  if (head.length == kPadding) {
    position += capacity_ - position % capacity_;
    head = head_at(position);
  }
  return Record{head.at, head.source, Bytes(place(position) + kUnit, head.length)};
}

void DelayLog::pop(std::size_t reader) {
  auto& position = read_[reader];
  position += size_of(head_at(position).length);
  head_ = *std::min_element(read_.begin(), read_.end());
}

}  // namespace tickgate::feeds
