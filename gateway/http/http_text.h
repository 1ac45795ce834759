// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/http/http_request_reader.h"

// The small grammars of a request's head, without Beast. Pure.
namespace tickgate::gateway {

// ASCII only, and never a byte past either end, as Beast 1.81's iequals() is.
bool equals_ignoring_case(std::string_view a, std::string_view b);

// Is `token` in the comma-separated `list` (RFC 9110, 5.6.1), in whatever case?
bool list_has_token(std::string_view list, std::string_view token);

// The elements of a comma-separated list without the blanks around them; empty ones are left out.
std::vector<std::string_view> split_list(std::string_view list);

// "a=1&b=%20" decoded; '+' is a blank, as browsers write it. nullopt for a bad escape, and for text
// that is not UTF-8 or has control characters.
std::optional<std::vector<QueryParameter>> parse_query(std::string_view query);

// Does `rule` allow this Origin? "*" allows any; "https://*.example.com" any one host below
// example.com, of any depth, but not itself; any other is compared exactly.
bool allows_origin(std::string_view rule, std::string_view origin);

// "http://host/path?query" -> "/path?query"; a path stays as it is, "http://host" becomes "/".
// RFC 9112, 3.2.2: a server accepts the absolute form. Empty: neither.
std::string origin_form(std::string_view target);

// May a request call us by this Host ("name", "name:port", "[::1]:port")? An address, none at all,
// a name without a dot and those of `names` ("*": any): a page that made a name of its own point at
// us has a dot in it.
bool goes_by(std::string_view host, const std::vector<std::string>& names);

// 16 bytes in base64, in the one form that is canonical (RFC 6455, 4.1).
bool is_websocket_key(std::string_view key);

// RFC 6455, 4.2.2: base64 of the SHA-1 of key and GUID.
std::string websocket_accept(std::string_view key);

}  // namespace tickgate::gateway
