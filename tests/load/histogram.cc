// SPDX-License-Identifier: Apache-2.0
#include "tests/load/histogram.h"

#include <algorithm>
#include <cmath>

namespace tickgate::load {

double Histogram::mean() const {
  return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_);
}

std::uint64_t Histogram::largest_of(std::size_t index) {
  constexpr std::size_t kSteps = std::size_t{1} << kStepBits;
  if (index < 2 * kSteps) return index;
  const std::size_t shift = (index >> kStepBits) - 1;
  const std::uint64_t first = (index & (kSteps - 1)) + kSteps;
  return ((first + 1) << shift) - 1;
}

std::uint64_t Histogram::percentile(double share) const {
  if (count_ == 0) return 0;
  const auto rank = std::ceil(share * static_cast<double>(count_));
  const auto wanted = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(rank), 1, count_);
  std::uint64_t passed = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    passed += buckets_[i];
    if (passed >= wanted) return std::min(largest_of(i), max_);
  }
  return max_;
}

Histogram Histogram::since(const Histogram& earlier) const {
  Histogram out = *this;
  for (std::size_t i = 0; i < buckets_.size(); ++i) out.buckets_[i] -= earlier.buckets_[i];
  out.count_ -= earlier.count_;
  out.sum_ -= earlier.sum_;
  return out;
}

}  // namespace tickgate::load
