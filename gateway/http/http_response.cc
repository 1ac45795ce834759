// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/http_response.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/beast/http/status.hpp>
#include <iterator>
#include <utility>

#include "schemas/check.h"

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
  if (!may_be_stored) out += "Cache-Control: no-store\r\n";
  out += "X-Content-Type-Options: nosniff\r\n";
  for (const auto& header : headers) {
    fmt::format_to(std::back_inserter(out), "{}: {}\r\n", header.name, header.value);
  }
  out += "\r\n";
  if (!head_only) out += body;
  return out;
}

// A new text of just the size: one inserted into would take twice the memory of a large answer.
void finish_http_response(std::string& response, bool keeps_alive, std::string_view origin) {
  const auto line = response.find("\r\n");
  TICKGATE_CHECK(line != response.npos);
  std::string more = keeps_alive ? "Connection: keep-alive\r\n" : "Connection: close\r\n";
  if (!origin.empty()) {
    more += fmt::format("Access-Control-Allow-Origin: {}\r\nVary: Origin\r\n", origin);
  }
  std::string out;
  out.reserve(response.size() + more.size());
  out.append(response, 0, line + 2).append(more).append(response, line + 2);
  response = std::move(out);
}

}  // namespace tickgate::gateway
