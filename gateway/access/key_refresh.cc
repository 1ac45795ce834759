// SPDX-License-Identifier: Apache-2.0
#include "gateway/access/key_refresh.h"

#include <algorithm>
#include <utility>

namespace tickgate::gateway {
namespace {

constexpr auto kSecondOpinionUs = std::chrono::microseconds(KeyRefresh::kSecondOpinion).count();

bool are_same(const KeySet& one, const KeySet& other) {
  return std::equal(one.keys.begin(), one.keys.end(), other.keys.begin(), other.keys.end(),
                    [](const TokenKey& a, const TokenKey& b) {
                      return a.kid == b.kid && a.key.thumbprint() == b.key.thumbprint();
                    });
}

// A clock that was set back is no reason to keep a key.
bool is_due(schemas::Timestamp since, schemas::Timestamp now) {
  return now < since || now.value() - since.value() >= kSecondOpinionUs;
}

}  // namespace

// Of those that were missing, the ones that still are and wait for a second opinion; and those that
// are missing now.
void KeyRefresh::note_missing(const KeySet& fresh, schemas::Timestamp now) {
  std::erase_if(missing_, [&](const Leaving& one) {
    return fresh.holds(one.key.key.thumbprint()) || is_due(one.since, now);
  });
  if (keys_ == nullptr) return;
  for (const auto& key : keys_->keys) {
    if (!fresh.holds(key.key.thumbprint())) missing_.push_back({key, now});
  }
}

bool KeyRefresh::succeeded(KeySet fresh, std::optional<Seconds> max_age, schemas::Timestamp now) {
  fetched_ = now;
  backoff_ = Seconds(0);
  delay_ = std::clamp(max_age.value_or(kUsualAge), kLeastAge, kMostAge);
  const bool same = keys_ != nullptr && are_same(*keys_, fresh);
  const auto missing_before = missing_.size();
  note_missing(fresh, now);
  if (!missing_.empty()) {
    // The draw takes up to a tenth of it, and too early is no second opinion.
    const auto waits = kSecondOpinionUs - (now.value() - missing_.front().since.value());
    delay_ = Seconds(waits / 900'000 + 1);
  }
  auto leaving = std::make_shared<KeySet>();
  for (const auto& one : missing_) leaving->keys.push_back(one.key);
  if (leaving->keys.empty()) leaving.reset();
  leaving_ = std::move(leaving);
  if (!same) keys_ = std::make_shared<const KeySet>(std::move(fresh));
  return !same || missing_.size() != missing_before;
}

bool KeyRefresh::failed(schemas::Timestamp now) {
  backoff_ = backoff_ == Seconds(0) ? kFirstBackoff : std::min(2 * backoff_, kMostBackoff);
  delay_ = backoff_;
  const bool stale =
      fetched_ && now.value() - fetched_->value() >= std::chrono::microseconds(kMostStale).count();
  if (!stale || (keys_ == nullptr && leaving_ == nullptr)) return false;
  keys_ = leaving_ = nullptr;
  missing_.clear();
  return true;
}

std::chrono::milliseconds KeyRefresh::delay(double draw) const {
  const std::chrono::milliseconds whole = delay_;
  return whole - std::chrono::milliseconds(
                     static_cast<std::int64_t>(static_cast<double>(whole.count()) * draw / 10));
}

}  // namespace tickgate::gateway
