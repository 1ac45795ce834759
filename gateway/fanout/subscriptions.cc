// SPDX-License-Identifier: Apache-2.0
#include "gateway/fanout/subscriptions.h"

#include <algorithm>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "gateway/fanout/subscriber.h"
#include "schemas/check.h"

namespace tickgate::gateway {

namespace {

std::uint8_t bar_of(const Slot& slot) {
  return slot.channel == schemas::Channel::kBar ? slot.depth : std::uint8_t{0};
}

}  // namespace

Subscriptions::SubscriptionGroups::iterator Subscriptions::find(SubscriptionGroups& all,
                                                                const Slot& slot,
                                                                std::uint32_t interval_ms) {
  return std::find_if(all.begin(), all.end(), [&](const auto& other) {
    return other->interval_ms == interval_ms && other->bar == bar_of(slot);
  });
}

void Subscriptions::add(Subscriber& subscriber, SlotIndex index) {
  Slot& slot = subscriber.outbox.slot(index);
  const auto interval_ms = subscriber.outbox.interval_ms(slot);
  auto& all = groups(slot.instrument, slot.channel);
  auto group = find(all, slot, interval_ms);
  if (group == all.end()) {
    group = all.insert(all.end(), std::make_unique<SubscriptionGroup>());
    (*group)->instrument = slot.instrument;
    (*group)->channel = slot.channel;
    (*group)->bar = bar_of(slot);
    (*group)->interval_ms = interval_ms;
  }
  auto& members = (*group)->members;
  members.push_back({&subscriber, index});
  absl::Cleanup take_back = [&members] { members.pop_back(); };
  ++intervals_[interval_ms];
  std::move(take_back).Cancel();
  slot.position = static_cast<std::uint32_t>(members.size() - 1);
  ++counts_[static_cast<std::size_t>(slot.channel)];
  if (demand_ != nullptr) demand_->raise(slot.instrument, slot.channel);
}

void Subscriptions::remove(Subscriber& subscriber, SlotIndex index) {
  Slot& slot = subscriber.outbox.slot(index);
  if (slot.position == Slot::kNowhere) return;
  const auto interval_ms = subscriber.outbox.interval_ms(slot);
  auto& all = groups(slot.instrument, slot.channel);
  const auto group = find(all, slot, interval_ms);
  TICKGATE_CHECK(group != all.end());
  auto& members = (*group)->members;
  TICKGATE_CHECK(members[slot.position].subscriber == &subscriber);
  const auto last = members.back();
  members[slot.position] = last;
  last.subscriber->outbox.slot(last.slot).position = slot.position;
  members.pop_back();
  slot.position = Slot::kNowhere;
  --counts_[static_cast<std::size_t>(slot.channel)];
  if (demand_ != nullptr) demand_->lower(slot.instrument, slot.channel);
  const auto same = intervals_.find(interval_ms);
  if (--same->second == 0) intervals_.erase(same);
  if (members.empty() && !(*group)->waiting) release(**group);
}

void Subscriptions::round_over(SubscriptionGroup& group) {
  group.waiting = false;
  if (group.members.empty()) release(group);
}

std::span<const std::unique_ptr<SubscriptionGroup>> Subscriptions::of(
    schemas::InstrumentId instrument, schemas::Channel channel) const {
  if (instrument.value() >= by_instrument_.size()) return {};
  const auto& channels = by_instrument_[instrument.value()];
  if (channels == nullptr) return {};
  return (*channels)[static_cast<std::size_t>(channel)];
}

std::size_t Subscriptions::members(schemas::InstrumentId instrument,
                                   schemas::Channel channel) const {
  std::size_t sum = 0;
  for (const auto& group : of(instrument, channel)) sum += group->members.size();
  return sum;
}

Subscriptions::SubscriptionGroups& Subscriptions::groups(schemas::InstrumentId instrument,
                                                         schemas::Channel channel) {
  const auto index = instrument.value();
  if (index >= by_instrument_.size()) by_instrument_.resize(index + 1);
  auto& channels = by_instrument_[index];
  if (channels == nullptr) channels = std::make_unique<Channels>();
  return channels->at(static_cast<std::size_t>(channel));
}

void Subscriptions::release(const SubscriptionGroup& group) {
  auto& all = groups(group.instrument, group.channel);
  std::erase_if(all, [&](const auto& other) { return other.get() == &group; });
  if (all.empty()) all.shrink_to_fit();
}

}  // namespace tickgate::gateway
