// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tickgate::gateway {

// What tells one content of a file from the next, symbolic links followed: Kubernetes swaps one,
// others rename over a file or write into it. Compared only.
struct FileStamp {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  std::int64_t modified_ns = 0;  // by the file's clock
  std::int64_t changed_ns = 0;

  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

// nullopt: there is none, or it may not be looked at. Opens nothing.
std::optional<FileStamp> file_stamp(const std::string& path);

// Notices that files which are read together were replaced, or written into. One thread.
class FileWatch {
 public:
  explicit FileWatch(std::vector<std::string> paths) : paths_(std::move(paths)) {}

  const std::vector<std::string>& paths() const { return paths_; }
  // They are read now: what changes meanwhile is news.
  void note_read() { read_ = seen_ = look(); }
  // Call it again and again: true when two calls saw the same files and others than were read, so
  // that whoever writes, or replaces one after the other, is done. Until note_read() it stays true.
  bool changed() {
    const auto before = std::exchange(seen_, look());
    return before == seen_ && seen_ != read_;
  }

 private:
  using Stamps = std::vector<std::optional<FileStamp>>;

  Stamps look() const;

  std::vector<std::string> paths_;
  Stamps read_, seen_;
};

}  // namespace tickgate::gateway
