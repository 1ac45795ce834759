// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "absl/strings/str_cat.h"
#include "gateway/http/http_request_reader.h"
#include "schemas/text.h"

namespace tickgate::gateway {
namespace {

std::string_view status_text(unsigned status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 426:
      return "Upgrade Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Status";
  }
}

}  // namespace

std::string compose_http_response(unsigned status, std::string_view content_type,
                                  std::string_view body, bool head_only,
                                  std::span<const HttpHeader> headers) {
  using schemas::to_absl;
  std::string out =
      absl::StrCat("HTTP/1.1 ", status, " ", to_absl(status_text(status)),
                   "\r\nContent-Type: ", to_absl(content_type), "\r\nContent-Length: ", body.size(),
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
