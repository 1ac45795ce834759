// SPDX-License-Identifier: Apache-2.0
#include "gateway/shard/usage_watch.h"

#include <algorithm>
#include <utility>

namespace tickgate::gateway {
namespace {

UsageKey key_of(const Grant* grant, const std::string& venue) {
  if (grant == nullptr) return {"anonymous", "", venue, 0};
  return {grant->subject, grant->plan, venue, grant->delay_s};
}

}  // namespace

// The minute in which it looks; a day that is over is put first.
void UsageWatch::note_day(schemas::Timestamp wall) {
  minute_ = minute_of(wall);
  const auto day = day_of(wall);
  if (day == day_) return;
  put();
  day_ = day;
  known_.clear();
}

void UsageWatch::put() {
  if (day_.value() >= 0) ledger_.put(shard_, day_, std::exchange(table_, {}));
}

void UsageWatch::look_at(Subscriber& client, const FanOut& fan_out, const std::string& address) {
  if (client.usage == nullptr || client.usage->look == look_) return;
  client.usage->look = look_;
  add(client, fan_out, address, true);
}

// He is open nowhere any more; in a look that had seen him he is, until the next.
void UsageWatch::leave(Subscriber& client, const FanOut& fan_out, const std::string& address,
                       schemas::Timestamp now) {
  if (client.usage == nullptr) return;
  if (left_ == 0) note_day(now);
  add(client, fan_out, address, false);
}

// A credential that is renewed changes nothing of this; another plan is begun by whoever is there.
void UsageWatch::regrant(Subscriber& client, const FanOut& fan_out, const std::string& address,
                         const Grant* next, schemas::Timestamp now) {
  if (client.usage == nullptr) return;
  if (left_ == 0) note_day(now);
  add(client, fan_out, address, false);
  if (key_of(client.grant.get(), {}) != key_of(next, {})) client.usage->counted = 0;
}

void UsageWatch::add(Subscriber& client, const FanOut& fan_out, const std::string& address,
                     bool stays) {
  auto& counts = *client.usage;
  if (std::exchange(counts.day, day_.value()) != day_.value()) counts.counted = 0;
  const auto& venues = fan_out.venues();
  Seen seen{};
  std::array<std::vector<std::uint64_t>*, VenueIndex::kMost> known{};
  const auto find = [&](std::uint8_t venue) {
    const auto key = key_of(client.grant.get(), venues.name(venue));
    seen[venue] = &table_[key];
    known[venue] = &known_[key];
    seen[venue]->minutes.add(minute_);
    if (client.grant != nullptr) {
      seen[venue]->details.credentials.insert(client.grant->credential);
    }
    if (!address.empty() && seen[venue]->details.addresses.size() < UsageDetails::kMost) {
      seen[venue]->details.addresses.insert(address);
    }
  };
  client.outbox.for_each([&](SlotIndex, const Slot& slot) {
    const auto venue = venues.of(slot.instrument);
    if (seen[venue] == nullptr) find(venue);
    auto& details = seen[venue]->details;
    details.channels |= static_cast<std::uint8_t>(1U << static_cast<unsigned>(slot.channel));
    if (slot.channel == schemas::Channel::kBook) {
      details.depth = std::max(details.depth, slot.depth);
    }
    const auto id = slot.instrument.value();
    auto& bits = *known[venue];
    if (id / 64 >= bits.size()) bits.resize(id / 64 + 1);
    if ((bits[id / 64] >> id % 64 & 1U) != 0) return;
    seen[venue]->symbols.emplace_back(id, fan_out.instruments()[id]->symbol);
    bits[id / 64] |= std::uint64_t{1} << id % 64;
  });
  for (std::size_t i = 0; i < counts.updates.size(); ++i) {
    const auto venue = static_cast<std::uint8_t>(i);
    const bool subscribes = seen[venue] != nullptr;
    if (!subscribes && counts.updates[venue] == 0) continue;
    if (!subscribes) find(venue);
    seen[venue]->updates += std::exchange(counts.updates[venue], 0);
    const auto bit = std::uint32_t{1} << venue;
    if ((counts.counted & bit) == 0) ++seen[venue]->connections;
    counts.counted |= bit;
    if (stays && subscribes) ++seen[venue]->open;
  }
}

}  // namespace tickgate::gateway
