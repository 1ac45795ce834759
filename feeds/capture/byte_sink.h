// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tickgate::feeds {

// A file that is packed as it is written: zstd when its name ends in .zst, else gzip. Every write
// is checked; an error says why, without the file's name. One thread.
class ByteSink {
 public:
  // Replaces the file if there is one.
  static absl::StatusOr<std::unique_ptr<ByteSink>> create(const std::string& path);

  virtual ~ByteSink() = default;
  virtual absl::Status write(std::string_view bytes) = 0;
  // Hands everything to the kernel, such that it can be read if nothing follows.
  virtual absl::Status flush() = 0;
  // Ends the file; nothing may follow. Without it the destructor does, but nobody learns whether it
  // went well.
  virtual absl::Status close() = 0;
};

}  // namespace tickgate::feeds
