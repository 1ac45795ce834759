// SPDX-License-Identifier: Apache-2.0
#include "gateway/outbox.h"

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
    slots_.emplace_back();
  } else {
    first_free_ = slots_[at].position;
    --free_;
  }
  slots_[at] = {instrument, 0, 0, channel, depth, *pace, kUsed};
  ++paces_[*pace].slots;
  const SlotIndex index{at};
  mark_status(index);
  mark(index);
  return index;
}

// Its entries in the lists stay until take() passes over them; should the slot be in use again by
// then, that only sends it sooner.
void Outbox::remove(SlotIndex index) {
  Slot& removed = slots_[index.value()];
  TICKGATE_CHECK((removed.flags & kUsed) != 0);
  --paces_[removed.pace].slots;
  removed.flags = 0;
  removed.position = first_free_;
  first_free_ = index.value();
  ++free_;
}

bool Outbox::set_interval(SlotIndex index, std::uint32_t interval_ms) {
  const auto pace = pace_for(interval_ms);
  if (!pace.has_value()) return false;
  Slot& changed = slots_[index.value()];
  if (changed.pace == *pace) return true;
  --paces_[changed.pace].slots;
  ++paces_[*pace].slots;
  if ((changed.flags & kListed) != 0) {
    std::erase(paces_[changed.pace].listed, index);
    paces_[*pace].listed.push_back(index);
  }
  changed.pace = *pace;
  return true;
}

void Outbox::mark_status(SlotIndex index) {
  Slot& marked = slots_[index.value()];
  if ((marked.flags & kStatus) != 0) return;
  marked.flags |= kStatus;
  statuses_.push_back(index);
}

std::optional<Monotonic> Outbox::due() const {
  if (!statuses_.empty()) return Monotonic{0};
  std::optional<Monotonic> earliest;
  for (const Pace& pace : paces_) {
    if (!pace.listed.empty() && (!earliest.has_value() || pace.due < *earliest)) {
      earliest = pace.due;
    }
  }
  return earliest;
}

std::optional<std::uint8_t> Outbox::pace_for(std::uint32_t interval_ms) {
  std::optional<std::size_t> unused;
  for (std::size_t i = 0; i < paces_.size(); ++i) {
    if (paces_[i].interval_ms == interval_ms) return static_cast<std::uint8_t>(i);
    if (paces_[i].slots == 0 && paces_[i].listed.empty()) unused = i;
  }
  if (!unused.has_value()) {
    if (paces_.size() == kMaxPaces) return std::nullopt;
    unused = paces_.size();
    paces_.emplace_back();
  }
  paces_[*unused] = {interval_ms, 0, Monotonic{0}, {}};
  return static_cast<std::uint8_t>(*unused);
}

// On the common grid of this interval, so that clients with one interval leave in one round and
// each value is encoded once for all of them. Never sooner than an interval from the round before.
Monotonic Outbox::next_due(const Pace& pace, Monotonic now) const {
  const std::int64_t interval = std::int64_t{1000} * std::max(pace.interval_ms, floor_ms_);
  if (interval == 0) return Monotonic{0};
  const bool late_for_grid =
      pace.due.count() % interval != 0 || now.count() - pace.due.count() >= interval;
  const std::int64_t from = late_for_grid ? now.count() + interval - 1 : now.count();
  return Monotonic{(from / interval + 1) * interval};
}

}  // namespace tickgate::gateway
