// SPDX-License-Identifier: Apache-2.0
#include "feeds/edge/edge_worker.h"

#include <pthread.h>

#include <utility>

namespace tickgate::feeds {

void EdgeWorker::start() {
  {
    const std::scoped_lock lock(mutex_);
    running_ = true;
  }
  thread_ = std::thread([this] { run(); });
}

void EdgeWorker::stop() {
  {
    const std::scoped_lock lock(mutex_);
    running_ = false;
  }
  changed_.notify_one();
  ending_.notify_one();
  if (thread_.joinable()) thread_.join();
}

bool EdgeWorker::post(Task task) {
  {
    const std::scoped_lock lock(mutex_);
    if (!running_) return false;
    tasks_.push_back(std::move(task));
  }
  changed_.notify_one();
  return true;
}

std::size_t EdgeWorker::waiting() const {
  const std::scoped_lock lock(mutex_);
  return tasks_.size();
}

bool EdgeWorker::pause(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return !ending_.wait_for(lock, time, [this] { return !running_; });
}

void EdgeWorker::run() {
  pthread_setname_np(pthread_self(), name_);
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return !running_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    auto task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
    task = nullptr;
    lock.lock();
  }
}

}  // namespace tickgate::feeds
