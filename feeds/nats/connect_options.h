// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "absl/status/statusor.h"
#include "feeds/nats/library.h"
#include "feeds/nats/nats_options.h"

namespace tickgate::feeds {

// The library's options of one try to connect, with what the files hold now. `timeout`: of the try,
// at each server.
absl::StatusOr<NatsLibraryOptions> connect_options(const NatsOptions& options,
                                                   std::chrono::milliseconds timeout);

}  // namespace tickgate::feeds
