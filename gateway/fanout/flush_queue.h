// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "gateway/fanout/subscriber.h"

namespace tickgate::gateway {

// Subscribers that something was marked for, each once, the oldest first. Its shard's thread only.
class FlushQueue {
 public:
  // `flag` of a subscriber says that it is in this list.
  explicit FlushQueue(bool Subscriber::*flag) : flag_(flag) {}

  void add(Subscriber& subscriber) {
    if (subscriber.*flag_) return;
    list_.push_back(&subscriber);
    subscriber.*flag_ = true;
    ++added_;
  }
  void remove(Subscriber& subscriber) {
    if (!(subscriber.*flag_)) return;
    subscriber.*flag_ = false;
    std::replace(list_.begin(), list_.end(), &subscriber, {});
  }
  bool empty() const { return popped_ == list_.size(); }
  // How many were ever added, and how many of these were popped.
  std::uint64_t added() const { return added_; }
  std::uint64_t popped() const { return added_ - (list_.size() - popped_); }

  // Pops at most `max` and calls visit(Subscriber&), which may add and remove.
  // soon(const Subscriber&) and next(const Subscriber&) name the one after the next, and the next,
  // so that their memory can be on its way meanwhile.
  template <typename Visit, typename Soon, typename Next>
  void pop(std::size_t max, Visit&& visit, Soon&& soon, Next&& next) {
    for (; max > 0 && !empty(); --max) {
      if (const auto* subscriber = ahead(2)) soon(*subscriber);
      if (const auto* subscriber = ahead(1)) next(*subscriber);
      Subscriber* const popped = list_[popped_++];
      if (popped == nullptr) continue;
      popped->*flag_ = false;
      visit(*popped);
    }
    if (2 * popped_ < list_.size()) return;  // it may never be empty, and must not grow by that
    list_.erase(list_.begin(), list_.begin() + static_cast<std::ptrdiff_t>(popped_));
    popped_ = 0;
  }

 private:
  const Subscriber* ahead(std::size_t count) const {
    return popped_ + count < list_.size() ? list_[popped_ + count] : nullptr;
  }

  bool Subscriber::*flag_;
  std::vector<Subscriber*> list_;  // null: gone meanwhile
  std::size_t popped_ = 0;         // those before it
  std::uint64_t added_ = 0;
};

}  // namespace tickgate::gateway
