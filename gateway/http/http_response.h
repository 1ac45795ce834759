// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace tickgate::gateway {

// Content types.
inline constexpr std::string_view kTextType = "text/plain; charset=utf-8";
inline constexpr std::string_view kJsonType = "application/json; charset=utf-8";

struct HttpHeader {
  std::string_view name;
  std::string_view value;
};

// An answer, but for what finish_http_response() adds. `body` is left out for HEAD, its length is
// not. Neither content type nor headers may come from a client. Nothing is stored by anybody,
// unless a Cache-Control is among the headers. No content type: there is no body (204, 304).
std::string compose_http_response(unsigned status, std::string_view content_type,
                                  std::string_view body, bool head_only = false,
                                  std::span<const HttpHeader> headers = {});

// Adds whether the connection goes on behind it, and what a browser needs to hand the answer to a
// page from `origin`, which is one of those allowed, or empty.
void finish_http_response(std::string& response, bool keeps_alive, std::string_view origin);

}  // namespace tickgate::gateway
