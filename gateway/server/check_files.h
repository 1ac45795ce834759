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
};

// Loads them: the certificate with its key and chain, the feeds' captures and authorities.
FileFindings check_files(const Config& config);

}  // namespace tickgate::gateway
