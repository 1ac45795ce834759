// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace tickgate::gateway {

// `out` ends with a JSON object that is the same for all; one client's has `member` too, as
// `,"key":value`, or nothing more if it is empty.
inline void append_member(std::string& out, std::string_view member) {
  if (member.empty()) return;
  out.pop_back();
  out.append(member);
  out.push_back('}');
}

}  // namespace tickgate::gateway
