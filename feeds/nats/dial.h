// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

#include "absl/status/statusor.h"
#include "feeds/nats/link.h"

namespace tickgate::feeds {

// One try to connect, on a thread of its own: the library's timeout ends when the server has begun
// to speak, and with one that stands still behind its first line the try never ends. Then the try
// is left alone, and what comes of it is closed.
class Dial {
 public:
  explicit Dial(NatsLibraryOptions options);  // begins
  ~Dial();                                    // leaves it alone
  Dial(const Dial&) = delete;
  Dial& operator=(const Dial&) = delete;

  using Clock = std::chrono::steady_clock;
  // nullopt: not yet. What it gave is gone from here.
  std::optional<absl::StatusOr<std::shared_ptr<Link>>> wait_until(Clock::time_point deadline);

  // Tries of this process that were left alone and have not ended.
  static int left_alone();

 private:
  struct Shared;
  static void run(const std::shared_ptr<Shared>& shared, NatsLibraryOptions options);

  std::shared_ptr<Shared> shared_;
};

}  // namespace tickgate::feeds
