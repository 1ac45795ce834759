// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "schemas/json.h"

// Further members of an object that is being written.
namespace tickgate::gateway {

inline void append_text(std::string& out, std::string_view name, std::string_view text) {
  out.append(",\"").append(name).append("\":");
  schemas::append_json_string(out, text);
}

// Null where it is empty: nobody is asked, or has said.
inline void append_known(std::string& out, std::string_view name, std::string_view text) {
  if (!text.empty()) return append_text(out, name, text);
  out.append(",\"").append(name).append("\":null");
}

}  // namespace tickgate::gateway
