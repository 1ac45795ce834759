// SPDX-License-Identifier: Apache-2.0
#include "gateway/outbox.h"

#include <algorithm>
#include <utility>

#include "schemas/check.h"

namespace tickgate::gateway {

std::optional<SlotIndex> Outbox::add(schemas::InstrumentId instrument, schemas::Channel channel,
                                     std::uint8_t depth, std::uint32_t interval_ms) {
  const auto pace = pace_for(interval_ms);
  if (!pace.has_value()) return std::nullopt;
  std::uint32_t at = first_free_;
  if (at == kNone) {
    at = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    first_free_ = slots_[at].next;
  }
  ++used_;
  slots_[at] = {instrument, 0, 0, kNone, channel, depth, *pace, kUsed};
  ++paces_[*pace].slots;
  const SlotIndex index{at};
  mark_status(index);
  mark(index);
  return index;
}

// In a chain it keeps its place until tidy().
void Outbox::remove(SlotIndex index) {
  Slot& removed = slots_[index.value()];
  TICKGATE_CHECK((removed.flags & kUsed) != 0);
  --paces_[removed.pace].slots;
  --used_;
  removed.flags &= kListed;
  if (removed.flags == 0) set_free(index.value());
}

void Outbox::set_free(std::uint32_t slot) {
  slots_[slot].flags = 0;
  slots_[slot].next = first_free_;
  first_free_ = slot;
}

void Outbox::tidy() {
  // The chains of all paces, each the oldest first, one behind the other.
  std::vector<std::uint32_t> all;
  for (Pace& pace : paces_) {
    while (!pace.empty()) {
      if (pace.owed == kNone) turn_round(pace);
      all.push_back(std::exchange(pace.owed, slots_[pace.owed].next));
    }
  }
  for (const auto slot : all) {
    if ((slots_[slot].flags & kUsed) != 0) {
      put(paces_[slots_[slot].pace], slot);
    } else {
      set_free(slot);
    }
  }
}

bool Outbox::set_interval(SlotIndex index, std::uint32_t interval_ms) {
  const auto pace = pace_for(interval_ms);
  if (!pace.has_value()) return false;
  Slot& changed = slots_[index.value()];
  if (changed.pace == *pace) return true;
  --paces_[changed.pace].slots;
  ++paces_[*pace].slots;
  changed.pace = *pace;
  return true;
}

void Outbox::reset() {
  slots_ = {};
  statuses_ = {};
  paces_.clear();
  paces_.shrink_to_fit();
  first_free_ = kNone;
  used_ = 0;
}

void Outbox::mark_status(SlotIndex index) {
  Slot& marked = slots_[index.value()];
  if ((marked.flags & kStatus) != 0) return;
  marked.flags |= kStatus;
  statuses_.push_back(index);
}

std::uint32_t Outbox::shortest_interval_ms() const {
  const auto shortest =
      std::min_element(paces_.begin(), paces_.end(),
                       [](const Pace& a, const Pace& b) { return a.interval_ms < b.interval_ms; });
  return shortest == paces_.end() ? 0 : shortest->interval_ms;
}

std::optional<Monotonic> Outbox::due() const {
  if (!statuses_.empty()) return Monotonic{0};
  std::optional<Monotonic> earliest;
  for (const Pace& pace : paces_) {
    if (!pace.empty() && (!earliest.has_value() || pace.due < *earliest)) {
      earliest = pace.due;
    }
  }
  return earliest;
}

std::optional<std::uint8_t> Outbox::pace_for(std::uint32_t interval_ms) {
  std::optional<std::size_t> unused;
  for (std::size_t i = 0; i < paces_.size(); ++i) {
    if (paces_[i].interval_ms == interval_ms) return static_cast<std::uint8_t>(i);
    if (paces_[i].slots == 0 && paces_[i].empty()) unused = i;
  }
  if (!unused.has_value()) {
    if (paces_.size() == kMaxPaces) return std::nullopt;
    unused = paces_.size();
    paces_.emplace_back();
  }
  paces_[*unused] = {.interval_ms = interval_ms};
  return static_cast<std::uint8_t>(*unused);
}

// On the common grid of this interval (FanOut's rounds), and a whole interval away at least.
Monotonic Outbox::next_due(const Pace& pace, Monotonic now) const {
  const std::int64_t interval = std::int64_t{1000} * std::max(pace.interval_ms, floor_ms_);
  if (interval == 0) return Monotonic{0};
  return Monotonic{(now.count() + 2 * interval - 1) / interval * interval};
}

}  // namespace tickgate::gateway
