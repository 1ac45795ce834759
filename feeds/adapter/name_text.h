// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

// The two spellings in which a name beyond ASCII travels.
namespace tickgate::feeds {

// As it may stand in a query of a URL (RFC 3986): every byte but the unreserved ones as %XX.
std::string percent_encoded(std::string_view text);
// The other way; nullopt where a percent sign is followed by other than two hexadecimal digits.
std::optional<std::string> percent_decoded(std::string_view text);

// A JSON string's inside, its escapes resolved: "\u5e01" -> "币". nullopt when they are none.
// Allocates: for names that hold a backslash, which hardly any venue sends.
std::optional<std::string> json_unescaped(std::string_view inside);

}  // namespace tickgate::feeds
