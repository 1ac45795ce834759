// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "feeds/publish/demand.h"
#include "gateway/fanout/monotonic.h"
#include "gateway/fanout/outbox.h"
#include "schemas/ids.h"

namespace tickgate::gateway {

struct Subscriber;

// Those who want one channel of one instrument (of bars: of one length) at one interval: they are
// marked together.
struct SubscriptionGroup {
  struct Member {
    Subscriber* subscriber;
    SlotIndex slot;
  };

  schemas::InstrumentId instrument;
  schemas::Channel channel{};
  std::uint8_t bar = 0;  // of bars: their schemas::Interval
  bool waiting = false;  // for its next round
  std::uint32_t interval_ms = 0;
  Monotonic marked_at{};  // when its members were last marked
  std::vector<Member> members;
};

// Who wants what on this shard. Adding and removing take constant time, but for the number of
// different intervals at one instrument and channel. Its shard's thread only.
class Subscriptions {
 public:
  // Which channels of which instruments are followed is counted there from now on; it outlives
  // this.
  void report_to(feeds::Demand& demand) { demand_ = &demand; }

  // At the interval that the slot has now; remove() before it is given another. Without memory
  // (std::bad_alloc) the slot is in no group.
  void add(Subscriber& subscriber, SlotIndex slot);
  // A group that is empty after it is freed, unless it is waiting: then with round_over(). Nothing
  // for a slot that is in none. Allocates nothing.
  void remove(Subscriber& subscriber, SlotIndex slot);
  // Waits no more; freed if all its members have left meanwhile.
  void round_over(SubscriptionGroup& group);

  // Its groups, by interval; some may be empty. Each stays where it is until it is freed.
  using SubscriptionGroups = std::vector<std::unique_ptr<SubscriptionGroup>>;
  std::span<const std::unique_ptr<SubscriptionGroup>> of(schemas::InstrumentId instrument,
                                                         schemas::Channel channel) const;
  // Of all its groups together.
  std::size_t members(schemas::InstrumentId instrument, schemas::Channel channel) const;
  std::size_t count(schemas::Channel channel) const {
    return counts_[static_cast<std::size_t>(channel)];
  }
  std::span<const std::size_t> counts() const { return counts_; }  // by channel
  // How many there are of each interval (milliseconds) in use, on all channels, the shortest first.
  const std::map<std::uint32_t, std::size_t>& intervals() const { return intervals_; }

 private:
  using Channels = std::array<SubscriptionGroups, schemas::kChannelCount>;

  static SubscriptionGroups::iterator find(SubscriptionGroups& all, const Slot& slot,
                                           std::uint32_t interval_ms);
  SubscriptionGroups& groups(schemas::InstrumentId instrument, schemas::Channel channel);
  void release(const SubscriptionGroup& group);

  feeds::Demand* demand_ = nullptr;
  std::vector<std::unique_ptr<Channels>> by_instrument_;
  std::array<std::size_t, schemas::kChannelCount> counts_{};
  std::map<std::uint32_t, std::size_t> intervals_;
};

}  // namespace tickgate::gateway
