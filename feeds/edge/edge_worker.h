// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <thread>

#include "absl/functional/any_invocable.h"

namespace tickgate::feeds {

// A thread for calls that wait, one after the other.
class EdgeWorker {
 public:
  using Task = absl::AnyInvocable<void()>;
  using Clock = std::chrono::steady_clock;
  using Moment = Clock::time_point;

  explicit EdgeWorker(const char* name) : name_(name) {}
  ~EdgeWorker() { stop(); }
  EdgeWorker(const EdgeWorker&) = delete;
  EdgeWorker& operator=(const EdgeWorker&) = delete;

  void start();
  // Does what waits still, and returns when the thread has ended; also twice.
  void stop();

  // Any thread. False: it does not run.
  bool post(Task task);
  std::size_t waiting() const;
  // A task's, on this thread: waits so long. False: the thread is to end, and nothing is waited
  // for.
  bool pause(std::chrono::milliseconds time);

 private:
  void run();

  const char* name_;  // of the thread
  mutable std::mutex mutex_;
  std::condition_variable changed_, ending_;
  std::deque<Task> tasks_;
  bool running_ = false;
  std::thread thread_;
};

}  // namespace tickgate::feeds
