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
    const auto known = std::ranges::find_if(periodic_, [&](const Periodic& one) {
      const auto& other = one.request;
      return request.tag == kNoTag ? other.url == request.url : other.tag == request.tag;
    });
    if (known == periodic_.end()) {
      periodic_.push_back({request});
      ++size_;
    } else {
      *known = {request};
    }
  }
  enqueue(std::move(request));
}

void RequestQueue::enqueue(FetchRequest request) {
  HostBudget& host = hosts_.of(request.url, limits_);
  if (request.background) ++behind_;
  fetches_.push_back({std::move(request), &host});
  ++size_;
  look_again_ = Monotonic::min();
}

std::optional<RequestQueue::Send> RequestQueue::pop_send(Monotonic now) {
  if (!urgent_.empty()) {
    sends_limited_.borrow(now);
    --size_;
    return pop_front(urgent_);
  }
  if (sends_.empty() || !sends_limited_.try_acquire(now)) return std::nullopt;
  --size_;
  return pop_front(sends_);
}

std::optional<FetchRequest> RequestQueue::pop_fetch(Monotonic now) {
  if (!periodic_.empty()) ask_again(now);
  if (fetches_.empty() || in_flight_ >= kMostInFlight || now < look_again_) return std::nullopt;
  const auto next = most_wanted(now);
  if (next == fetches_.end() ||
      !next->host->admit_fetch({this, next->request.weight, rank(next->request)}, now)) {
    look_again_ = now + kLookAgain;
    return std::nullopt;
  }
  auto request = std::move(next->request);
  fetches_.erase(next);
  --size_;
  ++in_flight_;
  if (request.background) {
    --behind_;
    background_.push_back(request.url);
  }
  for (auto& one : periodic_) {
    if (one.request.url != request.url) continue;
    one.waits = false;
    one.due = now + one.request.period;
  }
  return request;
}

// What concerns no instrument concerns all of them.
std::uint64_t RequestQueue::rank(const FetchRequest& request) const {
  if (request.background) return 0;
  if (!request.instrument) return std::uint64_t{1} << 33U;
  return demand_ == nullptr ? 1 : std::uint64_t{1} + demand_->of(*request.instrument);
}

std::deque<RequestQueue::Fetch>::iterator RequestQueue::most_wanted(Monotonic now) {
  auto best = fetches_.end();
  std::uint64_t best_rank = 0;
  for (auto one = fetches_.begin(); one != fetches_.end(); ++one) {
    if (one->host->paused(now)) continue;
    if (one->request.background && background_.size() >= kMostInBackground) continue;
    const auto wanted = rank(one->request);
    if (best != fetches_.end() && wanted <= best_rank) continue;
    best = one;
    best_rank = wanted;
  }
  return best;
}

void RequestQueue::ask_again(Monotonic now) {
  for (auto& one : periodic_) {
    if (one.waits || now < one.due) continue;
    one.waits = true;
    enqueue(one.request);
  }
}

void RequestQueue::clear() {
  urgent_.clear();
  sends_.clear();
  fetches_.clear();
  periodic_.clear();
  background_.clear();
  size_ = in_flight_ = behind_ = 0;
  look_again_ = Monotonic::min();
}

}  // namespace tickgate::feeds
