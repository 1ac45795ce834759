// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <vector>

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace tickgate::gateway {

// What of the chain that is loaded into `context` an operator should mend, each with the file's
// name: a certificate that did not sign the one before it, one that has expired, and an end that no
// client can go on from: not signed by itself, and its issuer not among the authorities that this
// machine knows. Main thread; reads the system's authorities.
std::vector<std::string> chain_warnings(ssl_ctx_st* context, const std::string& file,
                                        std::chrono::system_clock::time_point now);

}  // namespace tickgate::gateway
