// SPDX-License-Identifier: Apache-2.0
#include "gateway/access/key_refresh.h"

#include <algorithm>
#include <utility>

namespace tickgate::gateway {
namespace {

bool are_same(const KeySet& one, const KeySet& other) {
  return std::equal(one.keys.begin(), one.keys.end(), other.keys.begin(), other.keys.end(),
                    [](const TokenKey& a, const TokenKey& b) {
                      return a.kid == b.kid && a.key.thumbprint() == b.key.thumbprint();
                    });
}

}  // namespace

bool KeyRefresh::succeeded(KeySet fresh, std::optional<Seconds> max_age, schemas::Timestamp now) {
  fetched_ = now;
  backoff_ = Seconds(0);
  delay_ = std::clamp(max_age.value_or(kUsualAge), kLeastAge, kMostAge);
  const bool same = keys_ != nullptr && are_same(*keys_, fresh);
  auto leaving = std::make_shared<KeySet>();
  if (keys_ != nullptr) {
    std::copy_if(keys_->keys.begin(), keys_->keys.end(), std::back_inserter(leaving->keys),
                 [&](const TokenKey& key) { return !fresh.holds(key.key.thumbprint()); });
  }
  const bool some_left = leaving_ != nullptr;  // for good now, or they are back
  if (leaving->keys.empty()) leaving.reset();
  if (leaving != nullptr) delay_ = kSecondOpinion;
  leaving_ = std::move(leaving);
  if (!same) keys_ = std::make_shared<const KeySet>(std::move(fresh));
  return !same || some_left;
}

bool KeyRefresh::failed(schemas::Timestamp now) {
  backoff_ = backoff_ == Seconds(0) ? kFirstBackoff : std::min(2 * backoff_, kMostBackoff);
  delay_ = backoff_;
  const bool stale =
      fetched_ && now.value() - fetched_->value() >= std::chrono::microseconds(kMostStale).count();
  if (!stale || (keys_ == nullptr && leaving_ == nullptr)) return false;
  keys_ = leaving_ = nullptr;
  return true;
}

std::chrono::milliseconds KeyRefresh::delay(double draw) const {
  const std::chrono::milliseconds whole = delay_;
  return whole - std::chrono::milliseconds(
                     static_cast<std::int64_t>(static_cast<double>(whole.count()) * draw / 10));
}

}  // namespace tickgate::gateway
