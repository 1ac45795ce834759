// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tickgate::load {

inline constexpr std::uint32_t kMostNames = 50'000;

// "SIM:S%04d-USD": one %d or %04d and the like, everything else as it stands.
class NamePattern {
 public:
  static std::optional<NamePattern> parse(std::string_view text);
  std::string name(std::uint32_t number) const;

 private:
  std::string before_ = "SIM:S";
  std::string after_ = "-USD";
  std::size_t digits_ = 4;  // at least, with zeros in front
};

// Which symbols a connection asks for. The same connection of the same seed gets the same ones,
// so nobody has to remember them.
struct SymbolChoice {
  NamePattern pattern;
  std::uint32_t count = 20;
  std::uint32_t of = 500;
  std::uint64_t seed = 1;
  std::vector<std::string> texts;  // in place of random ones, when there are any

  // All different.
  std::vector<std::string> of_connection(std::uint32_t connection) const;
};

// Whether what was subscribed to, a symbol, "*", "SIM:*" or "*:BTC-USD", covers `symbol`.
bool covers(std::string_view subscribed, std::string_view symbol);

}  // namespace tickgate::load
