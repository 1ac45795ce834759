// SPDX-License-Identifier: Apache-2.0
#include "feeds/feed/request_queue.h"

#include <algorithm>

namespace tickgate::feeds {
namespace {

template <typename Queue>
auto pop_front(Queue& queue) {
  auto next = std::move(queue.front());
  queue.pop_front();
  return next;
}

}  // namespace

void RequestQueue::fetch(FetchRequest request) {
  if (request.period.count() > 0) {
    const auto known = std::ranges::find(periodic_, request.url,
                                         [](const Periodic& one) { return one.request.url; });
    if (known == periodic_.end()) {
      periodic_.push_back({request});
      ++size_;
    } else {
      *known = {request};
    }
  }
  fetches_.push_back(std::move(request));
  ++size_;
}

std::optional<RequestQueue::Send> RequestQueue::pop_send(Monotonic now) {
  if (!urgent_.empty()) {
    send_limiter_.borrow(now);
    --size_;
    return pop_front(urgent_);
  }
  if (sends_.empty() || !send_limiter_.take(now)) return std::nullopt;
  --size_;
  return pop_front(sends_);
}

std::optional<FetchRequest> RequestQueue::pop_fetch(Monotonic now) {
  if (!periodic_.empty()) ask_again(now);
  if (fetches_.empty() || !fetch_limit_.admit(now)) return std::nullopt;
  auto next = pop_front(fetches_);
  --size_;
  ++in_flight_;
  for (auto& one : periodic_) {
    if (one.request.url != next.url) continue;
    one.waits = false;
    one.due = now + one.request.period;
  }
  return next;
}

void RequestQueue::ask_again(Monotonic now) {
  for (auto& one : periodic_) {
    if (one.waits || now < one.due) continue;
    one.waits = true;
    fetches_.push_back(one.request);
    ++size_;
  }
}

void RequestQueue::clear() {
  urgent_.clear();
  sends_.clear();
  fetches_.clear();
  periodic_.clear();
  size_ = in_flight_ = 0;
}

}  // namespace tickgate::feeds
