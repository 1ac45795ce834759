// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/config_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "feeds/venues/all.h"
#include "gateway/config/cluster_values.h"
#include "gateway/config/key_table.h"
#include "gateway/config/keys.h"
#include "gateway/config/words.h"
#include "schemas/json.h"

namespace tickgate::gateway {
namespace {

using Kind = KeyRow::Kind;
using Texts = std::vector<std::string>;

std::string json_text(std::string_view text) {
  std::string out;
  schemas::append_json_string(out, text);
  return out;
}

Texts json_texts(const std::vector<std::string_view>& words) {
  Texts out;
  for (const auto word : words) out.push_back(json_text(word));
  return out;
}

std::string object(const Texts& members) { return fmt::format("{{{}}}", fmt::join(members, ", ")); }
std::string array(const Texts& items) { return fmt::format("[{}]", fmt::join(items, ", ")); }

// What a value may be, apart from a variable of the environment.
Texts constraints(const KeyRow& row) {
  const auto range = [&row] {
    return Texts{fmt::format(R"("minimum": {})", row.least_text),
                 fmt::format(R"("maximum": {})", row.most_text)};
  };
  switch (row.kind) {
    case Kind::kWhole:
      return {R"("type": "integer")", range()[0], range()[1]};
    case Kind::kFactor:
      return {R"("type": "number")", range()[0], range()[1]};
    case Kind::kSize:
      return {R"("type": ["integer", "string"])", fmt::format(R"("minimum": {})", row.least),
              fmt::format(R"("maximum": {})", row.most), R"("pattern": "^[0-9]+([KM]iB)?$")"};
    case Kind::kDuration:
      if (row.least > 0) return {R"("type": "string")", R"("pattern": "^[0-9]+(ms|s|m|h)$")"};
      return {R"("type": ["integer", "string"])", R"("minimum": 0)", R"("maximum": 0)",
              R"("pattern": "^(0|[0-9]+(ms|s|m|h))$")"};
    case Kind::kBoolean:
      return {R"("type": "boolean")"};
    case Kind::kChoice:
      return {fmt::format(R"("enum": {})", array(json_texts(row.words)))};
    case Kind::kList:
      return {row.or_one ? R"("type": ["array", "string"], "minLength": 1)" : R"("type": "array")",
              fmt::format(R"("minItems": {})", row.least),
              fmt::format(R"("maxItems": {})", row.most), R"("items": {"type": "string"})"};
    case Kind::kAddress:
    case Kind::kText:
    case Kind::kUrl:
    case Kind::kOther:
      break;
  }
  return {R"("type": "string", "minLength": 1)"};
}

// A value that is written in the file as JSON has it, or in quotes.
std::string json_value(const KeyRow& row) {
  const bool bare = row.kind == Kind::kWhole || row.kind == Kind::kFactor ||
                    row.kind == Kind::kBoolean || row.kind == Kind::kList;
  return bare ? row.value : json_text(row.value);
}

std::string description(const KeyRow& row) {
  std::string text(row.key.help);
  text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  if (!row.least_text.empty() && row.kind != Kind::kList) {
    text.append(fmt::format("; {} to {}", row.least_text, row.most_text));
  }
  if (row.key.in_force == InForce::kNextStart) text.append("; a change needs a restart");
  return json_text(text.append("."));
}

std::string property(const KeyRow& row) {
  const bool is_text = row.kind == Kind::kAddress || row.kind == Kind::kText ||
                       row.kind == Kind::kUrl || row.kind == Kind::kList;
  Texts members = {fmt::format(R"("description": {})", description(row))};
  if (!row.value.empty()) members.push_back(fmt::format(R"("default": {})", json_value(row)));
  if (is_text) {
    const auto what = constraints(row);
    members.insert(members.end(), what.begin(), what.end());
  } else {
    members.push_back(fmt::format(R"("anyOf": [{}, {{"$ref": "#/definitions/variable"}}])",
                                  object(constraints(row))));
  }
  return fmt::format("{}: {}", json_text(row.key.name), object(members));
}

// The properties of a section, a line each, without the braces around them.
std::string properties(std::string_view section, std::string_view indent) {
  const auto& sections = key_table();
  const auto found = std::ranges::find(sections, section, &KeySection::name);
  Texts lines;
  for (const auto& row : found->rows) {
    if (row.kind != Kind::kOther) lines.push_back(fmt::format("{}{}", indent, property(row)));
  }
  return fmt::format("{}", fmt::join(lines, ",\n"));
}

// Where the condition holds, these members of a schema do.
std::string rule(const std::string& condition, const Texts& then) {
  return fmt::format(R"(        {{"if": {}, "then": {}}})", condition, object(then));
}

std::string properties_so(const Texts& members) {
  return fmt::format(R"("properties": {})", object(members));
}

std::string is_venue(std::string_view name) {
  return fmt::format(R"({{"properties": {{"venue": {{"const": {}}}}}, "required": ["venue"]}})",
                     json_text(name));
}

Texts refused(std::initializer_list<KeyOf> kinds) {
  Texts out;
  for (const auto& row : key_rows(FeedConfig{})) {
    const bool is_one = std::ranges::find(kinds, row.key.feeds) != kinds.end();
    if (is_one) out.push_back(fmt::format("{}: false", json_text(row.key.name)));
  }
  return out;
}

std::string book_depth(const feeds::BookDepths& depths) {
  if (depths.preset == 0) return R"("book_depth": false)";
  std::string what = fmt::format(R"("minimum": {}, "maximum": {})", depths.least, depths.most);
  if (!depths.offered.empty()) {
    what = fmt::format(R"("enum": {})", array(depth_texts(depths)));
  }
  return fmt::format(
      R"("book_depth": {{"default": {}, "anyOf": [{{"type": "integer", {}}}, {{"$ref": "#/definitions/variable"}}]}})",
      depths.preset, what);
}

std::string venue_rule(const feeds::VenueFacts& facts) {
  if (facts.made_up) {
    const auto not_had = refused({KeyOf::kVenues, KeyOf::kNetwork, KeyOf::kCaptures});
    return rule(is_venue(facts.name), {properties_so(not_had)});
  }
  auto members = refused({KeyOf::kMadeUp});
  members.push_back(book_depth(facts.book_depths));
  return rule(is_venue(facts.name),
              {properties_so(members),
               R"("anyOf": [{"required": ["symbols"]}, {"required": ["capture"]}])"});
}

// What depends on the venue and on whether there is a capture.
std::string feed_rules() {
  const std::string capture = R"({"required": ["capture"]})";
  Texts rules = {
      rule(capture, {properties_so(refused({KeyOf::kNetwork}))}),
      rule(fmt::format(R"({{"not": {}}})", capture), {properties_so(refused({KeyOf::kCaptures}))})};
  for (const auto& venue : feeds::venues()) rules.push_back(venue_rule(venue.facts));
  return fmt::format("{}", fmt::join(rules, ",\n"));
}

}  // namespace

std::string config_schema() {
  const auto section = [](std::string_view name, const std::string& more) {
    return fmt::format(
        "    \"{0}\": {{\"type\": [\"object\", \"null\"], \"additionalProperties\": false, "
        "\"properties\": {{\n{1}{2}\n    }}}},\n",
        name, properties(name, "      "), more);
  };
  const auto tls_map = [](std::string_view name) {
    return fmt::format(
        ",\n      \"{}\": {{\"description\": {}, \"type\": \"object\", "
        "\"additionalProperties\": false, \"required\": [\"certificate\", \"key\"], "
        "\"properties\": {{\n{}\n      }}}}",
        name, description(key_row("server", name)),
        properties("server." + std::string(name), "        "));
  };
  const auto defaults = fmt::format(
      ",\n      \"defaults\": {{\"description\": {}, \"$ref\": \"#/definitions/plan\"}}",
      description(key_row("auth", "defaults")));
  const auto plans = fmt::format(
      "    \"plans\": {{\"type\": [\"object\", \"null\"], \"maxProperties\": {}, "
      "\"additionalProperties\": {{\"$ref\": \"#/definitions/plan\"}}}},\n",
      kMostPlans);
  const auto publish = fmt::format(
      "    \"publish\": {{\"type\": [\"object\", \"null\"], \"additionalProperties\": false, "
      "\"required\": [\"nats\"], \"properties\": {{\n      \"nats\": {{\"type\": \"object\", "
      "\"additionalProperties\": false, \"required\": [\"url\"], \"properties\": {{\n{}\n      "
      "}}}}\n    }}}},\n",
      properties("publish.nats", "        "));
  const auto all = venue_names([](const auto&) { return true; });
  return fmt::format(
      R"({{
  "$schema": "http://json-schema.org/draft-07/schema#",
  "title": "The configuration of tickgate",
  "type": "object", "additionalProperties": false, "required": ["feeds"],
  "properties": {{
{}{}{}{}{}{}{}{}    "feeds": {{"type": "array", "minItems": 1, "maxItems": {}, "items": {{"if": {}, "then": {{"$ref": "#/definitions/edge"}}, "else": {{"$ref": "#/definitions/feed"}}}}}},
    "consolidated": {{"type": "array", "minItems": 0, "maxItems": {}, "items": {{"$ref": "#/definitions/consolidated"}}}}
  }},
  "definitions": {{
    "variable": {{"type": "string", "pattern": "\\$\\{{[A-Za-z_][A-Za-z0-9_]*\\}}"}},
    "plan": {{"type": ["object", "null"], "additionalProperties": false, "properties": {{
{}
    }}}},
    "consolidated": {{"type": "object", "additionalProperties": false, "required": ["pairs"],
      "properties": {{
{}
      }}
    }},
    "edge": {{"type": "object", "additionalProperties": false, "required": ["venue", "url"],
      "properties": {{
        "venue": {{"const": {}}},
{}
      }}
    }},
    "feed": {{"type": "object", "additionalProperties": false, "required": ["venue"],
      "properties": {{
        "venue": {{"description": {}, "anyOf": [{{"enum": {}}}, {{"$ref": "#/definitions/variable"}}]}},
        "book_depth": {{"description": {}}},
{}
      }},
      "allOf": [
{}
      ]
    }}
  }}
}}
)",
      section("server", tls_map("tls") + tls_map("admin_tls")), section("limits", ""),
      section("log", ""), section("bars", ""), section("ledger", ""), section("auth", defaults),
      plans, publish, kMostFeeds, is_venue(kNatsVenue), kMostConsolidated,
      properties("plans", "      "), properties("consolidated", "        "), json_text(kNatsVenue),
      properties("feeds.nats", "        "), description(key_row("feeds", "venue")),
      array(json_texts(all)), description(key_row("feeds", "book_depth")),
      properties("feeds", "        "), feed_rules());
}

}  // namespace tickgate::gateway
