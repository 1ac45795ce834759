// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/quarantine_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "schemas/json.h"

namespace tickgate::gateway {
namespace {

using feeds::QuarantinedTick;

void append(std::string& out, std::string_view feed, const QuarantinedTick& tick) {
  fmt::format_to(std::back_inserter(out), R"({{"time":{},"feed":)", tick.time.value());
  schemas::append_json_string(out, feed);
  out.append(",\"symbol\":");
  schemas::append_json_string(out, tick.symbol);
  out.push_back(',');
  append_quarantined(out, tick);
}

}  // namespace

void append_quarantined(std::string& out, const QuarantinedTick& tick) {
  fmt::format_to(std::back_inserter(out), R"("channel":"{}","reason":"{}","price":)",
                 name(tick.channel), name(tick.reason));
  schemas::append_json_string(out, tick.price);
  out.append(",\"reference\":");
  if (tick.reference.empty()) {
    out.append("null");
  } else {
    schemas::append_json_string(out, tick.reference);
  }
  out.append(",\"message\":");
  schemas::append_json_string(out, tick.message);
  fmt::format_to(std::back_inserter(out), R"(,"message_bytes":{},"binary":{}}})",
                 tick.message_bytes, tick.is_binary);
}

std::string quarantine_json(std::span<const feeds::Feed* const> feeds) {
  std::vector<std::pair<const feeds::Feed*, QuarantinedTick>> all;
  for (const auto* const feed : feeds) {
    for (auto& tick : feed->quarantine().newest()) all.emplace_back(feed, std::move(tick));
  }
  std::ranges::stable_sort(all, std::ranges::greater(),
                           [](const auto& one) { return one.second.time.value(); });
  std::string out = "[";
  for (const auto& [feed, tick] : all) {
    if (out.size() > 1) out.push_back(',');
    append(out, feed->options().name, tick);
  }
  return out.append("]\n");
}

}  // namespace tickgate::gateway
