// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/config_page.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "schemas/json.h"

namespace tickgate::gateway {
namespace {

using Kind = ConfigView::Section::Kind;
using schemas::append_json_string;

void append_texts(std::string& out, const std::vector<std::string>& texts) {
  out.push_back('[');
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) out.push_back(',');
    append_json_string(out, texts[i]);
  }
  out.push_back(']');
}

void append_section(std::string& out, const ConfigView::Section& section) {
  append_json_string(out, section.name);
  out.append(":{");
  bool first = true;
  for (const auto& value : section.values) {
    if (!std::exchange(first, false)) out.push_back(',');
    append_json_string(out, value.key);
    out.push_back(':');
    if (value.is_list) {
      append_texts(out, value.items);
    } else {
      append_json_string(out, value.text);
    }
  }
  out.push_back('}');
}

void append_sections(std::string& out, const ConfigView& view, Kind kind) {
  bool first = true;
  for (const auto& section : view.sections) {
    if (section.kind != kind) continue;
    if (!std::exchange(first, false)) out.push_back(',');
    append_section(out, section);
  }
}

void append_report(std::string& out, const Reload::Report* report) {
  if (report == nullptr) return void(out.append("null"));
  fmt::format_to(std::back_inserter(out), R"({{"time":{},"result":"{}","changes":)",
                 report->at.value(), name(report->result));
  append_texts(out, report->changes);
  out.append(",\"problems\":");
  append_texts(out, report->problems);
  out.push_back('}');
}

}  // namespace

std::string config_page(const Reload& reload, std::uint32_t connections) {
  std::string out = "{\"file\":";
  if (reload.has_file()) {
    append_json_string(out, reload.file().path);
    fmt::format_to(std::back_inserter(out), R"(,"fingerprint":"{}")", reload.file().fingerprint);
  } else {
    out.append(R"(null,"fingerprint":null)");
  }
  fmt::format_to(std::back_inserter(out), R"(,"loaded":{},"connections":{},"last_reload":)",
                 reload.loaded().value(), connections);
  append_report(out, reload.last());
  out.append(",\"last_refused\":");
  append_report(out, reload.last_refused());
  out.append(",\"config\":{");
  append_sections(out, reload.view(), Kind::kPlain);
  out.append(",\"plans\":{");
  append_sections(out, reload.view(), Kind::kPlan);
  out.append("},\"feeds\":{");
  append_sections(out, reload.view(), Kind::kFeed);
  out.append("},\"consolidated\":{");
  append_sections(out, reload.view(), Kind::kConsolidated);
  return out.append("}}}\n");
}

}  // namespace tickgate::gateway
