// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace tickgate::gateway {

struct PemFile {
  std::string text;
  bool others_read = false;  // anybody on this machine may
};

// The whole of a regular file of at most 1 MiB. Waits for nobody: a FIFO or a device is refused.
// The error names the file.
absl::StatusOr<PemFile> read_pem_file(const std::string& path);

}  // namespace tickgate::gateway
