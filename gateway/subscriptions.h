// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "gateway/outbox.h"
#include "schemas/ids.h"

namespace tickgate::gateway {

struct Subscriber;

// Who wants what on this shard: for each instrument and channel, the outboxes to mark. Adding and
// removing take constant time, since a slot knows its place in the list. Its shard's thread only.
class Subscriptions {
 public:
  struct Entry {
    Subscriber* subscriber;
    SlotIndex slot;
  };

  void add(Subscriber& subscriber, SlotIndex slot);
  void remove(Subscriber& subscriber, SlotIndex slot);

  std::span<const Entry> of(schemas::InstrumentId instrument, schemas::Channel channel) const;
  std::size_t count(schemas::Channel channel) const {
    return counts_[static_cast<std::size_t>(channel)];
  }

 private:
  // A bar can't be subscribed to yet.
  using Lists = std::array<std::vector<Entry>, schemas::kChannelCount - 1>;

  std::vector<std::unique_ptr<Lists>> by_instrument_;
  std::array<std::size_t, schemas::kChannelCount> counts_{};
};

}  // namespace tickgate::gateway
