// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "gateway/access/signature_key.h"

namespace tickgate::gateway {

struct TokenKey {
  std::string kid;  // printable, at most 128 bytes; empty: it has none
  SignatureKey key;
};

// A JWK set (RFC 7517). Immutable once parsed; any thread.
struct KeySet {
  static constexpr std::size_t kMostKeys = 64;     // that can be used
  static constexpr std::size_t kMostListed = 512;  // of all kinds
  static constexpr std::size_t kMostBytes = 262'144;

  // A secret (`oct`) that anyone could fetch is none.
  enum class From : std::uint8_t { kFile, kUrl };

  std::vector<TokenKey> keys;         // no two with the same kid
  std::vector<std::string> warnings;  // which keys were left out, and why
  bool secret = false;                // something in it is nobody else's, left out or not

  // A key that cannot be used is left out, and named. An error: no set, or none of its keys can be
  // used. Neither says anything of a key but its kid and its kind.
  static absl::StatusOr<KeySet> parse(std::string_view json, From from);

  // Both, those of the other left out whose kid is here, and of those without one whoever is here
  // already. One key may have several names.
  void add(const KeySet& other);
  bool holds(const Digest& thumbprint) const;

 private:
  void take(const std::string& text, std::size_t number, From from);
};

}  // namespace tickgate::gateway
