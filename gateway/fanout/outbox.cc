// SPDX-License-Identifier: Apache-2.0
#include "gateway/fanout/outbox.h"

#include <algorithm>

#include "schemas/check.h"

namespace tickgate::gateway {

std::optional<SlotIndex> Outbox::add(schemas::InstrumentId instrument, schemas::Channel channel,
                                     std::uint8_t depth, std::uint32_t interval_ms) {
  const auto pace = pace_for(interval_ms);
  if (!pace.has_value()) return std::nullopt;
  std::uint32_t at = first_free_;
  if (at == kNone) {
    at = static_cast<std::uint32_t>(slots_.size());
    if (at % kWord == 0) marked_.resize(at / kWord + 1);
    slots_.emplace_back();
  } else {
    first_free_ = slots_[at].position;
  }
  slots_[at] = {instrument, Slot::kNowhere, 0, channel, depth, *pace, kUsed};
  ++paces_[*pace].slots;
  const SlotIndex index{at};
  mark_status(index);
  mark(index);
  return index;
}

void Outbox::remove(SlotIndex index) {
  Slot& removed = slots_[index.value()];
  TICKGATE_CHECK((removed.flags & kUsed) != 0);
  if (is_marked(index)) unmark(index);
  if ((removed.flags & kHeldBack) != 0) --held_back_;
  --paces_[removed.pace].slots;
  removed.flags = 0;
  removed.position = first_free_;
  first_free_ = index.value();
}

void Outbox::unmark(SlotIndex index) {
  marked_[index.value() / kWord] &= ~(std::uint64_t{1} << index.value() % kWord);
  --pace_of(index).marked;
}

// True: one was held back, and what is marked takes its place.
bool Outbox::release_held_back(SlotIndex index) {
  Slot& slot = slots_[index.value()];
  if ((slot.flags & kHeldBack) == 0) return false;
  slot.flags &= static_cast<std::uint8_t>(~kHeldBack);
  --held_back_;
  return true;
}

void Outbox::set_stamped(SlotIndex index, bool stamped) {
  auto& flags = slots_[index.value()].flags;
  flags = static_cast<std::uint8_t>((flags & ~kStamped) | (stamped ? kStamped : 0));
}

bool Outbox::set_interval(SlotIndex index, std::uint32_t interval_ms) {
  const auto pace = pace_for(interval_ms);
  if (!pace.has_value()) return false;
  Slot& changed = slots_[index.value()];
  if (changed.pace == *pace) return true;
  const std::uint32_t marked = is_marked(index) ? 1 : 0;
  --paces_[changed.pace].slots;
  paces_[changed.pace].marked -= marked;
  ++paces_[*pace].slots;
  paces_[*pace].marked += marked;
  changed.pace = *pace;
  return true;
}

void Outbox::reset() {
  marked_.clear();
  marked_.shrink_to_fit();
  paces_.clear();
  paces_.shrink_to_fit();
  slots_ = {};
  statuses_.reset();
  first_free_ = kNone;
  held_back_ = next_ = 0;
}

void Outbox::mark_status(SlotIndex index) {
  Slot& marked = slots_[index.value()];
  if ((marked.flags & kStatus) != 0) return;
  marked.flags |= kStatus;
  if (statuses_ == nullptr) statuses_ = std::make_unique<std::vector<SlotIndex>>();
  statuses_->push_back(index);
}

std::size_t Outbox::size() const {
  std::size_t sum = 0;
  for (const Pace& pace : paces_) sum += pace.slots;
  return sum;
}

std::uint32_t Outbox::shortest_interval_ms() const {
  const auto shortest =
      std::min_element(paces_.begin(), paces_.end(),
                       [](const Pace& a, const Pace& b) { return a.interval_ms < b.interval_ms; });
  return shortest == paces_.end() ? 0 : shortest->interval_ms;
}

std::optional<Monotonic> Outbox::due() const {
  if (statuses_ != nullptr) return Monotonic{0};
  std::optional<Monotonic> earliest;
  for (const Pace& pace : paces_) {
    if (pace.marked > 0 && (!earliest.has_value() || pace.due < *earliest)) {
      earliest = pace.due;
    }
  }
  return earliest;
}

std::optional<std::uint8_t> Outbox::pace_for(std::uint32_t interval_ms) {
  std::optional<std::size_t> unused;
  for (std::size_t i = 0; i < paces_.size(); ++i) {
    if (paces_[i].interval_ms == interval_ms) return static_cast<std::uint8_t>(i);
    if (paces_[i].slots == 0) unused = i;
  }
  if (!unused.has_value()) {
    if (paces_.size() == kMaxPaces) return std::nullopt;
    unused = paces_.size();
    paces_.emplace_back();
  }
  paces_[*unused] = {.interval_ms = interval_ms};
  return static_cast<std::uint8_t>(*unused);
}

void Outbox::finish_paces(Monotonic now) {
  for (Pace& pace : paces_) {
    if (!pace.leaving || pace.marked > 0) continue;
    pace.leaving = false;
    pace.due = next_due(pace, now);
  }
}

// On the common grid of this interval (FanOut's rounds), and a whole interval away at least.
Monotonic Outbox::next_due(const Pace& pace, Monotonic now) const {
  const std::int64_t interval = std::int64_t{1000} * std::max(pace.interval_ms, floor_ms_);
  if (interval == 0) return Monotonic{0};
  return Monotonic{(now.count() + 2 * interval - 1) / interval * interval};
}

bool Outbox::follows(schemas::InstrumentId instrument, schemas::Channel channel) const {
  return std::ranges::any_of(slots_, [&](const Slot& slot) {
    return (slot.flags & kUsed) != 0 && slot.instrument == instrument && slot.channel == channel;
  });
}

}  // namespace tickgate::gateway
