// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "gateway/fanout/monotonic.h"
#include "gateway/fanout/prefetch.h"
#include "gateway/fanout/trade_history.h"
#include "schemas/ids.h"

namespace tickgate::gateway {

using SlotIndex = schemas::Strong<struct SlotIndexTag, std::uint32_t>;

// How a subscription was asked for.
struct Terms {
  schemas::Channel channel{};
  std::uint8_t depth = 0;  // of a book, 1..25; of a bar its schemas::Interval
  std::uint32_t interval_ms = 0;
  bool stamps = false;        // its objects say when they were sent
  std::uint32_t history = 0;  // of a bar: closed ones to begin with
  bool other_run = false;     // of trades: what the client saw last was of another run
};

// One subscription of one client. 16 bytes: there are millions of them.
struct Slot {
  static constexpr std::uint32_t kNowhere = UINT32_MAX;

  schemas::InstrumentId instrument;
  // In its group, for its removal; kNowhere: in none. Of a free place: the next such.
  std::uint32_t position = kNowhere;
  // Low 32 bits of the sequence number of the value sent last (0: none), or of the first trade not
  // sent yet. While a history of bars is owed: how many closed ones.
  std::uint32_t sequence = 0;
  schemas::Channel channel{};
  std::uint8_t depth = 0;  // as Terms has it
  std::uint8_t pace = 0;
  std::uint8_t flags = 0;
};
static_assert(sizeof(Slot) == 16);

// What a client is owed: not values, but which of its subscriptions changed since it was last sent
// something. A client that reads slowly costs these marks and nothing more. Pure: time is given.
// Its shard's thread only.
class Outbox {
 public:
  static constexpr std::size_t kMaxPaces = 255;

  // A subscription with everything owed. nullopt: more than kMaxPaces different intervals.
  std::optional<SlotIndex> add(schemas::InstrumentId instrument, schemas::Channel channel,
                               std::uint8_t depth, std::uint32_t interval_ms);
  // What was marked for it is owed no more.
  void remove(SlotIndex slot);
  // Another interval for a slot there is; false as for add.
  bool set_interval(SlotIndex slot, std::uint32_t interval_ms);
  // The first subscriptions will be so many: no room is popped for more.
  void reserve_first(std::size_t slots) {
    if (slots_.empty()) slots_.reserve(slots);
  }
  // No subscriptions, no memory.
  void reset();

  Slot& slot(SlotIndex index) { return slots_[index.value()]; }
  const Slot& slot(SlotIndex index) const { return slots_[index.value()]; }
  // A slot that is in use.
  bool holds(SlotIndex index) const {
    return index.value() < slots_.size() && (slots_[index.value()].flags & kUsed) != 0;
  }
  // Of slots, those in use among them: their indices are below it.
  std::size_t places() const { return slots_.size(); }
  SlotIndex index_of(const Slot& slot) const {
    return SlotIndex{static_cast<std::uint32_t>(&slot - slots_.data())};
  }
  void set_stamped(SlotIndex slot, bool stamped);
  static bool is_stamped(const Slot& slot) { return (slot.flags & kStamped) != 0; }
  // Of bars: its series is held for it.
  static void set_follows(Slot& slot) { set(slot, kFollows, true); }
  static bool follows(const Slot& slot) { return (slot.flags & kFollows) != 0; }
  // Of bars: a history of so many closed ones is to be sent, and first loaded; see BarsOwed.
  static void owe_history(Slot& slot, std::uint32_t count) {
    slot.sequence = count;
    set(slot, kHistory, true);
  }
  static bool owes_history(const Slot& slot) { return (slot.flags & kHistory) != 0; }
  static bool is_asked(const Slot& slot) { return (slot.flags & kAsked) != 0; }
  static void set_asked(Slot& slot, bool asked) { set(slot, kAsked, asked); }
  static bool is_waiting(const Slot& slot) { return (slot.flags & kWaiting) != 0; }
  static void set_waiting(Slot& slot, bool waiting) { set(slot, kWaiting, waiting); }
  static void end_history(Slot& slot) { set(slot, kHistory | kAsked | kWaiting, false); }
  // Of trades.
  static Standing standing(const Slot& slot) {
    if ((slot.flags & kResumes) == 0) return Standing::kFollows;
    return (slot.flags & kOtherRun) != 0 ? Standing::kRestarted : Standing::kResumes;
  }
  static void set_standing(Slot& slot, Standing standing) {
    set(slot, kResumes, standing != Standing::kFollows);
    set(slot, kOtherRun, standing == Standing::kRestarted);
  }
  std::uint32_t interval_ms(const Slot& slot) const { return paces_[slot.pace].interval_ms; }
  std::uint32_t shortest_interval_ms() const;  // of those in use or used before; 0 without any
  // How many subscriptions there are.
  std::size_t size() const;
  template <typename Visit>  // visit(SlotIndex, Slot&) for each subscription
  void for_each(Visit&& visit);
  template <typename Visit>  // likewise, of a const Slot&
  void for_each(Visit&& visit) const;
  // Whether there is a subscription of this kind. Looks through all: for what is rare.
  bool follows(schemas::InstrumentId instrument, schemas::Channel channel) const;

