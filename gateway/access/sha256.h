// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace tickgate::gateway {

using Digest = std::array<std::uint8_t, 32>;

// SHA-256. Any thread; half a microsecond for a token.
Digest sha256(std::string_view text);

// In a time that does not depend on what is in them.
bool is_same_secret(const Digest& one, const Digest& other);

// 64 digits, small letters.
std::string hex_text(const Digest& digest);

// A digest is as good a hash as there is.
struct DigestHash {
  std::size_t operator()(const Digest& digest) const {
    std::size_t hash = 0;
    std::memcpy(&hash, digest.data(), sizeof hash);
    return hash;
  }
};

}  // namespace tickgate::gateway
