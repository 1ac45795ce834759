// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/access/grant.h"

namespace tickgate::gateway {

// What one side says of what may be had: a token's claim, a line of the key file, a plan, the
// defaults. nullopt: it says nothing of that. Ranges and meanings as in Grant.
struct Entitlement {
  std::optional<SymbolList> symbols;
  std::optional<std::uint8_t> channels;
  std::optional<std::uint16_t> depth;
  std::optional<std::uint32_t> min_interval_ms;
  std::optional<std::uint32_t> delay_s;
  std::optional<std::uint32_t> connections;
  std::optional<std::uint32_t> subscriptions;
};

using Plans = std::map<std::string, Entitlement, std::less<>>;  // by name

// In each respect the stricter of the two; where neither says anything, the defaults; where these
// say nothing either, what Grant begins with. Whose it is stays empty.
Grant granted(const Entitlement& own, const Entitlement* plan, const Entitlement& defaults);

// Whether they give the same. Whose they are, and by which credential, is not looked at.
bool gives_the_same(const Grant& one, const Grant& other);

// "quote, trade", in the order of schemas::Channel.
std::string channels_text(std::uint8_t channels);

}  // namespace tickgate::gateway
