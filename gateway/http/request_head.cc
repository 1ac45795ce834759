// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/request_head.h"

#include <algorithm>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "gateway/http/http_text.h"

namespace tickgate::gateway {

namespace http = boost::beast::http;

std::vector<std::string_view> RequestHead::all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& field : fields) {
    if (equals_ignoring_case(field.name, name)) values.push_back(field.value);
  }
  return values;
}

std::optional<std::string_view> RequestHead::only(std::string_view name) const {
  const auto values = all(name);
  return values.size() == 1 ? std::optional(values.front()) : std::nullopt;
}

std::string RequestHead::joined(std::string_view name) const {
  std::string list;
  for (const auto value : all(name)) {
    if (!list.empty()) list += ", ";
    list += value;
  }
  return list;
}

bool RequestHead::has_token(std::string_view name, std::string_view token) const {
  const auto values = all(name);
  return std::any_of(values.begin(), values.end(),
                     [&](std::string_view value) { return list_has_token(value, token); });
}

std::optional<HttpRefusal> parse_head(std::string_view text, RequestHead& head) {
  const auto copy = [](boost::beast::string_view part) {
    return std::string(part.data(), part.size());
  };
  http::request_parser<http::empty_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(text.size()));
  parser.skip(true);  // a body is not Beast's to read
  boost::beast::error_code error;
  parser.put(boost::asio::const_buffer(text.data(), text.size()), error);
  if (error == http::error::bad_version) return HttpRefusal::kHttpVersion;
  if (error || !parser.is_header_done()) return HttpRefusal::kMalformed;
  const auto& message = parser.get();
  head = {copy(message.method_string()), copy(message.target()), message.version(), {}};
  for (const auto& field : message) {
    head.fields.push_back({copy(field.name_string()), copy(field.value())});
  }
  return std::nullopt;
}

}  // namespace tickgate::gateway
