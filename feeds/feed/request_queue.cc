// SPDX-License-Identifier: Apache-2.0
#include "feeds/feed/request_queue.h"

namespace tickgate::feeds {
namespace {

template <typename Queue>
auto pop_front(Queue& queue) {
  auto next = std::move(queue.front());
  queue.pop_front();
  return next;
}

}  // namespace

std::optional<RequestQueue::Send> RequestQueue::pop_send(Monotonic now) {
  if (sends_.empty() || !send_limiter_.take(now)) return std::nullopt;
  return pop_front(sends_);
}

std::optional<std::string> RequestQueue::pop_fetch(Monotonic now) {
  if (fetches_.empty() || now < no_fetch_before_ || !fetch_limiter_.take(now)) return std::nullopt;
  return pop_front(fetches_);
}

void RequestQueue::clear() {
  sends_.clear();
  fetches_.clear();
}

}  // namespace tickgate::feeds
