// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/access/entitlement.h"
#include "gateway/config/config.h"
#include "schemas/ids.h"

namespace tickgate::gateway {

// `tickgate key create|list|revoke`.
struct KeyFlags {
  enum class Verb : std::uint8_t { kCreate, kList, kRevoke };
  // When a key ends: so long after it is made, or then; neither: never.
  struct Expires {
    std::optional<Milliseconds> after;
    std::optional<schemas::Timestamp> at;
  };

  Verb verb = Verb::kList;
  std::string file;
  std::string word;     // the name of what is created, the id of what is revoked; or none
  std::string subject;  // empty: the name
  std::string plan;     // empty: none
  Entitlement entitlement{};
  Expires expires{};
};

// "90d", "12h", "2027-03-01" or a time as RFC 3339 has it.
std::optional<KeyFlags::Expires> parse_expires(std::string_view text);

}  // namespace tickgate::gateway
