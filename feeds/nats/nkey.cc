// SPDX-License-Identifier: Apache-2.0
#include "feeds/nats/nkey.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace tickgate::feeds {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";  // RFC 4648, base 32
// The letter that a key begins with, as its first five bits.
constexpr std::uint8_t kSeedPrefix = 18U << 3U;        // S
constexpr std::uint8_t kUserPrefix = 20U << 3U;        // U
constexpr std::size_t kKeyBytes = 32;                  // Ed25519
constexpr std::size_t kSeedBytes = 2 + kKeyBytes + 2;  // prefixes, key, checksum
constexpr std::size_t kSeedLetters = (kSeedBytes * 8 + 4) / 5;

// CRC-16/XMODEM.
std::uint16_t checksum(Bytes bytes) {
  std::uint32_t crc = 0;
  for (const std::uint32_t byte : bytes) {
    crc ^= byte << 8U;
    for (int bit = 0; bit < 8; ++bit) {
      const bool carry = (crc & 0x8000U) != 0;
      crc = ((crc << 1U) ^ (carry ? 0x1021U : 0U)) & 0xFFFFU;
    }
  }
  return static_cast<std::uint16_t>(crc);
}

std::string encode(Bytes bytes) {
  std::string text;
  std::uint32_t bits = 0;
  int count = 0;
  for (const auto byte : bytes) {
    bits = (bits << 8U) | byte;
    for (count += 8; count >= 5; count -= 5) text += kAlphabet[(bits >> (count - 5)) & 31U];
  }
  if (count > 0) text += kAlphabet[(bits << (5 - count)) & 31U];
  return text;
}

std::optional<std::vector<std::uint8_t>> decode(std::string_view text) {
  std::vector<std::uint8_t> bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const auto value = kAlphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = (bits << 5U) | static_cast<std::uint32_t>(value);
    count += 5;
    if (count >= 8) {
      count -= 8;
      bytes.push_back(static_cast<std::uint8_t>(bits >> count));
    }
  }
  return bytes;
}

std::optional<std::array<std::uint8_t, kKeyBytes>> public_key(Bytes private_key) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, private_key.data(),
                                   private_key.size()),
      EVP_PKEY_free);
  std::array<std::uint8_t, kKeyBytes> made{};
  std::size_t size = made.size();
  if (!key || EVP_PKEY_get_raw_public_key(key.get(), made.data(), &size) != 1) return std::nullopt;
  return made;
}

}  // namespace

std::optional<std::string> public_nkey(std::string_view seed) {
  if (seed.size() != kSeedLetters) return std::nullopt;
  auto bytes = decode(seed);
  if (!bytes || bytes->size() != kSeedBytes) return std::nullopt;
  const auto all = Bytes(*bytes);
  const auto sum = checksum(all.first(kSeedBytes - 2));
  const bool whole = all[kSeedBytes - 2] == (sum & 255U) && all[kSeedBytes - 1] == (sum >> 8U);
  // The kind's five bits follow those of the S.
  const auto kind = static_cast<std::uint8_t>(((all[0] & 7U) << 5U) | ((all[1] & 248U) >> 3U));
  const bool is_users = (all[0] & 248U) == kSeedPrefix && kind == kUserPrefix;
  const auto key = whole && is_users ? public_key(all.subspan(2, kKeyBytes)) : std::nullopt;
  OPENSSL_cleanse(bytes->data(), bytes->size());
  if (!key) return std::nullopt;

  std::vector<std::uint8_t> made{kUserPrefix};
  made.insert(made.end(), key->begin(), key->end());
  const auto end = checksum(made);
  made.push_back(static_cast<std::uint8_t>(end & 255U));
  made.push_back(static_cast<std::uint8_t>(end >> 8U));
  return encode(made);
}

}  // namespace tickgate::feeds
