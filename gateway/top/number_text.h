// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "gateway/top/model.h"

// Numbers in few characters, for columns; "-" for what is not known.
namespace tickgate::gateway {

std::string count_text(Known number);     // 0.4, 12, 1.2k, 34M
std::string bytes_text(Known bytes);      // 512B, 1.2K, 34M: of 1024
std::string seconds_text(Known seconds);  // 40us, 1.2ms, 12s, 3m05s, 2h05m, 4d02h
std::string percent_text(Known part);     // of one: 12%

// What came from the network, for a terminal: printable ASCII, anything else becomes '?'.
std::string plain_text(std::string_view text);

}  // namespace tickgate::gateway
