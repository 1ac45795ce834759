// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "gateway/access/grant.h"
#include "gateway/access/sha256.h"

namespace tickgate::gateway {

// Tokens that were found to be good, by their SHA-256, and what each gives: whoever comes again
// costs a digest and not a signature. Bounded: beyond its places the one that has been in longest
// makes room. What is refused is not remembered, so nobody's failures push a good one out. Any
// thread.
class TokenCache {
 public:
  static constexpr std::size_t kPlaces = 16'384;

  std::shared_ptr<const Grant> find(const Digest& token) const {
    const auto& stripe = stripe_of(token);
    const std::lock_guard lock(stripe.mutex);
    const auto at = stripe.grants.find(token);
    return at == stripe.grants.end() ? nullptr : at->second;
  }

  // What was there under this token before stays, so that all who use it share one grant. Returns
  // what is there now.
  std::shared_ptr<const Grant> keep(const Digest& token,
                                    const std::shared_ptr<const Grant>& grant) {
    auto& stripe = stripe_of(token);
    const std::lock_guard lock(stripe.mutex);
    const auto [at, fresh] = stripe.grants.try_emplace(token, grant);
    auto kept = at->second;
    if (!fresh) return kept;
    if (stripe.order.size() < kPlaces / kStripes) {
      stripe.order.push_back(token);
    } else {
      stripe.grants.erase(stripe.order[stripe.oldest]);
      stripe.order[stripe.oldest] = token;
      stripe.oldest = (stripe.oldest + 1) % stripe.order.size();
    }
    return kept;
  }

 private:
  static constexpr std::size_t kStripes = 16;

  struct alignas(64) Stripe {
    mutable std::mutex mutex;
    absl::flat_hash_map<Digest, std::shared_ptr<const Grant>, DigestHash> grants;
    std::vector<Digest> order;  // a ring, once it is full
    std::size_t oldest = 0;
  };

  const Stripe& stripe_of(const Digest& token) const { return stripes_[token.back() % kStripes]; }
  Stripe& stripe_of(const Digest& token) { return stripes_[token.back() % kStripes]; }

  std::array<Stripe, kStripes> stripes_;
};

}  // namespace tickgate::gateway
