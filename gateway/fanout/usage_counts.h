// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "schemas/instrument.h"

namespace tickgate::gateway {

class Market;
struct Slot;
struct Subscriber;

// The venues of a shard's instruments by number, in the order in which they appeared. Its shard's
// thread only.
class VenueIndex {
 public:
  static constexpr std::size_t kMost = 32;  // the last stands for all beyond it

  void add(const schemas::Instrument& instrument);
  std::uint8_t of(schemas::InstrumentId id) const { return of_[id.value()]; }
  // As it stands in symbols: "KRAKEN". It stays what it is.
  const std::string& name(std::uint8_t venue) const { return names_[venue]; }

 private:
  std::vector<std::uint8_t> of_;  // by instrument
  std::vector<std::string> names_;
};

// Told of each subscription of whoever has UsageCounts: so that what lasts shorter than from one
// look to the next is seen too. Its shard's thread only.
class UsageObserver {
 public:
  virtual ~UsageObserver() = default;
  // It was added to its outbox.
  virtual void on_begun(Subscriber& subscriber, const Slot& slot,
                        const Market& market) noexcept = 0;
  // It is about to be another one: of a book with another depth.
  virtual void on_changing(Subscriber& subscriber, const Slot& slot,
                           const Market& market) noexcept = 0;
  // It is about to be removed from its outbox.
  virtual void on_ending(Subscriber& subscriber, const Slot& slot,
                         const Market& market) noexcept = 0;
};

// What the usage ledger knows of one client between two looks. Null where there is no ledger.
struct UsageCounts {
  std::array<std::uint32_t, VenueIndex::kMost> updates{};  // by venue, since it was looked at last
  std::array<std::uint32_t, VenueIndex::kMost> slots{};    // subscriptions there are, by venue
  std::uint32_t counted = 0;  // a bit for each venue: counted as a connection on `day`
  std::uint32_t present = 0;  // likewise: noted in `minute` as one who has a subscription
  std::uint32_t entered = 0;  // likewise: in the count of those that have one at once
  std::int32_t day = -1;
  std::int64_t minute = -1;  // since 1970
  std::uint32_t look = 0;    // the last one it was looked at in
  UsageObserver* observer = nullptr;
  std::string address;  // as far as it may be written; or empty
};

}  // namespace tickgate::gateway
