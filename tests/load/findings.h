// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace tickgate::load {

// What broke, in words, and how often. The kinds are few: what comes from the server is cut, and
// beyond a hundred kinds only counted together.
class Findings {
 public:
  void add(std::string_view what, std::uint64_t times = 1) {
    constexpr std::size_t kLongest = 160, kMostKinds = 100;
    if (times == 0) return;
    const std::string kind(what.substr(0, kLongest));
    const bool fits = kinds_.size() < kMostKinds || kinds_.contains(kind);
    kinds_[fits ? kind : "other findings"] += times;
  }
  bool empty() const { return kinds_.empty(); }
  const std::map<std::string, std::uint64_t>& kinds() const { return kinds_; }

 private:
  std::map<std::string, std::uint64_t> kinds_;
};

}  // namespace tickgate::load
