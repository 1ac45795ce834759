// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace tickgate::feeds {

// So wide a jump of a venue's ids, up or down, is another numbering; or one absurd id, which must
// not make duplicates of all that follow it.
constexpr bool renumbered(std::uint64_t last, std::uint64_t id) {
  constexpr std::uint64_t kWide = 100'000'000;
  return id > last ? id - last > kWide : last - id > kWide;
}

}  // namespace tickgate::feeds