  // Asks the processor for what mark() will touch, in two steps: this one first, then, when that
  // has come, the second.
  void prefetch() const {
    __builtin_prefetch(&marked_, 1);
    __builtin_prefetch(&paces_, 1);
  }
  void prefetch(SlotIndex slot) const { __builtin_prefetch(&marked_[slot.value() / kWord], 1); }
  // The same for pop_due(): the slots that are marked, of the first kWord.
  void prefetch_owed() const {
    if (marked_.empty()) return;
    for (auto bits = marked_.front(); bits != 0; bits &= bits - 1) {
      gateway::prefetch(&slots_[static_cast<std::size_t>(std::countr_zero(bits))], sizeof(Slot));
    }
  }

  // The value of this slot changed; false: one was owed already, and is conflated with the new one.
  bool mark(SlotIndex slot);
  // The status of this slot's instrument changed.
  void mark_status(SlotIndex slot);

  // The earliest time at which something may be sent; nullopt while nothing is owed.
  std::optional<Monotonic> due() const;

  // Gives what is owed and due, statuses first (they wait for no interval), then values.
  //   status(Slot&) -> bool: false when the frame is full: it stays owed.
  //   value(Slot&) -> Outcome
  enum class Outcome : std::uint8_t {
    kSent,   // owed no more
    kLater,  // the instrument is recovering: owed, once its status changes
    kFull,   // the frame is full: owed, and due at once
  };
  template <typename Status, typename Value>
  void pop_due(Monotonic now, Status&& status, Value&& value);

  // While the client falls behind, no interval is shorter than this; 0: as asked for.
  void set_floor(std::uint32_t interval_ms) { floor_ms_ = interval_ms; }
  std::uint32_t floor_ms() const { return floor_ms_; }

 private:
  enum Flag : std::uint8_t {
    kUsed = 1,
    kHeldBack = 2,  // owed once its status changes; not marked
    kStatus = 4,
    kStamped = 8,
    kHistory = 16,
    kAsked = 32,
    kWaiting = 64,
    kFollows = 128,
    // Of trades, which have no history of bars.
    kResumes = kHistory,
    kOtherRun = kAsked,
  };
  static void set(Slot& slot, int flags, bool on) {
    slot.flags = static_cast<std::uint8_t>(on ? slot.flags | flags : slot.flags & ~flags);
  }

  static constexpr std::uint32_t kNone = UINT32_MAX;
  static constexpr std::uint32_t kWord = 64;  // marks

  // The slots of one interval leave together, so that their frames are few.
  struct Pace {
    std::uint32_t interval_ms = 0;
    std::uint32_t slots = 0;   // that have this pace
    Monotonic due{};           // not before
    std::uint32_t marked = 0;  // of its slots
    bool leaving = false;      // pop_due() has begun to give them, and is not through
  };

  Pace& pace_of(SlotIndex index) {  // without a look at the slot, for most
    return paces_.size() == 1 ? paces_.front() : paces_[slots_[index.value()].pace];
  }
  bool is_marked(SlotIndex index) const {
    return (marked_[index.value() / kWord] >> index.value() % kWord & 1U) != 0;
  }
  void unmark(SlotIndex index);
  bool release_held_back(SlotIndex index);
  std::optional<std::uint8_t> pace_for(std::uint32_t interval_ms);
  Monotonic next_due(const Pace& pace, Monotonic now) const;
  template <typename Status>
  bool pop_statuses(Status& status);
  template <typename Value>
  bool pop_word(std::uint32_t word, std::uint64_t bits, Monotonic now, Value& value);
  template <typename Value>
  bool pop_values(Monotonic now, Value& value);
  void finish_paces(Monotonic now);

