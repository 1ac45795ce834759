// SPDX-License-Identifier: Apache-2.0
#pragma once

// simdjson's types are in here: for this room's own sources only.

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/ids.h"

namespace tickgate::gateway {

// One JSON object of a token or a key file, which two readers must not take for different things:
// valid UTF-8, at every depth each name once (escapes resolved), 16 levels at most, nothing behind
// it. What is found lives as long as the StrictJson.
class StrictJson {
 public:
  static constexpr std::size_t kMostDepth = 16;

  // False: it is no such object.
  bool parse(std::string_view text);
  simdjson::dom::object root() const { return root_; }

 private:
  simdjson::dom::parser parser_;
  simdjson::dom::object root_;
};

// An object that has a list `name`, and each other of its own names once, is taken apart into the
// texts of the list's items: each is for a StrictJson of its own, so that what is wrong with one
// spoils no other. At most `most` of them. Nothing else in the object is looked at.
enum class ListFault : std::uint8_t { kNone, kNoObject, kNoList };
ListFault read_list(std::string_view json, std::string_view name, std::size_t most,
                    std::vector<std::string>& items);

// Of a member: absent, there, or of another kind than asked for.
template <typename Value>
struct Member {
  bool given = false;
  std::optional<Value> value;  // nullopt too where it is of another kind
  bool wrong() const { return given && !value; }
};

Member<std::string_view> text_member(simdjson::dom::object object, std::string_view name);
// An integer as JSON has it: no fraction, no exponent, within 64 bits.
Member<std::int64_t> whole_member(simdjson::dom::object object, std::string_view name);
bool has_member(simdjson::dom::object object, std::string_view name);
// In a second, as a Timestamp counts.
inline constexpr std::int64_t kTimeUnit = 1'000'000;
// A time in whole seconds since the epoch, up to the year 9999, which no sum overflows. Absent:
// stays as it was. False: it is none, or out of range.
bool read_time(simdjson::dom::object object, std::string_view name,
               std::optional<schemas::Timestamp>& time);

}  // namespace tickgate::gateway
