// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tickgate::feeds {

// A file's bytes, unpacked: plain, gzip or zstd, told by its first bytes and not by its name.
// Several packed files end to end are one. Bounded memory, whatever the file says. One thread.
class ByteSource {
 public:
  // The most that a zstd file may make us keep, as a power of two: what `zstd` itself reads without
  // being told to spend more.
  static constexpr int kMostWindow = 27;

  static absl::StatusOr<std::unique_ptr<ByteSource>> open(const std::string& path);
  static absl::StatusOr<std::unique_ptr<ByteSource>> open_stdin();

  virtual ~ByteSource() = default;
  // At most `size` (> 0) bytes into `out`, at least one; 0 at the end. After an error every further
  // call gives one too. Errors begin with "expected".
  virtual absl::StatusOr<std::size_t> read(char* out, std::size_t size) = 0;
};

}  // namespace tickgate::feeds
