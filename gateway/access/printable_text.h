// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace tickgate::gateway {

// Of whoever a credential belongs to.
inline constexpr std::size_t kMostSubject = 256;

// Whether this may stand in a log, a page and a file: UTF-8 of 1 to `most` bytes without controls,
// those of the second half of Latin-1 among them, and without what turns the direction of writing
// or ends a line.
bool is_printable(std::string_view text, std::size_t most);

}  // namespace tickgate::gateway
