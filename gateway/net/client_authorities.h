// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "absl/status/status.h"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace tickgate::gateway {

// Clients are asked for a certificate that one of the authorities in this PEM file has signed. Who
// shows none is let in without; who shows another is not. The error names the file; so does each of
// the warnings, which are of authorities that have expired.
absl::Status ask_for_certificates(ssl_ctx_st* context, const std::string& file,
                                  std::chrono::system_clock::time_point now,
                                  std::vector<std::string>& warnings);

}  // namespace tickgate::gateway
