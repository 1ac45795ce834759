// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "gateway/fanout/subscriber.h"

namespace tickgate::gateway {

// Subscribers that something was marked for, each once, the oldest first. Its shard's thread only.
class TouchedList {
 public:
  // `flag` of a subscriber says that it is in this list.
  explicit TouchedList(bool Subscriber::*flag) : flag_(flag) {}

  void add(Subscriber& subscriber) {
    if (subscriber.*flag_) return;
    subscriber.*flag_ = true;
    list_.push_back(&subscriber);
    ++added_;
  }
  void remove(Subscriber& subscriber) {
    if (!(subscriber.*flag_)) return;
    subscriber.*flag_ = false;
    std::replace(list_.begin(), list_.end(), &subscriber, {});
  }
  bool empty() const { return taken_ == list_.size(); }
  // How many were ever added, and how many of these have been taken.
  std::uint64_t added() const { return added_; }
  std::uint64_t taken() const { return added_ - (list_.size() - taken_); }

  // Takes at most `max` out of it and calls visit(Subscriber&), which may add and remove.
  // soon(const Subscriber&) and next(const Subscriber&) name the one after the next, and the next,
  // so that their memory can be on its way meanwhile.
  template <typename Visit, typename Soon, typename Next>
  void take(std::size_t max, Visit&& visit, Soon&& soon, Next&& next) {
    for (; max > 0 && !empty(); --max) {
      if (const auto* subscriber = ahead(2)) soon(*subscriber);
      if (const auto* subscriber = ahead(1)) next(*subscriber);
      Subscriber* const taken = list_[taken_++];
      if (taken == nullptr) continue;
      taken->*flag_ = false;
      visit(*taken);
    }
    if (2 * taken_ < list_.size()) return;  // it may never be empty, and must not grow by that
    list_.erase(list_.begin(), list_.begin() + static_cast<std::ptrdiff_t>(taken_));
    taken_ = 0;
  }

 private:
  const Subscriber* ahead(std::size_t count) const {
    return taken_ + count < list_.size() ? list_[taken_ + count] : nullptr;
  }

  bool Subscriber::*flag_;
  std::vector<Subscriber*> list_;  // null: gone meanwhile
  std::size_t taken_ = 0;          // those before it
  std::uint64_t added_ = 0;
};

}  // namespace tickgate::gateway