  // What a mark touches comes first, and close together. One bit a slot: a mark needs neither the
  // slot's memory nor a list, and whoever is sent something goes through its slots in their order.
  absl::InlinedVector<std::uint64_t, 2> marked_;
  absl::InlinedVector<Pace, 1> paces_;  // most clients have one
  std::vector<Slot> slots_;
  std::unique_ptr<std::vector<SlotIndex>> statuses_;  // null while there is none
  std::uint32_t first_free_ = kNone;                  // a chain
  std::uint32_t held_back_ = 0;                       // slots
  std::uint32_t next_ = 0;  // the slot that the last frame had no room for: it goes first
  std::uint32_t floor_ms_ = 0;
};

template <typename Visit>
void Outbox::for_each(Visit&& visit) {
  for (std::uint32_t i = 0; i < slots_.size(); ++i) {
    if ((slots_[i].flags & kUsed) != 0) visit(SlotIndex{i}, slots_[i]);
  }
}

template <typename Visit>
void Outbox::for_each(Visit&& visit) const {
  for (std::uint32_t i = 0; i < slots_.size(); ++i) {
    if ((slots_[i].flags & kUsed) != 0) visit(SlotIndex{i}, slots_[i]);
  }
}

inline bool Outbox::mark(SlotIndex index) {
  auto& word = marked_[index.value() / kWord];
  const auto bit = std::uint64_t{1} << index.value() % kWord;
  if ((word & bit) != 0) return false;
  word |= bit;
  ++pace_of(index).marked;
  return held_back_ == 0 || !release_held_back(index);
}

template <typename Status, typename Value>
void Outbox::pop_due(Monotonic now, Status&& status, Value&& value) {
  if (statuses_ != nullptr && !pop_statuses(status)) return;
  bool due = false;
  for (Pace& pace : paces_) {
    if (pace.marked == 0 || pace.due > now) continue;
    due = pace.leaving = true;
  }
  if (!due) return;
  if (pop_values(now, value)) next_ = 0;
  finish_paces(now);
}

// False: the frame is full.
template <typename Status>
bool Outbox::pop_statuses(Status& status) {
  auto& statuses = *statuses_;
  std::size_t popped = 0;
  for (; popped < statuses.size(); ++popped) {
    const auto index = statuses[popped];
    Slot& owed = slots_[index.value()];
    if ((owed.flags & kStatus) == 0) continue;  // removed meanwhile
    if (!status(owed)) break;
    owed.flags &= static_cast<std::uint8_t>(~kStatus);
    if ((owed.flags & kHeldBack) != 0) mark(index);
  }
  const bool full = popped < statuses.size();
  statuses.erase(statuses.begin(), statuses.begin() + static_cast<std::ptrdiff_t>(popped));
  if (!full) statuses_.reset();
  return !full;
}

// Once round, from where the last frame ended: nobody waits for ever behind those before it. False:
// the frame is full.
template <typename Value>
bool Outbox::pop_values(Monotonic now, Value& value) {
  const std::uint32_t first = next_ / kWord;
  const std::uint64_t from_next = ~std::uint64_t{0} << next_ % kWord;
  const auto words = static_cast<std::uint32_t>(marked_.size());
  if (!pop_word(first, marked_[first] & from_next, now, value)) return false;
  for (std::uint32_t word = first + 1; word < words; ++word) {
    if (!pop_word(word, marked_[word], now, value)) return false;
  }
  for (std::uint32_t word = 0; word < first; ++word) {
    if (!pop_word(word, marked_[word], now, value)) return false;
  }
  return pop_word(first, marked_[first] & ~from_next, now, value);
}

template <typename Value>
bool Outbox::pop_word(std::uint32_t word, std::uint64_t bits, Monotonic now, Value& value) {
  for (; bits != 0; bits &= bits - 1) {
    const SlotIndex index{word * kWord + static_cast<std::uint32_t>(std::countr_zero(bits))};
    if (pace_of(index).due > now) continue;
    Slot& owed = slots_[index.value()];
    const Outcome result = value(owed);
    if (result == Outcome::kFull) {
      next_ = index.value();
      return false;
    }
    unmark(index);
    if (result == Outcome::kSent) continue;
    owed.flags |= kHeldBack;
    ++held_back_;
  }
  return true;
}

}  // namespace tickgate::gateway
