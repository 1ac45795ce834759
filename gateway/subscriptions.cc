// SPDX-License-Identifier: Apache-2.0
#include "gateway/subscriptions.h"

#include "gateway/subscriber.h"
#include "schemas/check.h"

namespace tickgate::gateway {

void Subscriptions::add(Subscriber& subscriber, SlotIndex index) {
  Slot& slot = subscriber.outbox.slot(index);
  const auto instrument = slot.instrument.value();
  if (instrument >= by_instrument_.size()) by_instrument_.resize(instrument + 1);
  auto& lists = by_instrument_[instrument];
  if (lists == nullptr) lists = std::make_unique<Lists>();
  auto& list = lists->at(static_cast<std::size_t>(slot.channel));
  slot.position = static_cast<std::uint32_t>(list.size());
  list.push_back({&subscriber, index});
  ++counts_[static_cast<std::size_t>(slot.channel)];
}

void Subscriptions::remove(Subscriber& subscriber, SlotIndex index) {
  const Slot& slot = subscriber.outbox.slot(index);
  auto& list = by_instrument_[slot.instrument.value()]->at(static_cast<std::size_t>(slot.channel));
  TICKGATE_CHECK(list[slot.position].subscriber == &subscriber);
  const Entry last = list.back();
  list[slot.position] = last;
  last.subscriber->outbox.slot(last.slot).position = slot.position;
  list.pop_back();
  if (list.empty()) list.shrink_to_fit();
  --counts_[static_cast<std::size_t>(slot.channel)];
}

std::span<const Subscriptions::Entry> Subscriptions::of(schemas::InstrumentId instrument,
                                                        schemas::Channel channel) const {
  if (instrument.value() >= by_instrument_.size()) return {};
  const auto& lists = by_instrument_[instrument.value()];
  if (lists == nullptr) return {};
  return (*lists)[static_cast<std::size_t>(channel)];
}

}  // namespace tickgate::gateway
