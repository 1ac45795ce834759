// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

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
  std::string out = fmt::format(
      "HTTP/1.1 {} {}\r\n"
      "Content-Type: {}\r\n"
      "Content-Length: {}\r\n"
      "Connection: close\r\n"
      "Cache-Control: no-store\r\n"
      "X-Content-Type-Options: nosniff\r\n",
      status, reason, content_type, body.size());
  for (const auto& header : headers) {
    fmt::format_to(std::back_inserter(out), "{}: {}\r\n", header.name, header.value);
  }
  out += "\r\n";
  if (!head_only) out += body;
  return out;
}

}  // namespace tickgate::gateway
