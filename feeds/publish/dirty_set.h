// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace tickgate::feeds {

// Which of many (dense indexes) changed since they were last popped, oldest mark first. Marking
// twice is marking once, so its size is bounded by the number of indexes, however slow whoever
// pops. A bit and at most four bytes per index. Owned by one thread.
class DirtySet {
 public:
  // True when it was not marked yet.
  bool mark(std::uint32_t index) {
    if (index >= marked_.size()) marked_.resize(index + std::size_t{1});
    if (marked_[index]) return false;
    marked_[index] = true;
    order_.push_back(index);
    return true;
  }

  bool contains(std::uint32_t index) const { return index < marked_.size() && marked_[index]; }
  bool empty() const { return front_ == order_.size(); }
  std::size_t size() const { return order_.size() - front_; }

  // It is not popped any more. Looks through all that are marked: for what is rare.
  void unmark(std::uint32_t index) {
    if (!contains(index)) return;
    marked_[index] = false;
    order_.erase(
        std::find(order_.begin() + static_cast<std::ptrdiff_t>(front_), order_.end(), index));
  }

  // Calls pop_one(index) for each one marked at the call, and unmarks it; returns how many were
  // popped. When pop_one returns a bool, false means "not now": it and those after it stay marked,
  // in their places. pop_one may mark (even its own index): those come the next time.
  template <class PopOne>
  std::size_t pop_changed(PopOne&& pop_one) {
    std::size_t popped = 0;
    for (const std::size_t count = size(); popped < count; ++popped) {
      const std::uint32_t index = order_[front_];
      marked_[index] = false;
      ++front_;
      if constexpr (std::is_same_v<std::invoke_result_t<PopOne&, std::uint32_t>, bool>) {
        if (!pop_one(index)) {
          put_back(index);
          break;
        }
      } else {
        pop_one(index);
      }
    }
    compact();
    return popped;
  }

  void clear() {
    for (std::size_t i = front_; i < order_.size(); ++i) marked_[order_[i]] = false;
    order_.clear();
    front_ = 0;
  }

 private:
  void put_back(std::uint32_t index) {
    if (marked_[index]) return;  // marked anew meanwhile: it waits at the end
    marked_[index] = true;
    --front_;
  }

  // What was popped leaves order_ when it is the larger part of it: constant time per mark.
  void compact() {
    if (front_ < order_.size() - front_) return;
    order_.erase(order_.begin(), order_.begin() + static_cast<std::ptrdiff_t>(front_));
    front_ = 0;
  }

  std::vector<bool> marked_;
  std::vector<std::uint32_t> order_;  // [front_, end): marked; before it: popped already
  std::size_t front_ = 0;
};

}  // namespace tickgate::feeds
