// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pthread.h>

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace tickgate::feeds {

// A thread for calls that may wait, so that whoever wants their results does not: one call at a
// time. One thread begins and asks.
template <typename Result>
class Beside {
 public:
  using Call = std::function<Result()>;

  // `name` of the thread: a literal of at most 15 characters.
  explicit Beside(const char* name) : thread_([this, name] { run(name); }) {}
  // Waits for the call that runs.
  ~Beside() {
    {
      const std::lock_guard lock(mutex_);
      ends_ = true;
    }
    wakes_.notify_one();
    thread_.join();
  }
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;

  // What was begun before gives no result any more; where it runs, this one waits for its end.
  void begin(Call call) {
    {
      const std::lock_guard lock(mutex_);
      call_ = std::move(call);
      result_.reset();
      wanted_ = true;
    }
    wakes_.notify_one();
  }
  // Of what was begun last, once; nullopt: it is not there yet.
  std::optional<Result> result() {
    const std::lock_guard lock(mutex_);
    if (result_.has_value()) wanted_ = false;
    return std::exchange(result_, std::nullopt);
  }
  // The result; begins the call where none is wanted.
  std::optional<Result> ask(Call call) {
    if (!is_wanted()) begin(std::move(call));
    return result();
  }
  // What was begun gives no result.
  void forget() {
    const std::lock_guard lock(mutex_);
    call_ = nullptr;
    result_.reset();
    wanted_ = false;
    ++forgotten_;
  }

 private:
  bool is_wanted() {
    const std::lock_guard lock(mutex_);
    return wanted_;
  }

  void run(const char* name) {
    pthread_setname_np(pthread_self(), name);
    std::unique_lock lock(mutex_);
    for (;;) {
      wakes_.wait(lock, [this] { return ends_ || call_ != nullptr; });
      if (ends_) return;
      const Call call = std::exchange(call_, nullptr);
      const auto forgotten = forgotten_;
      lock.unlock();
      auto found = call();
      lock.lock();
      if (call_ == nullptr && forgotten == forgotten_) result_ = std::move(found);
    }
  }

  std::mutex mutex_;
  std::condition_variable wakes_;
  Call call_;  // to be run
  std::optional<Result> result_;
  bool wanted_ = false;  // it is begun, and its result was not asked for with success
  std::uint64_t forgotten_ = 0;
  bool ends_ = false;
  std::thread thread_;  // the last: it uses all of the above
};

}  // namespace tickgate::feeds
