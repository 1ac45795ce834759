// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace tickgate::load {

// How often each duration came, in microseconds: exact below 128, then within 1/64 of the value,
// up to 12 days. Adding costs a few instructions, and no memory.
class Histogram {
 public:
  // Less than zero counts as zero: the clock was set back between the two readings.
  void add(std::int64_t value) {
    const auto duration = value < 0 ? 0U : static_cast<std::uint64_t>(value);
    ++buckets_[index(duration)];
    ++count_;
    sum_ += duration;
    if (duration > max_) max_ = duration;
  }

  std::uint64_t count() const { return count_; }
  std::uint64_t max() const { return max_; }
  double mean() const;

  // The value that `share` (0.5, 0.99) of all do not exceed; 0 when there are none. Never more
  // than max(), and never less than the exact one.
  std::uint64_t percentile(double share) const;

  // What came since `earlier`, a copy of this one; its max() is that of all.
  Histogram since(const Histogram& earlier) const;

 private:
  static constexpr std::size_t kStepBits = 6;  // 64 steps in each power of two
  static constexpr std::size_t kLargestBits = 40;
  static constexpr std::size_t kBuckets = (kLargestBits - kStepBits + 1) << kStepBits;

  static std::size_t index(std::uint64_t value) {
    constexpr std::uint64_t kLargest = (std::uint64_t{1} << kLargestBits) - 1;
    if (value > kLargest) value = kLargest;
    const auto bits = static_cast<std::size_t>(std::bit_width(value));
    const std::size_t shift = bits > kStepBits + 1 ? bits - kStepBits - 1 : 0;
    return (shift << kStepBits) + (value >> shift);
  }
  static std::uint64_t largest_of(std::size_t index);

  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace tickgate::load
