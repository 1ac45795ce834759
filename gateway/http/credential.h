// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/http/http_request_reader.h"
#include "gateway/http/request_head.h"

// Where in a request's head a credential stands, and where none may. Pure.
namespace tickgate::gateway {

// Before a token that a browser offers as a subprotocol, for want of a header that it could set. A
// JWT and an API key are made of characters that a name may have (RFC 9110, 5.6.2).
inline constexpr std::string_view kBearerPrefix = "bearer.";

struct FoundCredential {
  std::string credential;  // empty: there is none
  bool differ = false;     // there are several, not all the same
};

// Of the header Authorization, scheme Bearer (RFC 6750, 2.1), and of the subprotocols offered, on
// however many lines. Other schemes are no business of ours: a proxy in front may have them.
FoundCredential find_credential(const RequestHead& head);

// Does a URL carry what looks like a secret of ours, by a parameter's name or by its own look? It
// was logged on its way here, and must not be taken for one.
bool url_has_credential(std::string_view path, const std::vector<QueryParameter>& query);

}  // namespace tickgate::gateway
