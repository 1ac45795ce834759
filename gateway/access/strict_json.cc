// SPDX-License-Identifier: Apache-2.0
#include "gateway/access/strict_json.h"

#include <algorithm>
#include <utility>

namespace tickgate::gateway {
namespace {

namespace dom = simdjson::dom;
namespace ondemand = simdjson::ondemand;

bool is_strict(dom::element element, std::size_t depth);

bool has_twice(std::vector<std::string_view>& names) {
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) != names.end();
}

bool is_strict(dom::object object, std::size_t depth) {
  if (depth > StrictJson::kMostDepth) return false;
  std::vector<std::string_view> names;
  for (const auto member : object) {
    names.push_back(member.key);
    if (!is_strict(member.value, depth + 1)) return false;
  }
  return !has_twice(names);
}

bool is_strict(dom::element element, std::size_t depth) {
  dom::object object;
  if (element.get(object) == simdjson::SUCCESS) return is_strict(object, depth);
  dom::array array;
  if (element.get(array) != simdjson::SUCCESS) return true;
  if (depth > StrictJson::kMostDepth) return false;
  return std::all_of(array.begin(), array.end(),
                     [depth](dom::element item) { return is_strict(item, depth + 1); });
}

}  // namespace

bool StrictJson::parse(std::string_view text) {
  // It stops by itself a little below what is looked at here.
  constexpr std::size_t kParserDepth = 2 * kMostDepth;
  constexpr std::size_t kLeastCapacity = 64;
  if (parser_.allocate(std::max(text.size(), kLeastCapacity), kParserDepth) != simdjson::SUCCESS) {
    return false;
  }
  dom::element element;
  if (parser_.parse(text.data(), text.size()).get(element) != simdjson::SUCCESS) return false;
  return element.get(root_) == simdjson::SUCCESS && is_strict(root_, 1);
}

namespace {

// False: it is no JSON that can be walked through.
bool take_items(ondemand::array list, std::size_t most, std::vector<std::string>& items) {
  for (auto next : list) {
    std::string_view text;
    if (next.error() != simdjson::SUCCESS ||
        simdjson::to_json_string(next.value_unsafe()).get(text) != simdjson::SUCCESS) {
      return false;
    }
    if (items.size() < most) items.emplace_back(text);
  }
  return true;
}

}  // namespace

ListFault read_list(std::string_view json, std::string_view name, std::size_t most,
                    std::vector<std::string>& items) {
  const simdjson::padded_string padded(json);
  ondemand::parser parser;
  ondemand::document document;
  ondemand::object root;
  if (parser.iterate(padded).get(document) != simdjson::SUCCESS ||
      document.get_object().get(root) != simdjson::SUCCESS) {
    return ListFault::kNoObject;
  }
  std::vector<std::string_view> names;
  bool found = false;
  for (auto next : root) {
    ondemand::field member;
    std::string_view key;
    if (std::move(next).get(member) != simdjson::SUCCESS ||
        member.unescaped_key().get(key) != simdjson::SUCCESS) {
      return ListFault::kNoObject;
    }
    names.push_back(key);
    ondemand::array list;
    if (key != name || member.value().get(list) != simdjson::SUCCESS) continue;
    found = true;
    if (!take_items(list, most, items)) return ListFault::kNoObject;
  }
  const bool ended = document.current_location().error() == simdjson::OUT_OF_BOUNDS;
  if (!ended || has_twice(names)) return ListFault::kNoObject;
  return found ? ListFault::kNone : ListFault::kNoList;
}

Member<std::string_view> text_member(dom::object object, std::string_view name) {
  dom::element element;
  if (object.at_key(name).get(element) != simdjson::SUCCESS) return {};
  std::string_view text;
  if (element.get(text) != simdjson::SUCCESS) return {true, std::nullopt};
  return {true, text};
}

Member<std::int64_t> whole_member(dom::object object, std::string_view name) {
  dom::element element;
  if (object.at_key(name).get(element) != simdjson::SUCCESS) return {};
  std::int64_t value = 0;
  if (!element.is<std::int64_t>() || element.get(value) != simdjson::SUCCESS) {
    return {true, std::nullopt};
  }
  return {true, value};
}

bool has_member(dom::object object, std::string_view name) {
  dom::element element;
  return object.at_key(name).get(element) == simdjson::SUCCESS;
}

bool read_time(dom::object object, std::string_view name, std::optional<schemas::Timestamp>& time) {
  constexpr std::int64_t kLastTime = 253'402'300'799;  // s
  const auto seconds = whole_member(object, name);
  if (!seconds.given) return true;
  if (!seconds.value || *seconds.value < 0 || *seconds.value > kLastTime) return false;
  time = schemas::Timestamp{*seconds.value * kTimeUnit};
  return true;
}

}  // namespace tickgate::gateway
