// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gateway/access/entitlement.h"
#include "gateway/access/strict_json.h"

namespace tickgate::gateway {

struct Claims {
  Entitlement entitlement;
  std::string plan;  // empty: none is named
};

// What a token's claim `tickgate` says, or a line of the key file, which has other members too:
// those in `besides`. nullopt: something in it is not what it should be, and `wrong` names it. Any
// other name is refused: "symbol" for "symbols" must not mean that there is no limit.
std::optional<Claims> read_claims(simdjson::dom::object object,
                                  std::initializer_list<std::string_view> besides,
                                  std::string& wrong);

}  // namespace tickgate::gateway
