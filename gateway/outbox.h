// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "gateway/monotonic.h"
#include "schemas/ids.h"

namespace tickgate::gateway {

using SlotIndex = schemas::Strong<struct SlotIndexTag, std::uint32_t>;

// One subscription of one client. 20 bytes: there are millions of them.
struct Slot {
  schemas::InstrumentId instrument;
  std::uint32_t position = 0;  // in its audience, for its removal
  // Low 32 bits of the sequence number of the value sent last (0: none), or of the first trade not
  // sent yet.
  std::uint32_t sequence = 0;
  std::uint32_t next = 0;  // in the chain of those owed at its pace, or of free places
  schemas::Channel channel{};
  std::uint8_t depth = 0;  // of a book, 1..25
  std::uint8_t pace = 0;
  std::uint8_t flags = 0;
};
static_assert(sizeof(Slot) == 20);

// What a client is owed: not values, but which of its subscriptions changed since it was last sent
// something. A client that reads slowly costs these marks and nothing more. Pure: time is given.
// Its shard's thread only.
class Outbox {
 public:
  static constexpr std::size_t kMaxPaces = 255;

  // A subscription with everything owed. nullopt: more than kMaxPaces different intervals.
  std::optional<SlotIndex> add(schemas::InstrumentId instrument, schemas::Channel channel,
                               std::uint8_t depth, std::uint32_t interval_ms);
  // What was marked for it is owed no more. Call tidy() after the last of them.
  void remove(SlotIndex slot);
  // Another interval for a slot there is; false as for add. Call tidy() after the last of them.
  bool set_interval(SlotIndex slot, std::uint32_t interval_ms);
  // Brings what is owed to the pace it has now, and frees the places of what was removed: one pass
  // over all that is owed.
  void tidy();
  // The first subscriptions will be so many: no room is taken for more.
  void reserve_first(std::size_t slots) {
    if (slots_.empty()) slots_.reserve(slots);
  }
  // No subscriptions, no memory.
  void reset();

  Slot& slot(SlotIndex index) { return slots_[index.value()]; }
  const Slot& slot(SlotIndex index) const { return slots_[index.value()]; }
  std::uint32_t interval_ms(const Slot& slot) const { return paces_[slot.pace].interval_ms; }
  std::uint32_t shortest_interval_ms() const;  // of those in use or used before; 0 without any
  std::size_t size() const { return used_; }
  template <typename Visit>  // visit(SlotIndex, Slot&) for each subscription
  void for_each(Visit&& visit);

  // Asks the processor for what mark() will touch, in two steps: this one first, then, when that
  // has come, the second.
  void prefetch() const { __builtin_prefetch(this); }
  void prefetch(SlotIndex slot) const { __builtin_prefetch(&slots_[slot.value()], 1); }
  // The same for take(): the slots, as far as they are few.
  void prefetch_owed() const {
    const auto* bytes = reinterpret_cast<const char*>(slots_.data());
    const auto size = std::min(slots_.size() * sizeof(Slot), kPrefetched);
    for (std::size_t line = 0; line < size; line += 64) __builtin_prefetch(bytes + line, 1);
  }

  // The value of this slot changed; false: one was owed already, and is folded into the new one.
  bool mark(SlotIndex slot);
  // The status of this slot's instrument changed.
  void mark_status(SlotIndex slot);

  // The earliest time at which something may be sent; nullopt while nothing is owed.
  std::optional<Monotonic> due() const;

  // Gives what is owed and due, statuses first (they wait for no interval), then values.
  //   status(const Slot&) -> bool: false when the frame is full: it stays owed.
  //   value(Slot&) -> Taken
  enum class Taken : std::uint8_t {
    kSent,   // owed no more
    kLater,  // the instrument is recovering: owed, once its status changes
    kFull,   // the frame is full: owed, and due at once
  };
  template <typename Status, typename Value>
  void take(Monotonic now, Status&& status, Value&& value);

  // While the client falls behind, no interval is shorter than this; 0: as asked for.
  void set_floor(std::uint32_t interval_ms) { floor_ms_ = interval_ms; }
  std::uint32_t floor_ms() const { return floor_ms_; }

