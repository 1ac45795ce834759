// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "feeds/derived/bar_record.h"

namespace tickgate::feeds {

// Bars in their order, of which the oldest go as the newest come: nothing is moved for that, as it
// would be in a vector. What it has reserved it does not touch before it is needed.
class BarRing {
 public:
  std::size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  std::size_t capacity() const { return slots_.capacity(); }

  BarRecord& operator[](std::size_t index) { return slots_[slot_of(index)]; }
  const BarRecord& operator[](std::size_t index) const { return slots_[slot_of(index)]; }

  // Room for so many in all, no less than there are.
  void reserve(std::size_t most) {
    std::vector<BarRecord> roomy;
    roomy.reserve(most);
    for (std::size_t i = 0; i < count_; ++i) roomy.push_back((*this)[i]);
    assign(std::move(roomy));
  }
  // There is room for it.
  void push_back(const BarRecord& record) {
    const auto slot = slot_of(count_++);
    if (slot == slots_.size()) {
      slots_.push_back(record);
    } else {
      slots_[slot] = record;
    }
  }
  // Likewise.
  void insert(std::size_t place, const BarRecord& record) {
    push_back(record);
    for (auto i = count_ - 1; i > place; --i) std::swap((*this)[i], (*this)[i - 1]);
  }
  void drop_front(std::size_t count) {
    first_ = slot_of(count);
    count_ -= count;
    if (count_ == 0) clear();
  }
  void assign(std::vector<BarRecord> records) {
    slots_ = std::move(records);
    first_ = 0;
    count_ = slots_.size();
  }

 private:
  void clear() {
    slots_.clear();
    first_ = 0;
  }
  std::size_t slot_of(std::size_t index) const {
    const auto slot = first_ + index;
    return slot < slots_.capacity() ? slot : slot - slots_.capacity();
  }

  // Those behind slots_.size(), up to its capacity, were never used.
  std::vector<BarRecord> slots_;
  std::size_t first_ = 0, count_ = 0;
};

}  // namespace tickgate::feeds
