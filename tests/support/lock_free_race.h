// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <poll.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <thread>

#include "feeds/publish/doorbell.h"
#include "feeds/publish/record_ring.h"

// Two threads at a lock-free piece, as hard as they can. The stress tests run these with the
// orders that the product uses, the negative controls with weaker ones or a step left out: a test
// that cannot fail proves nothing.
namespace tickgate::feeds::test {

struct RaceResult {
  std::uint64_t received = 0;
  std::uint64_t damaged = 0;  // out of order, wrong length or wrong bytes
  bool timed_out = false;
  bool lost_wake_up = false;
};

inline bool past(std::chrono::steady_clock::time_point deadline) {
  return std::chrono::steady_clock::now() > deadline;
}

// The record of a number: its length and bytes follow from it.
class NumberedRecord {
 public:
  explicit NumberedRecord(std::uint64_t number) : size_(8 + number * 7 % 113) {
    bytes_.fill(static_cast<std::byte>(number));
    std::memcpy(bytes_.data(), &number, sizeof number);
  }
  std::span<const std::byte> bytes() const { return {bytes_.data(), size_}; }
  bool equals(std::span<const std::byte> other) const {
    return other.size() == size_ && std::memcmp(other.data(), bytes_.data(), size_) == 0;
  }

 private:
  std::size_t size_;
  std::array<std::byte, 128> bytes_;
};

// `count` records from one thread to another.
template <class Orders>
RaceResult race_ring(std::size_t capacity, std::uint64_t count) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  BasicRecordRing<Orders> ring(capacity);
  std::thread producer([&] {
    for (std::uint64_t i = 0; i < count; ++i) {
      const NumberedRecord record(i);
      const auto cut = static_cast<std::size_t>(i % 9);  // in two parts, of any size
      while (!ring.try_push(record.bytes().first(cut % 8), record.bytes().subspan(cut % 8))) {
        if (past(deadline)) return;
        std::this_thread::yield();
      }
    }
  });
  RaceResult result;
  while (result.received < count && !result.timed_out) {
    const auto drained = ring.drain([&](std::span<const std::byte> record) {
      if (!NumberedRecord(result.received++).equals(record)) ++result.damaged;
    });
    if (drained == 0) {
      result.timed_out = past(deadline);
      std::this_thread::yield();
    }
  }
  producer.join();
  return result;
}

// What is written before a ring is visible to the consumer that is told of it: the bell alone
// orders the accesses to a plain variable.
template <class Orders>
RaceResult race_bell_orders(std::uint64_t count) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  BasicDoorbell<Orders> bell;
  std::uint64_t payload = 0;              // plain on purpose
  std::atomic<std::uint64_t> answers{0};  // the way back, properly ordered
  std::atomic<bool> stop{false};
  std::thread producer([&] {
    for (std::uint64_t i = 1; i <= count && !stop; ++i) {
      payload = i;
      bell.ring();
      while (answers.load(std::memory_order_acquire) < i && !stop) std::this_thread::yield();
    }
  });
  RaceResult result;
  while (result.received < count && !result.timed_out) {
    if (bell.prepare_to_sleep()) {
      ++result.received;
      if (payload != result.received) ++result.damaged;
      answers.store(result.received, std::memory_order_release);
    } else {
      result.timed_out = past(deadline);
      std::this_thread::yield();
    }
  }
  stop = true;
  producer.join();
  return result;
}

// Two producers with a ring each and one consumer that sleeps on the bell whenever it finds
// nothing. A producer waits for its record to be taken before it pushes the next, so every record
// meets a consumer that is about to sleep; every other time the consumer lingers there until both
// have rung, the very moment that the second drain is for. A wake-up is lost when the consumer
// sleeps for `patience` although a producer has pushed and rung.
template <bool kSecondDrain>
RaceResult race_wake_ups(std::uint64_t count_each, std::chrono::milliseconds patience) {
  struct Lane {
    RecordRing ring{1024};
    std::atomic<std::uint64_t> rung{0};
    std::atomic<std::uint64_t> taken{0};
  };
  Doorbell bell;
  std::array<Lane, 2> lanes;
  std::atomic<bool> stop{false};
  const auto produce = [&](Lane& lane) {
    for (std::uint64_t i = 1; i <= count_each && !stop; ++i) {
      while (!lane.ring.try_push(NumberedRecord(i).bytes()) && !stop) std::this_thread::yield();
      bell.ring();
      lane.rung.store(i, std::memory_order_release);
      while (lane.taken.load(std::memory_order_acquire) < i && !stop) std::this_thread::yield();
    }
  };
  std::array threads = {std::thread(produce, std::ref(lanes[0])),
                        std::thread(produce, std::ref(lanes[1]))};

  RaceResult result;
  const auto drain = [&] {
    for (auto& lane : lanes) {
      auto taken = lane.taken.load(std::memory_order_relaxed);  // only we write it
      result.received += lane.ring.drain([&](std::span<const std::byte> record) {
        if (!NumberedRecord(++taken).equals(record)) ++result.damaged;
      });
      lane.taken.store(taken, std::memory_order_release);
    }
  };
  const auto wait = [&](std::chrono::milliseconds limit) {
    pollfd sleep{bell.fd(), POLLIN, 0};
    return ::poll(&sleep, 1, static_cast<int>(limit.count())) == 1;
  };
  const auto has_rung = [](const Lane& lane) {
    return lane.rung.load(std::memory_order_acquire) > lane.taken.load(std::memory_order_relaxed);
  };
  const auto linger = [&] {  // bounded: near the end only one of them rings, or none
    for (int i = 0; i < 1000 && !(has_rung(lanes[0]) && has_rung(lanes[1])); ++i) {
      std::this_thread::yield();
    }
  };
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  for (std::uint64_t turn = 0;
       result.received < 2 * count_each && !result.lost_wake_up && !result.timed_out; ++turn) {
    drain();
    if (result.received == 2 * count_each) break;
    if (turn % 2 == 0) linger();
    if (bell.prepare_to_sleep() && kSecondDrain) {
      drain();
      if (result.received == 2 * count_each) break;
    }
    if (!wait(patience)) {
      for (auto& lane : lanes) {
        if (has_rung(lane) && !wait(std::chrono::milliseconds(0))) result.lost_wake_up = true;
      }
    }
    bell.clear();
    result.timed_out = past(deadline);
  }
  stop = true;
  for (auto& thread : threads) thread.join();
  return result;
}

}  // namespace tickgate::feeds::test
