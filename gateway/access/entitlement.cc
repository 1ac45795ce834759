// SPDX-License-Identifier: Apache-2.0
#include "gateway/access/entitlement.h"

#include <algorithm>
#include <tuple>

namespace tickgate::gateway {
namespace {

// What holds of two that may each be silent, and of a third that speaks only if both are.
template <typename Value, typename Stricter>
void settle(Value& out, const std::optional<Value>& own, const std::optional<Value>& plan,
            const std::optional<Value>& other, Stricter stricter) {
  if (own && plan) {
    out = stricter(*own, *plan);
  } else if (own || plan) {
    out = own ? *own : *plan;
  } else if (other) {
    out = *other;
  }
}

std::uint32_t stricter_count(std::uint32_t one, std::uint32_t other) {
  if (one == 0 || other == 0) return std::max(one, other);  // 0 is no limit
  return std::min(one, other);
}

}  // namespace

Grant granted(const Entitlement& own, const Entitlement* plan, const Entitlement& defaults) {
  static const Entitlement kSilent;
  const auto& of_plan = plan != nullptr ? *plan : kSilent;
  const auto least = [](auto one, auto other) { return std::min(one, other); };
  const auto most = [](auto one, auto other) { return std::max(one, other); };
  Grant grant;
  for (const auto* const said : {&own, &of_plan}) {
    if (said->symbols) grant.symbols.push_back(*said->symbols);
  }
  if (grant.symbols.empty() && defaults.symbols) grant.symbols.push_back(*defaults.symbols);
  settle(grant.channels, own.channels, of_plan.channels, defaults.channels,
         [](auto one, auto other) { return static_cast<std::uint8_t>(one & other); });
  settle(grant.depth, own.depth, of_plan.depth, defaults.depth, least);
  settle(grant.min_interval_ms, own.min_interval_ms, of_plan.min_interval_ms,
         defaults.min_interval_ms, most);
  settle(grant.delay_s, own.delay_s, of_plan.delay_s, defaults.delay_s, most);
  settle(grant.connections, own.connections, of_plan.connections, defaults.connections,
         stricter_count);
  settle(grant.subscriptions, own.subscriptions, of_plan.subscriptions, defaults.subscriptions,
         stricter_count);
  return grant;
}

bool gives_the_same(const Grant& one, const Grant& other) {
  const auto all = [](const Grant& grant) {
    return std::tie(grant.plan, grant.symbols, grant.channels, grant.depth, grant.min_interval_ms,
                    grant.delay_s, grant.connections, grant.subscriptions, grant.expires);
  };
  return all(one) == all(other);
}

std::string channels_text(std::uint8_t channels) {
  std::string text;
  for (std::size_t i = 0; i < schemas::kChannelCount; ++i) {
    if ((channels >> i & 1U) == 0) continue;
    text.append(text.empty() ? "" : ", ").append(name(static_cast<schemas::Channel>(i)));
  }
  return text;
}

}  // namespace tickgate::gateway
