// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

namespace tickgate::feeds {

// An eventfd: readable from signal() to reset().
class EventFd {
 public:
  EventFd();  // throws std::system_error when the process has no descriptor left
  ~EventFd();
  EventFd(const EventFd&) = delete;
  EventFd& operator=(const EventFd&) = delete;

  int fd() const { return fd_; }
  void signal() noexcept;
  void reset() noexcept;

 private:
  int fd_;
};

// The memory orders of the bell's word. A parameter for the negative control's sake only.
struct OrderedBell {
  static constexpr std::memory_order kRing = std::memory_order_release;
  static constexpr std::memory_order kAnswer = std::memory_order_acquire;
};

// Wakes one consumer thread that sleeps on a descriptor; any thread may ring. A producer pushes
// into its ring, then rings; it costs a write(2) at most once per sleep of the consumer. The
// consumer, with fd() in its event loop:
//
//   woken, fd() readable:  bell.clear();
//   work:                  drain the rings;
//   nothing left:          if (bell.prepare_to_sleep()) drain the rings once more;
//                          wait for fd() to be readable.
//
// A consumer that stops draining halfway (a budget) posts itself again rather than sleep.
//
// Why no wake-up is lost. "Push, then look whether it sleeps" against "say I sleep, then look for
// pushes" needs each side's store to come before its own later load, which acquire and release do
// not give: both could look too early. So each side does both in one step, an exchange of the same
// word, and the exchanges of one word have one order. ring() first: prepare_to_sleep() reads kRung
// and, by acquire, sees the push; it says so. prepare_to_sleep() first: ring() reads kAsleep and
// signals. There is no third case. All hangs on one word, so neither seq_cst nor a fence is needed;
// but every access must be an exchange: a plain store by the consumer would cut the release
// sequences of the rings before it, and "load first, exchange only if it has not rung yet" brings
// the early look back.
template <class Orders = OrderedBell>
class BasicDoorbell {
 public:
  // Step 6 of a tick's life. Any thread, after its push is complete.
  void ring() noexcept {
    // Pairs with the acquire in prepare_to_sleep() and clear(): they see the push. Another
    // producer's ring in between changes nothing, an exchange carries on a release sequence.
    if (state_.exchange(kRung, Orders::kRing) == kAsleep) event_.signal();
  }

  // Any thread: wakes a consumer that waits for fd() without having said so by prepare_to_sleep()
  // (it idles: it means to look by itself, later). A write(2) each time, so for what is urgent.
  void alarm() noexcept { event_.signal(); }

  // Consumer, before it waits. True: somebody rang since the last clear() or prepare_to_sleep(),
  // so drain once more (what was pushed before that ring is visible); then wait in either case.
  // What is pushed from now on makes fd() readable.
  [[nodiscard]] bool prepare_to_sleep() noexcept {
    return state_.exchange(kAsleep, Orders::kAnswer) == kRung;  // pairs with ring()
  }

  // Consumer, awake again: drain after this. From here a ring costs no write(2). Waking twice for
  // one ring is possible (a slow producer's late signal), and harmless.
  void clear() noexcept {
    state_.exchange(kAwake, Orders::kAnswer);  // pairs with ring(): what it announced is visible
    event_.reset();
  }

  // Readable when there is a reason to wake. Never read it, clear() does.
  int fd() const { return event_.fd(); }

 private:
  enum State : std::uint8_t { kAwake, kRung, kAsleep };

  // Starts awake: rings before the first prepare_to_sleep() are remembered, not signalled.
  alignas(64) std::atomic<State> state_{kAwake};
  EventFd event_;
};

using Doorbell = BasicDoorbell<>;

}  // namespace tickgate::feeds
