// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace tickgate::gateway {

// What somebody else answered, who may be anybody: nothing that a terminal would obey, but lines.
std::string printable(std::string_view text);

// The same of its first line alone, shortened.
std::string printable_line(std::string_view text);

}  // namespace tickgate::gateway
