// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

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

struct PemFile {
  std::string text;
  bool others_read = false;  // anybody on this machine may
};

// The whole of a regular file of at most 1 MiB. Waits for nobody: a FIFO or a device is refused.
// The error names the file.
absl::StatusOr<PemFile> read_pem_file(const std::string& path);

}  // namespace tickgate::gateway
