// SPDX-License-Identifier: Apache-2.0
#include "gateway/access/subject_counts.h"

#include "schemas/check.h"

namespace tickgate::gateway {

std::size_t SubjectCounts::index_of(std::string_view subject) {
  return schemas::TextHash{}(subject) % std::tuple_size_v<decltype(stripes_)>;
}

std::optional<SubjectCounts::Place> SubjectCounts::enter(
    const std::shared_ptr<const Grant>& grant) {
  auto& stripe = stripe_of(grant->subject);
  const std::lock_guard lock(stripe.mutex);
  const auto found = stripe.counts.find(grant->subject);
  const auto held = found == stripe.counts.end() ? 0 : found->second;
  if (grant->connections > 0 && held >= grant->connections) return std::nullopt;
  if (found == stripe.counts.end()) {
    stripe.counts.emplace(grant->subject, 1);
  } else {
    ++found->second;
  }
  Place place;
  place.counts_ = this;
  place.grant_ = grant;
  return place;
}

std::optional<SubjectCounts::Place> SubjectCounts::enter_unnamed(std::uint32_t most) {
  if (unnamed_.fetch_add(1, std::memory_order_relaxed) >= most) {
    unnamed_.fetch_sub(1, std::memory_order_relaxed);
    return std::nullopt;
  }
  Place place;
  place.counts_ = this;
  return place;
}

void SubjectCounts::leave(const Grant* grant) {
  if (grant == nullptr) {
    unnamed_.fetch_sub(1, std::memory_order_relaxed);
    return;
  }
  auto& stripe = stripe_of(grant->subject);
  const std::lock_guard lock(stripe.mutex);
  const auto found = stripe.counts.find(grant->subject);
  TICKGATE_CHECK(found != stripe.counts.end());
  if (--found->second == 0) stripe.counts.erase(found);
}

std::uint32_t SubjectCounts::count(std::string_view subject) const {
  const auto& stripe = stripe_of(subject);
  const std::lock_guard lock(stripe.mutex);
  const auto found = stripe.counts.find(subject);
  return found == stripe.counts.end() ? 0 : found->second;
}

}  // namespace tickgate::gateway
