// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace tickgate::feeds {

// For how long an answer stays fresh by its Cache-Control header (RFC 9111, 5.2.2): the first
// max-age, 0 where it must not be kept or used without asking; a year at the most. nullopt: the
// header says nothing of it.
std::optional<std::chrono::seconds> parse_max_age(std::string_view header);

}  // namespace tickgate::feeds
