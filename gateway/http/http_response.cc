// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <boost/beast/http/status.hpp>
#include <iterator>
#include <string>

#include "gateway/http/http_request_reader.h"

namespace tickgate::gateway {

std::string compose_http_response(unsigned status, std::string_view content_type,
                                  std::string_view body, bool head_only,
                                  std::span<const HttpHeader> headers) {
  namespace http = boost::beast::http;
  const std::string reason(http::obsolete_reason(http::int_to_status(status)));
  std::string out = fmt::format("HTTP/1.1 {} {}\r\n", status, reason);
  if (!content_type.empty()) {
    fmt::format_to(std::back_inserter(out), "Content-Type: {}\r\nContent-Length: {}\r\n",
                   content_type, body.size());
  }
  const bool may_be_stored = std::ranges::any_of(
      headers, [](const HttpHeader& header) { return header.name == "Cache-Control"; });
  out += "Connection: close\r\n";
  if (!may_be_stored) out += "Cache-Control: no-store\r\n";
  out += "X-Content-Type-Options: nosniff\r\n";
  for (const auto& header : headers) {
    fmt::format_to(std::back_inserter(out), "{}: {}\r\n", header.name, header.value);
  }
  out += "\r\n";
  if (!head_only) out += body;
  return out;
}

void allow_origin(std::string& response, std::string_view origin) {
  if (origin.empty()) return;
  const auto end = response.find("\r\n");
  if (end == response.npos) return;
  response.insert(end + 2,
                  fmt::format("Access-Control-Allow-Origin: {}\r\nVary: Origin\r\n", origin));
}

}  // namespace tickgate::gateway
