// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "schemas/ids.h"

namespace tickgate::gateway {

// "0.3 s", "12 s", "4 min 5 s", "3 h 2 min", "2 d 4 h"; less than nothing is "0.0 s".
std::string length_text(std::chrono::microseconds length);
// "2026-11-28 23:40:11.123 UTC".
std::string moment_text(schemas::Timestamp time);
// Without what a terminal would obey: control characters become blanks. Valid UTF-8 stays so.
std::string terminal_text(std::string_view text);

}  // namespace tickgate::gateway
