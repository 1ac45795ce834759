// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

namespace tickgate::gateway {

// For tables of std::string that are asked by a std::string_view, with std::equal_to<>. The
// standard library's tables stay whole where memory ends; Abseil's do not.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};

}  // namespace tickgate::gateway
