// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "absl/status/status.h"
#include "feeds/nats/nats_client.h"
#include "feeds/nats/receivers.h"

namespace tickgate::feeds {

// Questions for the newest message of a subject, many on their way at once: one inbox for all
// answers, whose last token says which question it is. Any thread may call.
class LastGets {
 public:
  using Clock = std::chrono::steady_clock;
  using OnLast = NatsClient::OnLast;

  explicit LastGets(Receivers& receivers);
  ~LastGets();
  LastGets(const LastGets&) = delete;
  LastGets& operator=(const LastGets&) = delete;

  absl::Status ask(Link& link, std::string_view stream, std::string_view subject, OnLast on_last,
                   Clock::time_point deadline);
  // Answers kNoAnswer to those whose time is over; kLast ends all.
  void expire(Clock::time_point now);
  static constexpr auto kLast = Clock::time_point::max();

 private:
  struct Question {
    std::string subject;
    OnLast on_last;
    Clock::time_point deadline;
  };

  void answer(natsMsg& message);

  Receivers& receivers_;
  std::string inbox_;
  std::shared_ptr<Receiver> receiver_;
  std::mutex mutex_;
  std::uint64_t last_ = 0;
  std::unordered_map<std::uint64_t, Question> questions_;
};

}  // namespace tickgate::feeds
