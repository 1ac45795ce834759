// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
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

// The member that marks each object of a lane that is so much later; empty: it is not.
inline std::string delay_member(std::uint32_t delay_s) {
  return delay_s == 0 ? std::string() : ",\"delayed_s\":" + std::to_string(delay_s);
}
// What a status calls an instrument that is live.
inline std::string_view live_name(std::uint32_t delay_s) {
  return delay_s == 0 ? "live" : "delayed";
}

}  // namespace tickgate::gateway
