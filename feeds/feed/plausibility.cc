// SPDX-License-Identifier: Apache-2.0
#include "feeds/feed/plausibility.h"

#include <algorithm>
#include <utility>

namespace tickgate::feeds {

using schemas::Decimal;

namespace {

// So that a product with the largest factor fits a Decimal.
constexpr __int128 kMost = __int128{1} << 98U;

Decimal times(const Decimal& price, std::uint32_t factor) {
  __int128 whole = price.whole();
  auto scale = price.scale();
  while (whole > kMost && scale > 0) {
    whole /= 10;
    --scale;
  }
  return Decimal::of(std::min(whole, kMost) * factor, scale);
}

// The least number of the same digits that is no smaller: what is below it may be off.
Decimal share(const Decimal& price, std::uint32_t factor) {
  return Decimal::of((price.whole() + factor - 1) / factor, price.scale());
}

bool agree(const Decimal& a, const Decimal& b, std::uint32_t factor) {
  return a <= times(b, factor) && b <= times(a, factor);
}

// What a tick says of the price, if it does: where bid and ask are far apart, or one is missing,
// the price may be anywhere.
bool tells(const Decimal& bid, const Decimal& ask, std::uint32_t factor) {
  return !bid.is_zero() && !ask.is_zero() && ask <= times(bid, factor);
}

}  // namespace

Plausibility::Is Plausibility::judge_and_sample(const Decimal& bid, const Decimal& ask,
                                                Monotonic now, const Settings& settings) {
  const auto before = count_;
  drop_old(now);
  if (count_ == 0) {
    candidates_ = 0;
    if (tells(bid, ask, settings.factor)) begin(bid, now, settings);
    return Is::kPlausible;
  }
  if (count_ != before) refer(settings);
  const auto is = judge_closely(bid, ask, now, settings);
  if (is == Is::kPlausible && tells(bid, ask, settings.factor)) add(bid, now, settings);
  return is;
}

Plausibility::Is Plausibility::judge_closely(const Decimal& bid, const Decimal& ask, Monotonic now,
                                             const Settings& settings) {
  if (bid > high_) return contradict(bid, now, settings);
  const bool may_be_low = !ask.is_zero() && ask < low_;
  if (may_be_low && times(ask, settings.factor) < reference_) {
    return contradict(ask, now, settings);
  }
  if (candidates_ > 0 && tells(bid, ask, settings.factor)) candidates_ = 0;
  return Is::kPlausible;
}

Plausibility::Is Plausibility::contradict(const Decimal& price, Monotonic now,
                                          const Settings& settings) {
  newest_ = price;
  if (candidates_ == 0 || !agree(price, first_, settings.factor)) {
    first_ = price;
    began_ = now;
    candidates_ = 1;
    return Is::kOffAnew;
  }
  ++candidates_;
  if (!may_move(now, settings)) return Is::kOff;
  begin(price, now, settings);
  return Is::kMoved;
}

bool Plausibility::settle(Monotonic now, const Settings& settings) {
  if (!may_move(now, settings)) return false;
  begin(newest_, now, settings);
  return true;
}

bool Plausibility::allows(const Decimal& price, Monotonic now, const Settings& settings) const {
  if (!knows(now)) return true;
  return price <= high_ && (price >= low_ || times(price, settings.factor) >= reference_);
}

void Plausibility::drop_old(Monotonic now) {
  std::uint8_t old = 0;
  while (old < count_ && now - samples_.at(old).at > kSpan) ++old;
  std::copy(samples_.begin() + old, samples_.begin() + count_, samples_.begin());
  count_ = static_cast<std::uint8_t>(count_ - old);
}

void Plausibility::begin(const Decimal& price, Monotonic now, const Settings& settings) {
  count_ = 0;
  candidates_ = 0;
  add(price, now, settings);
}

void Plausibility::add(const Decimal& price, Monotonic now, const Settings& settings) {
  if (count_ == kSamples) {
    std::copy(samples_.begin() + 1, samples_.end(), samples_.begin());
    --count_;
  }
  anywhere_ = false;
  samples_[count_++] = {price, now};
  sample_at_ = now + kSampleEvery;
  refer(settings);
}

void Plausibility::refer(const Settings& settings) {
  std::array<Decimal, kSamples> prices;
  for (std::size_t i = 0; i < count_; ++i) prices[i] = samples_[i].price;
  const auto middle = (count_ - 1U) / 2;
  std::nth_element(prices.begin(), prices.begin() + middle, prices.begin() + count_);
  reference_ = prices[middle];
  low_ = share(reference_, settings.factor);
  high_ = times(reference_, settings.factor);
}

}  // namespace tickgate::feeds
