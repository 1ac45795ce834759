// SPDX-License-Identifier: Apache-2.0
#include "gateway/access/claims_reader.h"

#include <algorithm>
#include <array>
#include <limits>

#include "gateway/access/printable_text.h"

namespace tickgate::gateway {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kMostPlanBytes = 64;
constexpr std::uint32_t kNoMost = 1'000'000'000;
constexpr std::array<std::string_view, 8> kNames = {"symbols",         "channels", "depth",
                                                    "min_interval_ms", "delay_s",  "connections",
                                                    "subscriptions",   "plan"};

// One object's members, and the first that is wrong.
class ClaimsReader {
 public:
  ClaimsReader(dom::object object, std::string& wrong) : object_(object), wrong_(wrong) {}

  Claims read() {
    Claims claims;
    auto& out = claims.entitlement;
    read_symbols(out.symbols);
    read_channels(out.channels);
    // More levels than anybody is served is all of them.
    std::optional<std::uint32_t> depth;
    read_whole("depth", depth, 1, kNoMost);
    if (depth) {
      out.depth = static_cast<std::uint16_t>(std::min<std::uint32_t>(*depth, Grant::kMostDepth));
    }
    read_whole("min_interval_ms", out.min_interval_ms, 0, 60'000);
    read_whole("delay_s", out.delay_s, 0, 86'400);
    read_whole("connections", out.connections, 0, kNoMost);
    read_whole("subscriptions", out.subscriptions, 0, kNoMost);
    const auto plan = text_member(object_, "plan");
    if (plan.wrong() || (plan.given && !is_printable(*plan.value, kMostPlanBytes))) fail("plan");
    claims.plan = plan.value.value_or("");
    return claims;
  }

 private:
  void fail(std::string_view name) {
    if (wrong_.empty()) wrong_ = name;
  }

  void read_whole(std::string_view name, std::optional<std::uint32_t>& value, std::int64_t least,
                  std::int64_t most) {
    const auto number = whole_member(object_, name);
    if (!number.given) return;
    if (!number.value || *number.value < least || *number.value > most) return fail(name);
    value = static_cast<std::uint32_t>(*number.value);
  }

  // Calls `take` with each text of a list; it says whether it is right.
  template <typename Take>
  bool read_texts(std::string_view name, Take take) {
    dom::element element;
    if (object_.at_key(name).get(element) != simdjson::SUCCESS) return false;
    dom::array items;
    if (element.get(items) != simdjson::SUCCESS) return fail(name), false;
    for (const dom::element item : items) {
      std::string_view text;
      if (item.get(text) != simdjson::SUCCESS || !take(text)) return fail(name), false;
    }
    return true;
  }

  void read_symbols(std::optional<SymbolList>& symbols) {
    std::vector<SymbolPattern> patterns;
    const bool given = read_texts("symbols", [&](std::string_view text) {
      auto pattern = SymbolPattern::parse(text);
      if (!pattern) return false;
      patterns.push_back(*std::move(pattern));
      return true;
    });
    if (given) symbols.emplace(std::move(patterns));
  }

  void read_channels(std::optional<std::uint8_t>& channels) {
    std::uint8_t bits = 0;
    const bool given = read_texts("channels", [&](std::string_view text) {
      const auto channel = schemas::channel_from_name(text);
      if (!channel) return false;
      bits = static_cast<std::uint8_t>(bits | 1U << static_cast<unsigned>(*channel));
      return true;
    });
    if (given) channels = bits;
  }

  dom::object object_;
  std::string& wrong_;
};

}  // namespace

std::optional<Claims> read_claims(dom::object object,
                                  std::initializer_list<std::string_view> besides,
                                  std::string& wrong) {
  wrong.clear();
  for (const auto member : object) {
    const auto is = [&](std::string_view name) { return name == member.key; };
    if (std::any_of(kNames.begin(), kNames.end(), is)) continue;
    if (std::any_of(besides.begin(), besides.end(), is)) continue;
    wrong = "a name that is none";
    return std::nullopt;
  }
  auto claims = ClaimsReader(object, wrong).read();
  if (!wrong.empty()) return std::nullopt;
  return claims;
}

}  // namespace tickgate::gateway
