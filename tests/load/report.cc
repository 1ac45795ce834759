// SPDX-License-Identifier: Apache-2.0
#include "tests/load/report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "schemas/json.h"

namespace tickgate::load {

void Report::Section::number(std::string_view key, std::string_view label, double value, int digits,
                             std::string_view unit) {
  std::array<char, 400> text{};  // the largest double has 309 digits
  if (!std::isfinite(value)) {
    std::snprintf(text.data(), text.size(), "null");
  } else {
    std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  }
  fields_.push_back({std::string(key), std::string(label), text.data(), std::string(unit)});
}

void Report::Section::whole(std::string_view key, std::string_view label, std::uint64_t value,
                            std::string_view unit) {
  fields_.push_back(
      {std::string(key), std::string(label), std::to_string(value), std::string(unit)});
}

void Report::Section::list(std::string_view key, std::string_view label,
                           const std::vector<std::uint64_t>& values) {
  std::string text = "[";
  for (const auto value : values) {
    if (text.size() > 1) text.push_back(',');
    text.append(std::to_string(value));
  }
  fields_.push_back({std::string(key), std::string(label), text.append("]"), ""});
}

std::string Report::json() const {
  std::string out = "{";
  for (const auto& section : sections_) {
    schemas::append_json_string(out, section.key_);
    out.append(":{");
    for (std::size_t i = 0; i < section.fields_.size(); ++i) {
      if (i > 0) out.push_back(',');
      schemas::append_json_string(out, section.fields_[i].key);
      out.append(":").append(section.fields_[i].value);
    }
    out.append("},");
  }
  out.append("\"findings\":[");
  for (bool first = true; const auto& [what, times] : findings_.kinds()) {
    out.append(first ? "{\"what\":" : ",{\"what\":");
    schemas::append_json_string(out, what);
    out.append(",\"times\":").append(std::to_string(times)).append("}");
    first = false;
  }
  return out.append("]}\n");
}

std::string Report::table() const {
  constexpr std::size_t kLabel = 34, kValue = 12;
  std::string out;
  for (const auto& section : sections_) {
    out.append(section.title_).append("\n");
    for (const auto& field : section.fields_) {
      const auto& value = field.value == "null" ? std::string("-") : field.value;
      out.append("  ").append(field.label);
      const auto used = field.label.size() + value.size();
      out.append(used < kLabel + kValue ? kLabel + kValue - used : 1, ' ').append(value);
      if (!field.unit.empty()) out.append(" ").append(field.unit);
      out.push_back('\n');
    }
  }
  out.append(findings_.empty() ? "no findings\n" : "findings\n");
  for (const auto& [what, times] : findings_.kinds()) {
    out.append("  ").append(std::to_string(times)).append(" x ");
    // What a server says must not move the cursor of who reads it.
    for (const char c : what) out.push_back(static_cast<unsigned char>(c) < 0x20 ? '?' : c);
    out.push_back('\n');
  }
  return out;
}

}  // namespace tickgate::load
