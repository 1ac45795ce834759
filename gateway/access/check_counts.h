// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

namespace tickgate::gateway {

// What came of a credential: for operators. Its holder is not told.
enum class CheckResult : std::uint8_t {
  kCached,       // good, and seen before
  kVerified,     // good by its signature
  kApiKey,       // good by its digest
  kCertificate,  // good by TLS, and mapped
  kMalformed,    // it is none: too long, parts or texts that are not what they should be
  kUnknownKey,   // no key of that name, or none that fits
  kSignature,    // not this key's; of an API key: another secret
  kForeign,      // another issuer's, or for another audience
  kTime,         // not yet, or for too long
  kExpired,
  kDenied,  // its subject is denied, or its plan is none
};
inline constexpr std::size_t kCheckResults = 11;

inline std::string_view name(CheckResult result) {
  static constexpr std::array<std::string_view, kCheckResults> kNames = {
      "cached",    "verified", "api_key", "certificate", "malformed", "unknown_key",
      "signature", "foreign",  "time",    "expired",     "denied"};
  return kNames.at(static_cast<std::size_t>(result));
}

// Counted by all shards; outlives the guards that count.
class CheckCounts {
 public:
  // Relaxed: a number that is only read, and by nobody at once.
  void add(CheckResult result) {
    counts_[static_cast<std::size_t>(result)].fetch_add(1, std::memory_order_relaxed);
  }
  std::uint64_t of(CheckResult result) const {
    return counts_[static_cast<std::size_t>(result)].load(std::memory_order_relaxed);
  }

 private:
  std::array<std::atomic<std::uint64_t>, kCheckResults> counts_{};
};

}  // namespace tickgate::gateway
