// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <thread>

#include "feeds/delay/delay_line.h"

namespace tickgate::feeds {

// The thread of a delay line, which outlives it.
class DelayThread {
 public:
  explicit DelayThread(DelayLine& line) : line_(line) {}
  ~DelayThread() { stop(); }
  DelayThread(const DelayThread&) = delete;
  DelayThread& operator=(const DelayThread&) = delete;

  void start();
  // Ends it and returns when it has ended; also twice.
  void stop();

 private:
  void run();

  DelayLine& line_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace tickgate::feeds
