// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace tickgate::gateway {

// `, did you mean "listen"?` for a mistyped word, or nothing when no candidate is near: at most two
// letters wrong, and fewer in a short word. For messages about keys, commands and flags.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace tickgate::gateway
