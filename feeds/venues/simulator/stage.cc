// SPDX-License-Identifier: Apache-2.0
#include "feeds/venues/simulator/stage.h"

#include "feeds/venues/simulator/random.h"

namespace tickgate::feeds::simulator {
namespace {

// "sim3" is the third, "sim" the first.
std::int64_t turn_of(std::string_view label) {
  constexpr std::int64_t kTurns = Stage::kRound / Stage::kTurn;
  const auto digits = label.substr(label.find_last_not_of("0123456789") + 1);
  std::int64_t number = digits.empty() ? 1 : 0;
  for (const char c : digits) number = (number * 10 + (c - '0')) % kTurns;
  return (number + kTurns - 1) % kTurns;
}

std::int64_t below(std::int64_t bound, std::uint64_t bits) {
  return static_cast<std::int64_t>(bits % static_cast<std::uint64_t>(bound));
}

}  // namespace

Stage::Stage(std::uint64_t seed, std::string_view label)
    : seed_(scatter(seed)), own_seed_(seed_), first_turn_(turn_of(label) * kTurn) {
  for (const char c : label) own_seed_ = scatter(own_seed_ ^ static_cast<unsigned char>(c));
}

// Of this round, since the round's begin.
std::int64_t Stage::begin(const Act& act, std::int64_t round) const {
  const auto bits = scatter(own_seed_ ^ scatter(static_cast<std::uint64_t>(round) * 8 + act.salt));
  return act.begins + below(act.sooner_or_later, bits);
}

bool Stage::on(const Act& act, std::int64_t at) const {
  const auto since = at - first_turn_;
  if (since < 0) return false;
  const auto begun = since % kRound - begin(act, since / kRound);
  return begun >= 0 && begun < act.lasts;
}

std::int64_t Stage::losses(std::int64_t at) const {
  const auto since = at - first_turn_;
  if (since < 0) return 0;
  const auto round = since / kRound;
  return round + (since % kRound >= begin(kLoss, round) ? 1 : 0);
}

std::int64_t Stage::quiet_moments(std::int64_t at) const {
  if (at < 0) return 0;
  const auto index = at / kQuiet;
  const auto bits = scatter(seed_ ^ scatter(static_cast<std::uint64_t>(index) * 8 + kQuietSalt));
  return index + (at % kQuiet >= kQuiet / 4 + below(kQuiet / 2, bits) ? 1 : 0);
}

}  // namespace tickgate::feeds::simulator
