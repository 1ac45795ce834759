// SPDX-License-Identifier: Apache-2.0
#include "feeds/nats/dial.h"

#include <atomic>
#include <thread>
#include <utility>

namespace tickgate::feeds {
namespace {

std::atomic<int> left_alone_now{0};  // a number alone

}  // namespace

struct Dial::Shared {
  std::mutex mutex;
  std::condition_variable ended;
  std::optional<absl::StatusOr<std::shared_ptr<Link>>> result;
  bool has_ended = false;
  bool is_left_alone = false;
};

Dial::Dial(NatsLibraryOptions options) : shared_(std::make_shared<Shared>()) {
  std::thread(run, shared_, std::move(options)).detach();
}

Dial::~Dial() {
  std::optional<absl::StatusOr<std::shared_ptr<Link>>> unwanted;  // closed without the lock
  const std::lock_guard lock(shared_->mutex);
  if (shared_->has_ended) {
    unwanted.swap(shared_->result);
    return;
  }
  shared_->is_left_alone = true;
  left_alone_now.fetch_add(1, std::memory_order_relaxed);
}

void Dial::run(const std::shared_ptr<Shared>& shared, NatsLibraryOptions options) {
  auto result = Link::dial(*options);
  const std::lock_guard lock(shared->mutex);
  shared->has_ended = true;
  if (shared->is_left_alone) {
    left_alone_now.fetch_sub(1, std::memory_order_relaxed);
    return;
  }
  shared->result = std::move(result);
  shared->ended.notify_all();
}

std::optional<absl::StatusOr<std::shared_ptr<Link>>> Dial::wait_until(Clock::time_point deadline) {
  std::unique_lock lock(shared_->mutex);
  shared_->ended.wait_until(lock, deadline, [this] { return shared_->has_ended; });
  return std::exchange(shared_->result, std::nullopt);
}

int Dial::left_alone() { return left_alone_now.load(std::memory_order_relaxed); }

}  // namespace tickgate::feeds
