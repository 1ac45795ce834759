// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "gateway/config/config.h"

namespace tickgate::gateway {

// `tickgate record`: runs the configuration's feeds without any client and writes all that they
// send and receive into `out`, a capture of format 1, until SIGINT, SIGTERM or `duration`. The exit
// code: 0; 1 when the file could not be written to its end; 2 when it could not be begun.
int run_record(const Config& config, const std::string& out, std::optional<Milliseconds> duration);

}  // namespace tickgate::gateway
