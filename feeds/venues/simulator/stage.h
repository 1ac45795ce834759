// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace tickgate::feeds::simulator {

// What is on at one venue of a drama: a function of seed, label and the microseconds since it
// began, so nothing is remembered, and the same settings give the same drama. Venues take turns of
// a minute, by the number at the end of their labels: of sim, sim2 and sim3 one has its acts while
// the others are as always, and each has them every three minutes. Each time they begin a moment
// sooner or later.
class Stage {
 public:
  static constexpr std::int64_t kSecond = 1'000'000;
  static constexpr std::int64_t kTurn = 60 * kSecond;
  static constexpr std::int64_t kRound = 3 * kTurn;
  // Of the quiet pair there is something each so many microseconds, or half of that sooner or
  // later: no gap is three times another, so nobody takes it for dead.
  static constexpr std::int64_t kQuiet = 13 * kSecond;

  Stage(std::uint64_t seed, std::string_view label);

  // Trading is halted in the pair that halts.
  bool halted(std::int64_t at) const { return on(kHalt, at); }
  // Nothing is heard of the venue at all.
  bool silent(std::int64_t at) const { return on(kSilence, at); }
  // Its price is above that of the other venues.
  bool leans(std::int64_t at) const { return on(kLean, at); }
  // How often trades were lost until then.
  std::int64_t losses(std::int64_t at) const;
  // How often there was something of the quiet pair until then: at the same moments everywhere.
  std::int64_t quiet_moments(std::int64_t at) const;

 private:
  struct Act {
    std::int64_t begins, sooner_or_later, lasts;  // within the turn
    std::uint64_t salt;
  };
  static constexpr Act kHalt{5 * kSecond, 4 * kSecond, 12 * kSecond, 1};
  static constexpr Act kSilence{25 * kSecond, 4 * kSecond, 12 * kSecond, 2};
  static constexpr Act kLoss{43 * kSecond, 3 * kSecond, 0, 3};
  static constexpr Act kLean{48 * kSecond, 3 * kSecond, 7 * kSecond, 4};
  static constexpr std::uint64_t kQuietSalt = 5;

  std::int64_t begin(const Act& act, std::int64_t round) const;
  bool on(const Act& act, std::int64_t at) const;

  std::uint64_t seed_, own_seed_;  // of all venues; of this one
  std::int64_t first_turn_;        // when it begins
};

}  // namespace tickgate::feeds::simulator
