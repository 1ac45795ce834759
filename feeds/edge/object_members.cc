// SPDX-License-Identifier: Apache-2.0
#include "feeds/edge/object_members.h"

#include <charconv>
#include <cstring>

#include "feeds/edge/object_reader.h"

namespace tickgate::feeds {

static_assert(ObjectReader::kPadding >= simdjson::SIMDJSON_PADDING);

namespace {

constexpr std::uint64_t kMostCount = INT64_MAX;

using JsonResult = simdjson::simdjson_result<simdjson::ondemand::value>;

std::string_view trimmed(std::string_view token) {
  while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') token.remove_suffix(1);
  return token;
}

template <typename Number>
bool read_whole(std::string_view token, Number& value) {
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), value);
  return error == std::errc() && end == token.data() + token.size();
}

// Texts that anybody may have written, with escapes.
constexpr bool is_free_text(Field field) {
  return field == Field::kId || field == Field::kReason || field == Field::kNote ||
         field == Field::kQuoteReason || field == Field::kIngest;
}

}  // namespace

std::optional<std::string_view> plain_text(std::string_view token) {
  if (token.size() < 2 || token.front() != '"' || token.back() != '"') return std::nullopt;
  const auto inside = token.substr(1, token.size() - 2);
  if (std::memchr(inside.data(), '\\', inside.size()) != nullptr) return std::nullopt;
  if (std::memchr(inside.data(), '"', inside.size()) != nullptr) return std::nullopt;
  return inside;
}

bool ObjectMembers::walk(std::string_view text) {
  tokens_ = {};
  present_ = {};
  wrong_ = {};
  sources_.clear();
  bars_.clear();
  const auto error =
      json_.iterate(text.data(), text.size(), text.size() + ObjectReader::kPadding).get(document_);
  if (error != simdjson::SUCCESS) return fail("no JSON");
  simdjson::ondemand::object root;
  if (document_.get_object().get(root) != simdjson::SUCCESS) return fail("no object");
  for (auto next : root) {
    simdjson::ondemand::field member;
    if (std::move(next).get(member) != simdjson::SUCCESS) return fail("no JSON");
    if (!walk_member(member)) return false;
  }
  if (document_.current_location().error() != simdjson::OUT_OF_BOUNDS)
    return fail("more behind it");
  return ok();
}

bool ObjectMembers::walk_member(simdjson::ondemand::field& member) {
  constexpr std::size_t kLongest = 16;  // beyond all names that are known; padding is readable
  const char* const key = member.key().raw();
  const auto* const end = static_cast<const char*>(std::memchr(key, '"', kLongest));
  if (end == nullptr) return true;
  const auto field = kFields.find({key, static_cast<std::size_t>(end - key)});
  if (!field) return true;
  auto& there = present_[static_cast<std::size_t>(*field)];
  if (there) return fail("a member twice");
  there = true;
  return take(*field, member.value());
}

bool ObjectMembers::take(Field field, simdjson::ondemand::value& value) {
  auto& token = tokens_[static_cast<std::size_t>(field)];
  switch (field) {
    case Field::kBids:
    case Field::kAsks:
      return take_levels(field, value);
    case Field::kSources:
      return take_sources(value);
    case Field::kBars:
      return take_bars(value);
    case Field::kVenues: {
      simdjson::ondemand::array array;
      if (value.get_array().get(array) != simdjson::SUCCESS) return fail(field);
      return array.raw_json().get(token) == simdjson::SUCCESS || fail(field);
    }
    default:
      break;
  }
  token = trimmed(value.raw_json_token());
  if (!is_free_text(field)) return true;
  return value.get_string().get(token) == simdjson::SUCCESS || fail(field);
}

bool ObjectMembers::take_levels(Field field, simdjson::ondemand::value& value) {
  const bool bids = field == Field::kBids;
  auto& levels = bids ? book_.bids : book_.asks;
  auto& count = bids ? book_.bid_count : book_.ask_count;
  count = 0;
  simdjson::ondemand::array array;
  if (value.get_array().get(array) != simdjson::SUCCESS) return fail(field);
  for (auto element : array) {
    simdjson::ondemand::array level;
    if (element.get_array().get(level) != simdjson::SUCCESS) return fail(field);
    std::array<std::optional<schemas::Decimal>, 2> numbers;
    std::size_t read = 0;
    for (auto item : level) {
      simdjson::ondemand::value number;
      if (static_cast<JsonResult&&>(item).get(number) != simdjson::SUCCESS ||
          read == numbers.size()) {
        return fail(field);
      }
      const auto inside = plain_text(trimmed(number.raw_json_token()));
      numbers[read] = inside ? schemas::parse_decimal(*inside) : std::nullopt;
      if (!numbers[read++]) return fail(field);
    }
    if (read != numbers.size() || count == levels.size()) return fail(field);
    levels[count++] = {schemas::Price{*numbers[0]}, schemas::Quantity{*numbers[1]}};
  }
  return true;
}

bool ObjectMembers::take_sources(simdjson::ondemand::value& value) {
  constexpr std::size_t kMost = 250;  // a place is a byte
  simdjson::ondemand::array array;
  if (value.get_array().get(array) != simdjson::SUCCESS) return fail(Field::kSources);
  for (auto element : array) {
    simdjson::ondemand::value name;
    if (static_cast<JsonResult&&>(element).get(name) != simdjson::SUCCESS)
      return fail(Field::kSources);
    const auto inside = plain_text(trimmed(name.raw_json_token()));
    if (!inside || inside->empty() || sources_.size() == kMost) return fail(Field::kSources);
    sources_.emplace_back(*inside);
  }
  return true;
}

bool ObjectMembers::take_bars(simdjson::ondemand::value& value) {
  simdjson::ondemand::array array;
  if (value.get_array().get(array) != simdjson::SUCCESS) return fail(Field::kBars);
  for (auto element : array) {
    simdjson::ondemand::object one;
    if (element.get_object().get(one) != simdjson::SUCCESS) return fail(Field::kBars);
    std::string_view text;
    if (one.raw_json().get(text) != simdjson::SUCCESS) return fail(Field::kBars);
    bars_.push_back(trimmed(text));
  }
  return true;
}

std::string_view ObjectMembers::text(Field field) {
  const auto inside = plain_text(token(field));
  if (!inside || inside->empty()) fail(field);
  return inside.value_or("");
}

std::uint64_t ObjectMembers::count(Field field) {
  std::uint64_t value = 0;
  const bool whole = read_whole(token(field), value);
  if (!whole || value > kMostCount) fail(field);
  return value;
}

std::int64_t ObjectMembers::whole(Field field) {
  std::int64_t value = 0;
  if (!read_whole(token(field), value) || value == schemas::kNoTime.value()) fail(field);
  return value;
}

bool ObjectMembers::flag(Field field, bool preset) {
  if (!has(field)) return preset;
  if (token(field) == "true") return true;
  if (token(field) != "false") fail(field);
  return false;
}

schemas::Decimal ObjectMembers::decimal(Field field) {
  const auto inside = plain_text(token(field));
  const auto value = inside ? schemas::parse_decimal(*inside) : std::nullopt;
  if (!value) fail(field);
  return value.value_or(schemas::Decimal{});
}

}  // namespace tickgate::feeds