 private:
  enum Flag : std::uint8_t { kUsed = 1, kValue = 2, kListed = 4, kStatus = 8 };

  static constexpr std::uint32_t kNone = UINT32_MAX;
  static constexpr std::size_t kPrefetched = 1024;  // bytes

  // The slots of one interval leave together, so that their frames are few.
  struct Pace {
    std::uint32_t interval_ms = 0;
    std::uint32_t slots = 0;  // that have this pace
    Monotonic due{};          // not before
    // Two chains. Those marked, the newest first: a mark touches no other slot. And those that
    // take() has turned round, the oldest first.
    std::uint32_t marked = kNone, owed = kNone;

    bool empty() const { return marked == kNone && owed == kNone; }
  };

  std::optional<std::uint8_t> pace_for(std::uint32_t interval_ms);
  Monotonic next_due(const Pace& pace, Monotonic now) const;
  void put(Pace& pace, std::uint32_t slot);
  void turn_round(Pace& pace);
  void set_free(std::uint32_t slot);
  template <typename Value>
  bool take_pace(Pace& pace, Monotonic now, Value& value);

  std::vector<Slot> slots_;
  absl::InlinedVector<Pace, 1> paces_;  // most clients have one
  std::vector<SlotIndex> statuses_;     // no memory while there is none
  std::uint32_t first_free_ = kNone;    // a chain
  std::uint32_t used_ = 0;
  std::uint32_t floor_ms_ = 0;
};

template <typename Visit>
void Outbox::for_each(Visit&& visit) {
  for (std::uint32_t i = 0; i < slots_.size(); ++i) {
    if ((slots_[i].flags & kUsed) != 0) visit(SlotIndex{i}, slots_[i]);
  }
}

inline bool Outbox::mark(SlotIndex index) {
  Slot& marked = slots_[index.value()];
  const bool fresh = (marked.flags & kValue) == 0;
  if ((marked.flags & kListed) == 0) put(paces_[marked.pace], index.value());
  marked.flags |= kValue | kListed;
  return fresh;
}

inline void Outbox::put(Pace& pace, std::uint32_t slot) {
  slots_[slot].next = pace.marked;
  pace.marked = slot;
}

inline void Outbox::turn_round(Pace& pace) {
  while (pace.marked != kNone) {
    const auto slot = std::exchange(pace.marked, slots_[pace.marked].next);
    slots_[slot].next = pace.owed;
    pace.owed = slot;
  }
}

template <typename Status, typename Value>
void Outbox::take(Monotonic now, Status&& status, Value&& value) {
  std::size_t taken = 0;
  for (; taken < statuses_.size(); ++taken) {
    const auto index = statuses_[taken];
    Slot& owed = slots_[index.value()];
    if ((owed.flags & kStatus) == 0) continue;  // removed meanwhile
    if (!status(static_cast<const Slot&>(owed))) break;
    owed.flags &= static_cast<std::uint8_t>(~kStatus);
    // A value held back while the instrument was recovering is due again.
    if ((owed.flags & kValue) != 0) mark(index);
  }
  const bool full = taken < statuses_.size();
  statuses_.erase(statuses_.begin(), statuses_.begin() + static_cast<std::ptrdiff_t>(taken));
  if (full) return;
  if (taken > 0) statuses_.shrink_to_fit();
  for (Pace& pace : paces_) {
    if (!pace.empty() && pace.due <= now && !take_pace(pace, now, value)) return;
  }
}

template <typename Value>
bool Outbox::take_pace(Pace& pace, Monotonic now, Value& value) {
  while (!pace.empty()) {
    if (pace.owed == kNone) turn_round(pace);
    Slot& owed = slots_[pace.owed];
    const Taken result = value(owed);
    if (result == Taken::kFull) return false;
    pace.owed = owed.next;
    owed.flags &=
        static_cast<std::uint8_t>(result == Taken::kSent ? ~(kListed | kValue) : ~kListed);
  }
  pace.due = next_due(pace, now);
  return true;
}

}  // namespace tickgate::gateway
