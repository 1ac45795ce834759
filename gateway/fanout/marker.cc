// SPDX-License-Identifier: Apache-2.0
#include "gateway/fanout/marker.h"

#include <algorithm>
#include <chrono>

#include "gateway/fanout/prefetch.h"
#include "gateway/fanout/subscriber.h"
#include "schemas/check.h"

namespace tickgate::gateway {

using schemas::Channel;
using schemas::InstrumentId;

namespace {

// An instrument that was quiet for so long is news at once, to whomever was sent nothing for an
// interval: who watches few and calm instruments does not wait for the round. Short of it, rounds
// are kept: fewer and fuller frames.
constexpr std::chrono::seconds kQuiet{1};

// The longest a tick waits in its ring while nobody wants values at once, in milliseconds.
constexpr std::uint32_t kLongestIdle = 50;

// How many members ahead memory is asked for.
constexpr std::size_t kFar = 8, kNear = 4;

// On a grid that all share, so that those with one interval (and its multiples) leave in one round
// and each value is encoded once for all of them.
Monotonic next_round_of(std::uint32_t interval_ms, Monotonic now) {
  const auto interval = std::int64_t{1000} * interval_ms;
  return Monotonic{(now.count() / interval + 1) * interval};
}

constexpr std::size_t index_of(Channel channel) { return static_cast<std::size_t>(channel); }

// Each mark but the last stands for a value that is never sent. Bars are counted as they are sent.
constexpr bool folds(Channel channel) {
  return channel != Channel::kTrade && channel != Channel::kBar;
}

}  // namespace

void Marker::note_changed(InstrumentId instrument, Channel channel) {
  const auto* known = market_.instrument(instrument);
  TICKGATE_CHECK(known != nullptr);
  prefetch(known, sizeof *known);  // its symbol is in the text to come
  const auto key =
      static_cast<std::uint32_t>(instrument.value() * schemas::kChannelCount + index_of(channel));
  if (changed_.mark(key) || !folds(channel)) return;
  counters_.conflated[index_of(channel)].add(subscriptions_.members(instrument, channel));
}

// Step 8 of a tick's life.
void Marker::mark_changed(Monotonic now) {
  changed_.pop_changed([this, now](std::uint32_t key) {
    const InstrumentId instrument{static_cast<std::uint32_t>(key / schemas::kChannelCount)};
    const auto channel = static_cast<Channel>(key % schemas::kChannelCount);
    if (channel == Channel::kStatus) return mark_status(instrument);
    for (const auto& group : subscriptions_.of(instrument, channel)) mark_changed(*group, now);
  });
  changed_bars_.pop_changed([this, now](std::uint32_t key) {
    const InstrumentId instrument{static_cast<std::uint32_t>(key / schemas::kIntervalCount)};
    for (const auto& group : subscriptions_.of(instrument, Channel::kBar)) {
      if (group->bar == key % schemas::kIntervalCount) mark_changed(*group, now);
    }
  });
}

// At once, or at the next round.
void Marker::mark_changed(SubscriptionGroup& group, Monotonic now) {
  const auto interval_ms = group.interval_ms;
  if (group.waiting) {
    if (!folds(group.channel)) return;
    counters_.conflated[index_of(group.channel)].add(group.members.size());
  } else if (interval_ms == 0 ||
             now - group.marked_at >=
                 std::max<Monotonic>(kQuiet, std::chrono::milliseconds{interval_ms})) {
    mark(group, now, flush_now_);
  } else {
    group.waiting = true;
    rounds_.add(&group, next_round_of(interval_ms, now));
  }
}

// Whatever the interval: a history, and what was withheld before it.
void Marker::mark_loaded(InstrumentId instrument, schemas::Interval interval) {
  for (const auto& group : subscriptions_.of(instrument, Channel::kBar)) {
    if (group->bar != static_cast<std::uint8_t>(interval)) continue;
    for (const auto& member : group->members) {
      member.subscriber->outbox.mark(member.slot);
      flush_now_.add(*member.subscriber);
    }
  }
}

Monotonic Marker::next_look(Monotonic now) const {
  auto next = next_round_of(kLongestIdle, now);
  for (const auto& [interval_ms, count] : subscriptions_.intervals()) {
    if (interval_ms >= kLongestIdle) break;
    if (interval_ms > 0) next = std::min(next, next_round_of(interval_ms, now));
  }
  return next;
}

void Marker::mark_round(Monotonic round) {
  rounds_.pop_due(round, [this](SubscriptionGroup* group, Monotonic due) {
    mark(*group, due, round_list(group->interval_ms));
    subscriptions_.round_over(*group);
  });
}

void Marker::mark(SubscriptionGroup& group, Monotonic now, FlushQueue& queue) {
  group.marked_at = now;
  std::size_t conflated = 0;
  const auto& members = group.members;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto& member = members[i];
    // The members lie all over the memory: what the next ones need is on its way meanwhile.
    if (i + kFar < members.size()) members[i + kFar].subscriber->outbox.prefetch();
    if (i + kNear < members.size()) {
      members[i + kNear].subscriber->outbox.prefetch(members[i + kNear].slot);
    }
    if (!member.subscriber->outbox.mark(member.slot)) {
      ++conflated;
      if (folds(group.channel)) ++member.subscriber->folded;
    }
    queue.add(*member.subscriber);
  }
  if (!folds(group.channel)) return;
  counters_.conflated[index_of(group.channel)].add(conflated);
}

// Whoever shows a price of this instrument must know its state, whatever channel it came by.
void Marker::mark_status(InstrumentId instrument) {
  for (std::size_t i = 0; i < schemas::kChannelCount; ++i) {
    for (const auto& group : subscriptions_.of(instrument, static_cast<Channel>(i))) {
      for (const auto& member : group->members) {
        member.subscriber->outbox.mark_status(member.slot);
        flush_now_.add(*member.subscriber);
      }
    }
  }
}

void Marker::forget(Subscriber& subscriber) {
  for (auto* queue : {&flush_now_, &flush_in_quick_round_, &flush_in_slow_round_}) {
    queue->remove(subscriber);
  }
}

}  // namespace tickgate::gateway
