// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/running_config.h"

#include <simdjson.h>

#include <utility>

namespace tickgate::gateway {
namespace {

namespace dom = simdjson::dom;
using Section = ConfigView::Section;

// Throws simdjson_error where it is not what /v1/config is.
std::string text_of(dom::element value) { return std::string(std::string_view(value)); }

ConfigView::Value value_of(std::string_view key, dom::element element) {
  ConfigView::Value value;
  value.key = key;
  value.is_list = element.is_array();
  if (!value.is_list) {
    value.text = text_of(element);
    return value;
  }
  for (const dom::element item : dom::array(element)) {
    value.items.push_back(text_of(item));
    value.text.append(value.text.empty() ? "" : ", ").append(value.items.back());
  }
  return value;
}

Section section_of(Section::Kind kind, std::string_view name, dom::element element) {
  Section section{kind, std::string(name), std::string(name), {}};
  for (const auto [key, value] : dom::object(element))
    section.values.push_back(value_of(key, value));
  return section;
}

Section::Kind kind_of(std::string_view name) {
  if (name == "plans") return Section::Kind::kPlan;
  if (name == "feeds") return Section::Kind::kFeed;
  return name == "consolidated" ? Section::Kind::kConsolidated : Section::Kind::kPlain;
}

RunningConfig read(std::string_view json) {
  dom::parser parser;
  const dom::element page = parser.parse(json.data(), json.size());
  RunningConfig running;
  const dom::element fingerprint = page["fingerprint"];
  if (!fingerprint.is_null()) running.fingerprint = text_of(fingerprint);
  for (const auto [name, element] : dom::object(dom::element(page["config"]))) {
    const auto kind = kind_of(name);
    if (kind == Section::Kind::kPlain) {
      running.view.sections.push_back(section_of(kind, name, element));
      continue;
    }
    for (const auto [one, inner] : dom::object(element)) {
      running.view.sections.push_back(section_of(kind, one, inner));
    }
  }
  return running;
}

}  // namespace

absl::StatusOr<RunningConfig> read_running_config(std::string_view json) {
  try {
    return read(json);
  } catch (const simdjson::simdjson_error& error) {
    return absl::InvalidArgumentError(error.what());
  }
}

}  // namespace tickgate::gateway
