// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

// What a client says in its request's head of the form in which it wants an answer. Pure.
namespace tickgate::gateway {

// May, and should, an answer go as gzip (RFC 9110, 12.5.3)? Not unless the client names it, or "*";
// not when it likes the plain form more.
bool wants_gzip(std::string_view accept_encoding);

// Does it name text/html? "*/*", which is what programs send, is no wish for a page.
bool wants_html(std::string_view accept);

// Does it name OpenMetrics 1.0.0, and like it no less than plain text?
bool wants_openmetrics(std::string_view accept);

// Does the client hold what `etag` names (RFC 9110, 13.1.2), by the weak comparison? Then it is
// answered 304.
bool holds(std::string_view if_none_match, std::string_view etag);

}  // namespace tickgate::gateway
