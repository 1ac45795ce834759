// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace tickgate::schemas {

// Length of the valid UTF-8 sequence at the front of `text` (RFC 3629: no overlong form, no
// surrogate), 0 if there is none.
std::size_t utf8_length(std::string_view text);

// Where the first byte stands that is not UTF-8; npos: all of it is.
std::size_t find_bad_utf8(std::string_view text);

// The front of `text`, at most `most` bytes of it, not cut within a character.
std::string_view utf8_prefix(std::string_view text, std::size_t most);

// Whether this is valid UTF-8 whose every character is seen: no control character, no white space
// of any script, nothing of zero width, nothing that turns the direction of writing, and not the
// U+FFFD that stands for what could not be read. Combining marks and emoji are.
bool is_visible_text(std::string_view text);

}  // namespace tickgate::schemas
