// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>

#include "schemas/check.h"

namespace tickgate::feeds {

inline constexpr std::size_t kCacheLine = 64;

// The memory orders of a ring. A parameter only so that the negative control of the stress test
// can run the very same code with weaker ones and be seen to fail.
struct AcquireRelease {
  static constexpr std::memory_order kAcquire = std::memory_order_acquire;
  static constexpr std::memory_order kRelease = std::memory_order_release;
};

// Bounded queue of byte records, each of its own length: one producer thread, one consumer thread.
// Never blocks, never allocates after construction. A record lies in one piece, 8-byte aligned,
// behind an 8-byte word with its length; one that would cross the end of the buffer starts at its
// beginning, and a padding word fills the rest.
//
// tail_ and head_ count bytes since the start and never wrap (2^64); the buffer holds [head, tail).
template <class Orders = AcquireRelease>
// The padding keeps the two threads' lines apart.
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding)
class BasicRecordRing {
 public:
  using Bytes = std::span<const std::byte>;

  // A power of two, 64 or more. The pages are touched here, not on the first lap.
  explicit BasicRecordRing(std::size_t capacity_bytes)
      : capacity_(capacity_bytes),
        words_(std::make_unique<std::uint64_t[]>(capacity_bytes / kWord)) {
    TICKGATE_CHECK(capacity_bytes >= 64 && (capacity_bytes & (capacity_bytes - 1)) == 0);
  }

  std::size_t capacity() const { return capacity_; }
  // The longest record that fits an empty ring wherever its head happens to be.
  std::size_t max_record() const { return capacity_ / 2 - kWord; }

  // Producer. One record made of the parts in order; false: no room, nothing was written. Inlined,
  // so that lengths known to the caller are constants in the copies (15 ns a quote became 11).
  [[nodiscard, gnu::always_inline]] bool try_push(Bytes first, Bytes second = {},
                                                  Bytes third = {}) noexcept {
    const std::size_t length = first.size() + second.size() + third.size();
    TICKGATE_CHECK(length <= max_record());
    const std::size_t size = kWord + round_up(length);
    std::uint64_t tail = tail_.load(std::memory_order_relaxed);  // relaxed: only we write it
    const std::size_t to_end = capacity_ - offset(tail);
    const std::size_t skipped = size > to_end ? to_end : 0;
    if (!has_room(tail, skipped + size)) return false;
    if (skipped > 0) {
      words_[offset(tail) / kWord] = kPadding;
      tail += skipped;
    }
    std::uint64_t* const word = &words_[offset(tail) / kWord];
    *word = length;
    copy(copy(copy(word + 1, first), second), third);
    // Pairs with the acquire in drain() and empty(): who sees this tail sees the record.
    tail_.store(tail + size, Orders::kRelease);
    return true;
  }

  // Consumer. Calls consume(Bytes) for each record that is there at the call, at most `max`, in
  // order; returns how many. The bytes are valid (and 8-byte aligned) during their call only.
  // Room is given back record by record, so a full ring takes new ones during a long drain.
  template <class Consume>
  std::size_t drain(Consume&& consume, std::size_t max = SIZE_MAX) {
    std::uint64_t head = head_.load(std::memory_order_relaxed);  // relaxed: only we write it
    const std::uint64_t tail = tail_.load(Orders::kAcquire);     // pairs with try_push()'s release
    std::size_t count = 0;
    while (head != tail && count < max) {
      const std::uint64_t* const word = &words_[offset(head) / kWord];
      const std::uint64_t length = *word;
      if (length == kPadding) {
        head += capacity_ - offset(head);
        continue;  // never the last: a record follows under the same tail
      }
      consume(Bytes(reinterpret_cast<const std::byte*>(word + 1), length));
      head += kWord + round_up(length);
      ++count;
      // Pairs with has_room()'s acquire: who sees this head may overwrite what we have read.
      head_.store(head, Orders::kRelease);
    }
    return count;
  }

  // Consumer.
  bool empty() const {
    // Acquire pairs with try_push(), as in drain(); relaxed: head_ is ours.
    return head_.load(std::memory_order_relaxed) == tail_.load(Orders::kAcquire);
  }

  // Any thread; a moment's glance, for metrics. Relaxed: nothing is read on the strength of it.
  std::size_t used_bytes() const {
    const auto head = head_.load(std::memory_order_relaxed);
    const auto tail = tail_.load(std::memory_order_relaxed);
    return tail > head ? tail - head : 0;
  }

 private:
  static constexpr std::size_t kWord = sizeof(std::uint64_t);
  static constexpr std::uint64_t kPadding = UINT64_MAX;  // in the place of a length

  static constexpr std::size_t round_up(std::size_t n) { return (n + kWord - 1) & ~(kWord - 1); }
  std::size_t offset(std::uint64_t position) const { return position & (capacity_ - 1); }

  bool has_room(std::uint64_t tail, std::size_t needed) noexcept {
    if (capacity_ - (tail - cached_head_) >= needed) return true;
    // Pairs with drain()'s release: the consumer has done with everything before this head.
    cached_head_ = head_.load(Orders::kAcquire);
    return capacity_ - (tail - cached_head_) >= needed;
  }

  static std::byte* copy(void* to, Bytes from) noexcept {
    auto* const out = static_cast<std::byte*>(to);
    if (!from.empty()) std::memcpy(out, from.data(), from.size());
    return out + from.size();
  }

  const std::size_t capacity_;
  const std::unique_ptr<std::uint64_t[]> words_;
  // The producer's line: its index, and its last look at the consumer's, so that the line of the
  // consumer is fetched only when the ring seems full.
  alignas(kCacheLine) std::atomic<std::uint64_t> tail_{0};
  std::uint64_t cached_head_ = 0;
  // The consumer's line. It looks at tail_ once per drain, hence needs no copy of it.
  alignas(kCacheLine) std::atomic<std::uint64_t> head_{0};
};

using RecordRing = BasicRecordRing<>;

}  // namespace tickgate::feeds
