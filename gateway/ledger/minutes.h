// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tickgate::gateway {

// Minutes of one day (UTC), 0 to 1439. As text the runs of them, ascending: "540-560,600".
class Minutes {
 public:
  static constexpr std::uint32_t kDay = 1'440;

  void add(std::uint32_t minute) { bits_[minute / 64] |= std::uint64_t{1} << minute % 64; }
  void add(const Minutes& others) {
    for (std::size_t i = 0; i < bits_.size(); ++i) bits_[i] |= others.bits_[i];
  }
  bool has(std::uint32_t minute) const { return (bits_[minute / 64] >> minute % 64 & 1U) != 0; }
  std::uint32_t count() const;
  std::string text() const;
  // nullopt: no such text.
  static std::optional<Minutes> parse(std::string_view text);

  friend bool operator==(const Minutes&, const Minutes&) = default;

 private:
  std::array<std::uint64_t, (kDay + 63) / 64> bits_{};
};

}  // namespace tickgate::gateway
