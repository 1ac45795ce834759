// SPDX-License-Identifier: Apache-2.0
#include "gateway/websocket/client_standing.h"

#include <algorithm>

namespace tickgate::gateway {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kLeastNotice = 30 * kSecond;
constexpr std::int64_t kMostNotice = 120 * kSecond;
constexpr std::int64_t kSkew = 60 * kSecond;

// The finalizer of MurmurHash3: neighbours become strangers.
std::uint64_t mixed(std::uint64_t value) {
  value ^= value >> 33U;
  value *= 0xFF51AFD7ED558CCDU;
  value ^= value >> 33U;
  value *= 0xC4CEB9FE1A85EC53U;
  return value ^ value >> 33U;
}

}  // namespace

CredentialLife life_of(std::optional<schemas::Timestamp> expires, schemas::Timestamp now,
                       std::uint64_t random) {
  constexpr std::int64_t kNever = INT64_MAX - kSkew;
  if (!expires.has_value() || expires->value() >= kNever) return {};
  const auto at = expires->value();
  const auto tenth = std::clamp((at - now.value()) / 10, kLeastNotice, kMostNotice);
  const auto draw = [&random](std::int64_t below) {
    random = mixed(random + 1);
    return static_cast<std::int64_t>(random % static_cast<std::uint64_t>(below));
  };
  const auto notice = kLeastNotice + draw(tenth - kLeastNotice + 1);
  return {*expires, schemas::Timestamp{at - notice}, schemas::Timestamp{at + draw(kSkew)}};
}

}  // namespace tickgate::gateway
