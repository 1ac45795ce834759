// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "gateway/config/config.h"

namespace tickgate::gateway {

// What is wrong with the files that Server::start() would read beside the configuration.
struct FileFindings {
  std::vector<std::string> errors;    // it would not start
  std::vector<std::string> warnings;  // it would, and says them in its log
  std::vector<std::string> held;      // what the files of keys hold, a line each
};

// Loads them: the certificate with its key and chain, the files of `auth`, the feeds' captures and
// authorities.
FileFindings check_files(const Config& config);

}  // namespace tickgate::gateway
