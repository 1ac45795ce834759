// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/file_watch.h"

#include <sys/stat.h>

namespace tickgate::gateway {
namespace {

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

std::optional<FileStamp> file_stamp(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return std::nullopt;
  return FileStamp{found.st_dev, found.st_ino, found.st_size, nanoseconds(found.st_mtim),
                   nanoseconds(found.st_ctim)};
}

FileWatch::Stamps FileWatch::look() const {
  Stamps stamps;
  for (const auto& path : paths_) stamps.push_back(file_stamp(path));
  return stamps;
}

}  // namespace tickgate::gateway
