// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace tickgate::gateway {

// What a thread still owes whoever asks it: while it stands still its questions must not pile up.
// Any thread.
class Debt {
 public:
  static constexpr std::uint32_t kMost = 4;
  using Token = std::shared_ptr<void>;  // the question; gone when it is answered, or never will be

  // Null: it owes too much to be asked for more.
  Token take() {
    if (owed_->fetch_add(1, std::memory_order_relaxed) >= kMost) {
      owed_->fetch_sub(1, std::memory_order_relaxed);
      return nullptr;
    }
    return {this, [owed = owed_](void*) { owed->fetch_sub(1, std::memory_order_relaxed); }};
  }

 private:
  std::shared_ptr<std::atomic<std::uint32_t>> owed_ =
      std::make_shared<std::atomic<std::uint32_t>>(0);  // outlived by what was asked
};

// On io's thread: whoever asked is told nothing any more, and nothing is waited for.
class Cancellable {
 public:
  virtual ~Cancellable() = default;
  virtual void cancel() = 0;
};

// One question that several threads are asked, and their answers: done() is called once, on the
// thread that runs `io`, when all have answered or their time is over. Whose answer is missing then
// is not waited for.
template <typename Answer>
class Gathering final : public Cancellable, public std::enable_shared_from_this<Gathering<Answer>> {
 public:
  using Answers = std::vector<std::optional<Answer>>;  // by who was asked
  using Done = std::function<void(Answers)>;

  Gathering(boost::asio::io_context& io, std::size_t asked, Done done)
      : io_(io), timer_(io), answers_(asked), waiting_(asked), done_(std::move(done)) {}

  // On io's thread, before anybody is asked.
  void begin(std::chrono::milliseconds time) {
    timer_.expires_after(time);
    timer_.async_wait([self = this->shared_from_this()](boost::system::error_code error) {
      if (!error) self->finish();
    });
  }
  // Any thread, once for each.
  void give(std::size_t who, Answer answer) {
    boost::asio::post(io_, [self = this->shared_from_this(), who, answer = std::move(answer)] {
      if (self->done_ == nullptr) return;  // too late
      self->answers_[who] = answer;
      self->note_one();
    });
  }
  // On io's thread: that one is not asked.
  void skip() { note_one(); }
  void cancel() override {
    done_ = nullptr;
    timer_.cancel();
  }

 private:
  void note_one() {
    if (--waiting_ == 0) finish();
  }
  void finish() {
    timer_.cancel();
    if (const auto done = std::exchange(done_, nullptr)) done(std::move(answers_));
  }

  boost::asio::io_context& io_;
  boost::asio::steady_timer timer_;
  Answers answers_;
  std::size_t waiting_;
  Done done_;
};

}  // namespace tickgate::gateway
