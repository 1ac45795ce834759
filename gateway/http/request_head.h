// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/http/http_refusal.h"
#include "gateway/http/http_response.h"

namespace tickgate::gateway {

// A request's head, as Beast takes it apart.
struct RequestHead {
  std::string method;
  std::string target;
  unsigned version = 0;  // 10 or 11
  struct Field {
    std::string name;
    std::string value;
  };
  std::vector<Field> fields;

  // The values of every field of this name. Not by Beast's own look-up, whose comparison reads a
  // byte too far in 1.81.
  std::vector<std::string_view> all(std::string_view name) const;
  // The value of the only field of this name; nullopt if there is none, or more than one.
  std::optional<std::string_view> only(std::string_view name) const;
  // All of a list that may come in parts (RFC 9110, 5.3).
  std::string joined(std::string_view name) const;
  bool has_token(std::string_view name, std::string_view token) const;
};

// `text` ends with the empty line. Otherwise `head` is left alone.
std::optional<HttpRefusal> parse_head(std::string_view text, RequestHead& head);

}  // namespace tickgate::gateway
