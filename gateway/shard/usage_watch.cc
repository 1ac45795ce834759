// SPDX-License-Identifier: Apache-2.0
#include "gateway/shard/usage_watch.h"

#include <algorithm>
#include <new>
#include <utility>

namespace tickgate::gateway {
namespace {

UsageKey key_of(const Grant* grant, const std::string& venue) {
  if (grant == nullptr) return {"anonymous", "", venue, 0};
  return {grant->subject, grant->plan, venue, grant->delay_s};
}

// It is being held to what it is granted now: what ends in that is what it had by the grant before,
// and was noted with it.
bool is_regranted(const Subscriber& client) {
  return client.request != nullptr && client.request->regrants;
}

void add_some(std::set<std::string>& some, const std::string& one) {
  if (!one.empty() && some.size() < UsageDetails::kMost) some.insert(one);
}

}  // namespace

UsageWatch::UsageWatch(Ledger& ledger, std::size_t shard, schemas::Timestamp wall,
                       feeds::Counter& out_of_memory)
    : ledger_(ledger),
      shard_(shard),
      out_of_memory_(out_of_memory),
      wall_(wall),
      looked_at_(wall),
      day_(day_of(wall)),
      today_(day_),
      minute_(minute_of(wall)) {}

std::unique_ptr<UsageCounts> UsageWatch::welcome(std::string address) {
  auto counts = std::make_unique<UsageCounts>();
  counts->observer = this;
  counts->address = std::move(address);
  return counts;
}

// At midnight all are looked at once more for the day that is over, from the beginning, for who was
// looked at before it has used something since. Until that is done all is the old day's, and of its
// last minute.
void UsageWatch::note_time(schemas::Timestamp wall) {
  wall_ = wall;
  today_ = day_of(wall);
  if (today_ == day_) {
    minute_ = minute_of(wall);
  } else if (!closing_) {
    closing_ = true;
    left_ = 0;
    next_ = {};
  }
}

// On a grid that all shards share, so that what they have seen is written together. Behind the
// end of a day at once: the new one begins with whoever is there.
bool UsageWatch::begin_look(Monotonic now, std::size_t clients) {
  if (now < next_) return false;
  next_ = (now / kEvery + 1) * kEvery;
  if (closing_) next_ = {};
  looked_at_ = wall_;
  left_ = clients + 1;
  least_ = clients / kMostPieces + 1;
  ++look_;
  return true;
}

void UsageWatch::end_look() {
  left_ = 0;
  put();
  if (!std::exchange(closing_, false)) return;
  day_ = today_;
  minute_ = minute_of(wall_);
  known_.clear();
}

void UsageWatch::put() {
  notes_.fill({});
  ledger_.put(shard_, day_, looked_at_, std::exchange(table_, {}));
}

void UsageWatch::end() {
  looked_at_ = wall_;
  put();
}

UsageWatch::Notes& UsageWatch::notes_of(const Subscriber& client, std::uint8_t venue,
                                        const VenueIndex& venues) {
  if (client.grant != noted_grant_ || &venues != noted_venues_) {
    notes_.fill({});
    noted_grant_ = client.grant;
    noted_venues_ = &venues;
  }
  auto& notes = notes_[venue];
  if (notes.seen == nullptr) {
    const auto key = key_of(client.grant.get(), venues.name(venue));
    notes = {&table_[key], &known_[key]};
  }
  return notes;
}

// Once a minute, under one grant; and once in the count of those that are there at once.
void UsageWatch::note_present(Subscriber& client, std::uint8_t venue, const VenueIndex& venues) {
  auto& counts = *client.usage;
  const auto bit = std::uint32_t{1} << venue;
  if ((counts.entered & bit) == 0 && counts.slots[venue] > 0) {
    ledger_.peaks().enter(key_of(client.grant.get(), venues.name(venue)), today_);
    counts.entered |= bit;
  }
  if (std::exchange(counts.minute, minute_) != minute_) counts.present = 0;
  if ((counts.present & bit) != 0) return;
  auto& seen = *notes_of(client, venue, venues).seen;
  seen.minutes.add(static_cast<std::uint32_t>(minute_ % Minutes::kDay));
  if (client.grant != nullptr) add_some(seen.details.credentials, client.grant->credential);
  add_some(seen.details.addresses, counts.address);
  if (std::exchange(counts.day, day_.value()) != day_.value()) counts.counted = 0;
  if ((counts.counted & bit) == 0) ++seen.connections;
  counts.counted |= bit;
  counts.present |= bit;
}

void UsageWatch::note_slot(const Subscriber& client, const Slot& slot, const VenueIndex& venues,
                           const std::string& symbol) {
  auto& [seen, known] = notes_of(client, venues.of(slot.instrument), venues);
  auto& details = seen->details;
  details.channels |= static_cast<std::uint8_t>(1U << static_cast<unsigned>(slot.channel));
  if (slot.channel == schemas::Channel::kBook) details.depth = std::max(details.depth, slot.depth);
  const auto id = slot.instrument.value();
  if (id / 64 >= known->size()) known->resize(id / 64 + 1);
  if (((*known)[id / 64] >> id % 64 & 1U) != 0) return;
  seen->symbols.emplace_back(id, symbol);
  (*known)[id / 64] |= std::uint64_t{1} << id % 64;
}

// Who has been sent something and has no subscription left was present when it ended.
void UsageWatch::note_all(Subscriber& client, const FanOut& fan_out) {
  auto& counts = *client.usage;
  const auto& venues = fan_out.venues();
  for (std::uint8_t venue = 0; venue < VenueIndex::kMost; ++venue) {
    if (counts.slots[venue] > 0) note_present(client, venue, venues);
    if (counts.updates[venue] == 0) continue;
    notes_of(client, venue, venues).seen->updates += counts.updates[venue];
    counts.updates[venue] = 0;
  }
  if (is_regranted(client)) return;
  client.outbox.for_each([&](SlotIndex, const Slot& slot) {
    note_slot(client, slot, venues, fan_out.instruments()[slot.instrument.value()]->symbol);
  });
}

void UsageWatch::look_at(Subscriber& client, const FanOut& fan_out) {
  if (client.usage == nullptr || std::exchange(client.usage->look, look_) == look_) return;
  note_all(client, fan_out);
}

// It has no subscription to anything of this venue any more, or not under this grant.
void UsageWatch::depart(Subscriber& client, std::uint8_t venue, const VenueIndex& venues) {
  const auto bit = std::uint32_t{1} << venue;
  if ((client.usage->entered & bit) == 0) return;
  client.usage->entered &= ~bit;
  ledger_.peaks().leave(key_of(client.grant.get(), venues.name(venue)), today_);
}

// A credential that is renewed is noted with the next look; and so is who has another plan and is
// there.
void UsageWatch::regrant(Subscriber& client, const FanOut& fan_out, const Grant* next) {
  if (client.usage == nullptr) return;
  note_all(client, fan_out);
  auto& counts = *client.usage;
  counts.present = 0;
  if (key_of(client.grant.get(), {}) == key_of(next, {})) return;
  counts.counted = 0;
  for (std::uint8_t i = 0; i < VenueIndex::kMost; ++i) depart(client, i, fan_out.venues());
}

void UsageWatch::leave(Subscriber& client, const FanOut& fan_out) {
  if (client.usage == nullptr) return;
  note_all(client, fan_out);
  for (std::uint8_t i = 0; i < VenueIndex::kMost; ++i) depart(client, i, fan_out.venues());
  client.usage.reset();
}

template <typename Work>
void UsageWatch::note_alone(Work work) noexcept {
  try {
    work();
  } catch (const std::bad_alloc&) {
    out_of_memory_.add();
  }
}

void UsageWatch::on_begun(Subscriber& client, const Slot& slot, const Market& market) noexcept {
  const auto venue = market.venues().of(slot.instrument);
  ++client.usage->slots[venue];
  note_alone([&] { note_present(client, venue, market.venues()); });
}

void UsageWatch::on_changing(Subscriber& client, const Slot& slot, const Market& market) noexcept {
  const auto& symbol = market.instruments()[slot.instrument.value()]->symbol;
  note_alone([&] { note_slot(client, slot, market.venues(), symbol); });
}

void UsageWatch::on_ending(Subscriber& client, const Slot& slot, const Market& market) noexcept {
  const auto venue = market.venues().of(slot.instrument);
  if (!is_regranted(client)) {
    note_alone([&] { note_present(client, venue, market.venues()); });
    on_changing(client, slot, market);
  }
  if (--client.usage->slots[venue] > 0) return;
  note_alone([&] { depart(client, venue, market.venues()); });
}

}  // namespace tickgate::gateway
