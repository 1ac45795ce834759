// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "feeds/adapter/json_reader.h"
#include "schemas/tick.h"

// The walks that the venues' messages have in common, over simdjson's On-Demand parser. Each is
// false when the JSON itself can't be walked on: then nothing of the document may be touched again,
// and the reader knows why. `what` is a constant text, the walked thing's name. What is no object
// or array where one must be is passed over, and the reader knows: what stands beside it is good.
//
// Inlined by force, and what is called per level or per item is a plain loop: where the compiler
// does not see where a walk began, simdjson's checks of its own state stay in it, a tenth of the
// decode of a book.
namespace tickgate::feeds {

using JsonKey = simdjson::ondemand::raw_json_string;
using JsonValue = simdjson::ondemand::value;
using JsonObject = simdjson::ondemand::object;

// Whether `got` is something to walk. If not, `walk_on` is the answer of the walk.
[[gnu::always_inline]] inline bool check_walkable(simdjson::error_code got, JsonReader& reader,
                                                  std::string_view what, bool& walk_on) {
  walk_on = got == simdjson::INCORRECT_TYPE;  // simdjson has not moved, and will skip the value
  return reader.check(got, what);
}

// visit(JsonKey, JsonValue&) -> bool for each member, in the order on the wire.
template <typename Visit>
[[gnu::always_inline]] inline bool walk_members(JsonObject& object, JsonReader& reader,
                                                std::string_view what, Visit&& visit) {
  for (auto next : object) {
    if (!reader.check(next.error(), what)) return false;
    auto& field = in_place(next);
    if (!visit(field.key(), field.value())) return false;
  }
  return true;
}
template <typename Visit>
[[gnu::always_inline]] inline bool walk_members(JsonValue& value, JsonReader& reader,
                                                std::string_view what, Visit&& visit) {
  JsonObject object;
  bool walk_on = false;
  if (!check_walkable(value.get_object().get(object), reader, what, walk_on)) return walk_on;
  return walk_members(object, reader, what, visit);
}

// visit(JsonValue&) -> bool for each element of a value or a document.
template <typename From, typename Visit>
[[gnu::always_inline]] inline bool walk_elements(From& from, JsonReader& reader,
                                                 std::string_view what, Visit&& visit) {
  simdjson::ondemand::array array;
  bool walk_on = false;
  if (!check_walkable(from.get_array().get(array), reader, what, walk_on)) return walk_on;
  for (auto next : array) {
    if (!reader.check(next.error(), what)) return false;
    if (!visit(in_place(next))) return false;
  }
  return true;
}

// The scalars wanted of an object by their keys; a key that is absent leaves its token empty.
template <std::size_t N>
[[gnu::always_inline]] inline bool read_tokens(JsonValue& from,
                                               const std::array<std::string_view, N>& keys,
                                               std::array<std::string_view, N>& tokens,
                                               JsonReader& reader, std::string_view what) {
  tokens = {};
  JsonObject object;
  bool walk_on = false;
  if (!check_walkable(from.get_object().get(object), reader, what, walk_on)) return walk_on;
  for (auto next : object) {
    if (!reader.check(next.error(), what)) return false;
    auto& field = in_place(next);
    const auto key = field.key();
    for (std::size_t i = 0; i < N; ++i) {
      if (key != keys[i]) continue;
      tokens[i] = json_token(field.value());
      break;
    }
  }
  return true;
}

// [["3802.90","0.60000000"],...], strings or bare numbers; what stands behind the two is passed
// over.
inline bool read_levels(JsonValue& from, std::vector<schemas::BookLevel>& out, JsonReader& reader) {
  simdjson::ondemand::array levels;
  if (!reader.check(from.get_array().get(levels), "levels")) return false;
  for (auto element : levels) {
    simdjson::ondemand::array level;
    if (!reader.check(element.get_array().get(level), "level")) return false;
    std::array<std::string_view, 2> tokens;
    std::size_t count = 0;
    for (auto item : level) {
      if (!reader.check(item.error(), "level")) return false;
      if (count < tokens.size()) tokens[count] = json_token(in_place(item));
      ++count;
    }
    out.push_back({reader.price(tokens[0], "price"), reader.size(tokens[1], "size")});
  }
  return true;
}

// One parser for all of an adapter's messages. What it opens lives until the next call, and as long
// as the text, behind which simdjson's padding must be readable.
class JsonDocument {
 public:
  [[gnu::always_inline]] bool open(std::string_view text, JsonReader& reader) {
    return reader.check(
        parser_.iterate(text.data(), text.size(), text.size() + simdjson::SIMDJSON_PADDING)
            .get(document_),
        "message");
  }
  [[gnu::always_inline]] bool open(std::string_view text, JsonObject& root, JsonReader& reader) {
    return open(text, reader) && reader.check(document_.get_object().get(root), "message");
  }
  template <typename Visit>
  bool walk_object(std::string_view text, JsonReader& reader, Visit&& visit) {
    JsonObject root;
    return open(text, root, reader) && walk_members(root, reader, "message", visit) &&
           ends_here(reader);
  }
  template <typename Visit>
  bool walk_array(std::string_view text, JsonReader& reader, Visit&& visit) {
    return open(text, reader) && walk_elements(document_, reader, "message", visit);
  }
  // Where the walk stands in the text; fails at its end.
  simdjson::error_code location(const char*& at) { return document_.current_location().get(at); }
  // After a walk of the whole: false, and told, when something stands behind it, be it a second
  // message that nobody would read.
  [[gnu::always_inline]] bool ends_here(JsonReader& reader) {
    if (document_.current_location().error() == simdjson::OUT_OF_BOUNDS) [[likely]]
      return true;
    reader.fail("message", "more behind its end");
    return false;
  }

 private:
  simdjson::ondemand::parser parser_;
  simdjson::ondemand::document document_;
};

}  // namespace tickgate::feeds
