// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tickgate::feeds {

// The public key ("U...") of a user's seed ("SU..."), which the server knows us by; nullopt: no
// such seed. The library wants it and cannot make it.
std::optional<std::string> public_nkey(std::string_view seed);

}  // namespace tickgate::feeds
