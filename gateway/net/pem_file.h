// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace tickgate::gateway {

struct PemFile {
  std::string text;
  bool others_read = false;   // anybody on this machine may
  bool others_write = false;  // anybody may
  // Its group may; of a file of this process's own user, who has no need of that.
  bool group_reads = false;
  bool group_writes = false;  // of whomever's
};

// The whole of a regular file, of PEM or of something else for which this is enough. Waits for
// nobody: a FIFO or a device is refused. The error names the file.
absl::StatusOr<PemFile> read_pem_file(const std::string& path, std::size_t most_bytes = 1U << 20U);

}  // namespace tickgate::gateway
