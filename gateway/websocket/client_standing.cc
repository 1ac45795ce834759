// SPDX-License-Identifier: Apache-2.0
#include "gateway/websocket/client_standing.h"

#include <algorithm>

#include "gateway/access/token.h"

namespace tickgate::gateway {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kLeastNotice = 30 * kSecond;
constexpr std::int64_t kMostNotice = 120 * kSecond;

// The finalizer of MurmurHash3: neighbours become strangers.
std::uint64_t mixed(std::uint64_t value) {
  value ^= value >> 33U;
  value *= 0xFF51AFD7ED558CCDU;
  value ^= value >> 33U;
  value *= 0xC4CEB9FE1A85EC53U;
  return value ^ value >> 33U;
}

}  // namespace

CredentialLife life_of(const Grant& grant, schemas::Timestamp now, std::uint64_t random) {
  constexpr std::int64_t kNever = INT64_MAX - kClockSkew;
  if (!grant.expires.has_value() || grant.expires->value() >= kNever) return {};
  const auto at = grant.expires->value();
  const auto tenth = std::clamp((at - now.value()) / 10, kLeastNotice, kMostNotice);
  const auto draw = [&random](std::int64_t below) {
    random = mixed(random + 1);
    return static_cast<std::int64_t>(random % static_cast<std::uint64_t>(below));
  };
  const auto notice = schemas::Timestamp{at - kLeastNotice - draw(tenth - kLeastNotice + 1)};
  if (!ends_late(grant)) return {*grant.expires, notice, *grant.expires};
  // Who came in with a token that had ended already has what is left, and not an end that is past.
  const auto from = std::clamp(now.value(), at, at + kClockSkew - 1);
  return {*grant.expires, notice, schemas::Timestamp{from + draw(at + kClockSkew - from)}};
}

}  // namespace tickgate::gateway
