// SPDX-License-Identifier: Apache-2.0
#include <boost/beast/http/status.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "gateway/http/http_request_reader.h"
#include "schemas/text.h"

namespace tickgate::gateway {
std::string compose_http_response(unsigned status, std::string_view content_type,
                                  std::string_view body, bool head_only,
                                  std::span<const HttpHeader> headers) {
  using schemas::to_absl;
  namespace http = boost::beast::http;
  const auto text = http::obsolete_reason(http::int_to_status(status));
  const absl::string_view reason(text.data(), text.size());
  std::string out =
      absl::StrCat("HTTP/1.1 ", status, " ", reason, "\r\nContent-Type: ", to_absl(content_type),
                   "\r\nContent-Length: ", body.size(),
                   "\r\nConnection: close\r\nCache-Control: no-store\r\n"
                   "X-Content-Type-Options: nosniff\r\n");
  for (const auto& header : headers) {
    absl::StrAppend(&out, to_absl(header.name), ": ", to_absl(header.value), "\r\n");
  }
  out += "\r\n";
  if (!head_only) out += body;
  return out;
}

}  // namespace tickgate::gateway
