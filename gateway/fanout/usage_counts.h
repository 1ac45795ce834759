// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "schemas/instrument.h"

namespace tickgate::gateway {

// The venues of a shard's instruments by number, in the order in which they appeared. Its shard's
// thread only.
class VenueIndex {
 public:
  static constexpr std::size_t kMost = 32;  // the last stands for all beyond it

  void add(const schemas::Instrument& instrument);
  std::uint8_t of(schemas::InstrumentId id) const { return of_[id.value()]; }
  // As it stands in symbols: "KRAKEN".
  const std::string& name(std::uint8_t venue) const { return names_[venue]; }

 private:
  std::vector<std::uint8_t> of_;  // by instrument
  std::vector<std::string> names_;
};

// What the usage ledger knows of one client between two looks. Null where there is no ledger.
struct UsageCounts {
  std::array<std::uint32_t, VenueIndex::kMost> updates{};  // by venue, since it was looked at last
  std::uint32_t counted = 0;  // a bit for each venue: counted as a connection on `day`
  std::int32_t day = -1;
  std::uint32_t look = 0;  // the last one it was looked at in
};

}  // namespace tickgate::gateway
