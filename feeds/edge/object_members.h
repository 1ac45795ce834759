// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "feeds/edge/object_fields.h"
#include "schemas/tick.h"
#include "simdjson.h"

namespace tickgate::feeds {

// A string's inside that has no escapes in it; nullopt: it is none.
std::optional<std::string_view> plain_text(std::string_view token);

// The members of one object that are known, each as it was sent, and what they are read as. The
// first thing that is wrong stays; what is returned behind it means nothing. One thread's.
class ObjectMembers {
 public:
  // False: no such object. Levels, sources and the texts of bars are read on the way. The text is
  // followed by readable bytes, and lives as long as what is asked of its members.
  bool walk(std::string_view text);

  bool ok() const { return wrong_.empty(); }
  std::string_view wrong() const { return wrong_; }  // a constant text
  bool fail(std::string_view what) {
    if (wrong_.empty()) wrong_ = what;
    return false;
  }
  bool fail(Field field) { return fail(kFieldNames[static_cast<std::size_t>(field)]); }

  bool has(Field field) const { return present_[static_cast<std::size_t>(field)]; }
  // As sent; empty where it is not there. Of `venues` all of the array.
  std::string_view token(Field field) const { return tokens_[static_cast<std::size_t>(field)]; }
  bool is_null(Field field) const { return token(field) == "null"; }

  // A text that says something, without escapes.
  std::string_view text(Field field);
  // What anybody may have written, its escapes resolved; nothing, where it is not there.
  std::string_view free_text(Field field) const { return token(field); }
  std::uint64_t count(Field field);  // at most 2^63-1: what is counted on from it fits
  std::int64_t whole(Field field);
  bool flag(Field field, bool preset);
  schemas::Decimal decimal(Field field);
  schemas::Timestamp time(Field field) { return schemas::Timestamp{whole(field)}; }
  schemas::Timestamp time_or_none(Field field) {
    return has(field) && !is_null(field) ? time(field) : schemas::kNoTime;
  }
  template <typename Value, std::size_t N>
  Value one_of(Field field, const std::array<Value, N>& values) {
    const auto inside = plain_text(token(field));
    const auto* const found =
        std::ranges::find_if(values, [&](Value one) { return inside && name(one) == *inside; });
    if (found != values.end()) return *found;
    fail(field);
    return values.front();
  }

  // With the levels of the last object that had any.
  schemas::Book& book() { return book_; }
  const std::vector<std::string>& sources() const { return sources_; }
  const std::vector<std::string_view>& bars() const { return bars_; }

 private:
  bool walk_member(simdjson::ondemand::field& member);
  bool take(Field field, simdjson::ondemand::value& value);
  bool take_levels(Field field, simdjson::ondemand::value& value);
  bool take_sources(simdjson::ondemand::value& value);
  bool take_bars(simdjson::ondemand::value& value);

  simdjson::ondemand::parser json_;
  simdjson::ondemand::document document_;
  std::array<std::string_view, kFieldCount> tokens_;
  std::array<bool, kFieldCount> present_{};
  schemas::Book book_{};
  std::vector<std::string> sources_;
  std::vector<std::string_view> bars_;  // texts
  std::string_view wrong_;
};

}  // namespace tickgate::feeds
