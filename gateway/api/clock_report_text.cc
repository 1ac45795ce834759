// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/clock_report_text.h"

#include <fmt/format.h>

#include <chrono>
#include <iterator>
#include <optional>
#include <string_view>

namespace tickgate::gateway {
namespace {

using feeds::Monotonic;

double seconds(Monotonic length) { return std::chrono::duration<double>(length).count(); }

}  // namespace

void append_clock_json(std::string& out, const feeds::ClockReport& clock) {
  const auto& offset = clock.offset;
  const auto append = [&out](std::string_view name, std::optional<Monotonic> length) {
    const auto text = length ? fmt::format("{}", length->count()) : std::string("null");
    fmt::format_to(std::back_inserter(out), R"({}"{}":{})", out.back() == '{' ? "" : ",", name,
                   text);
  };
  out += '{';
  append("latency_us", clock.latency);
  append("corrected_us", clock.corrected());
  append("offset_us", offset ? std::optional(offset->ahead) : std::nullopt);
  append("uncertainty_us", offset ? std::optional(offset->uncertainty) : std::nullopt);
  out += '}';
}

std::string clock_words(const feeds::ClockReport& clock) {
  std::string words = "not known how far from ours";
  if (clock.offset) {
    const auto [ahead, uncertainty] = *clock.offset;
    words = fmt::format("{:.3f} s {} ours, within {:.3f} s",
                        seconds(ahead.count() < 0 ? -ahead : ahead),
                        ahead.count() < 0 ? "behind" : "ahead of", seconds(uncertainty));
  }
  if (!clock.latency) return words + "; it stamped nothing yet";
  if (const auto corrected = clock.corrected()) {
    return words + fmt::format("; what it stamps is read {:.3f} s later, {:.3f} s by both clocks",
                               seconds(*corrected), seconds(*clock.latency));
  }
  return words + fmt::format("; what it stamps is read {:.3f} s later by both clocks",
                             seconds(*clock.latency));
}

}  // namespace tickgate::gateway
