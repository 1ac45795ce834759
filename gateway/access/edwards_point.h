// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace tickgate::gateway {

// Whether these 32 bytes are a point of Ed25519 (RFC 8032, 5.1.3), in its one form, that may be
// somebody's key. OpenSSL takes any bytes for one; under the eight points of low order a signature
// that anybody can make up is right for one message of eight, or for all.
bool may_be_ed25519_key(std::string_view x);

}  // namespace tickgate::gateway
