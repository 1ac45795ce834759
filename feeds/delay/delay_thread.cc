// SPDX-License-Identifier: Apache-2.0
#include "feeds/delay/delay_thread.h"
#include "feeds/publish/clocks.h"

#include <poll.h>
#include <pthread.h>

#include <chrono>

namespace tickgate::feeds {
namespace {

// Between two looks at the rings and at what is due: so much later than its time a record may go,
// and so much of a burst must fit a ring. Feeds ring no bell for it, but for a status or a ring
// half full.
constexpr int kLookMs = 10;

}  // namespace

void DelayThread::start() {
  thread_ = std::thread([this] { run(); });
}

void DelayThread::stop() {
  if (!thread_.joinable()) return;
  stopping_.store(true, std::memory_order_relaxed);  // nothing is read on the strength of it
  line_.doorbell().alarm();
  thread_.join();
}

void DelayThread::run() {
  pthread_setname_np(pthread_self(), "delay");
  const DelayLine::Clock clock = steady_now;
  while (!stopping_.load(std::memory_order_relaxed)) {
    if (line_.turn(clock, wall_now())) continue;
    pollfd bell{line_.doorbell().fd(), POLLIN, 0};
    if (::poll(&bell, 1, kLookMs) > 0) line_.doorbell().clear();
  }
}

}  // namespace tickgate::feeds
