// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace tickgate::gateway {

// CRC-32 as zip and Ethernet have it (polynomial 0x04c11db7, reflected). A check against typing
// errors, not against anybody.
constexpr std::uint32_t crc32(std::string_view text) {
  std::uint32_t sum = ~0U;
  for (const char character : text) {
    sum ^= static_cast<unsigned char>(character);
    for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1U) ^ ((sum & 1U) != 0 ? 0xedb88320U : 0U);
  }
  return ~sum;
}
static_assert(crc32("123456789") == 0xcbf43926U);

}  // namespace tickgate::gateway
