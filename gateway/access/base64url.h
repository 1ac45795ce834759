// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tickgate::gateway {

// RFC 4648, section 5, in its one form: no padding, no other alphabet, no spare bits that are not
// zero; so that no two texts mean the same bytes. nullopt: it is none. The empty text is none
// either, for nothing that stands in a token or a key is empty.
std::optional<std::string> decode_base64url(std::string_view text);

}  // namespace tickgate::gateway
