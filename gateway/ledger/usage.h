// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gateway/ledger/minutes.h"

namespace tickgate::gateway {

// Whose usage, and of what.
struct UsageKey {
  std::string subject;  // "anonymous" where nobody is asked
  std::string plan;     // empty: none
  std::string venue;
  std::uint32_t delay_s = 0;

  template <typename Hash>
  friend Hash AbslHashValue(Hash hash, const UsageKey& key) {
    return Hash::combine(std::move(hash), key.subject, key.plan, key.venue, key.delay_s);
  }
  friend bool operator==(const UsageKey&, const UsageKey&) = default;
  friend auto operator<=>(const UsageKey&, const UsageKey&) = default;
};

// What was asked of it, beside what is counted.
struct UsageDetails {
  static constexpr std::size_t kMost = 16;  // of each list; the rest is left out

  std::uint8_t channels = 0;  // a bit for each schemas::Channel
  std::uint8_t depth = 0;     // the deepest book; 0: none
  std::set<std::string> credentials;
  std::set<std::string> addresses;  // as far as the configuration permits

  // True: there is something new.
  bool add(const UsageDetails& others);
};

// What one shard has seen of one key since it was asked last.
struct UsageSeen {
  std::uint64_t connections = 0;  // that began one
  std::uint64_t updates = 0;      // put into their frames
  Minutes minutes;
  // Instrument and symbol, each once a day and shard.
  std::vector<std::pair<std::uint32_t, std::string>> symbols;
  UsageDetails details;
};

}  // namespace tickgate::gateway
