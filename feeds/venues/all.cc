// SPDX-License-Identifier: Apache-2.0
#include "feeds/venues/all.h"

#include <algorithm>

#include "feeds/venues/binance.h"
#include "feeds/venues/coinbase.h"
#include "feeds/venues/kraken.h"
#include "feeds/venues/simulator/simulator.h"

namespace tickgate::feeds {

// A new venue is its pair of files, and its line here.
std::span<const Venue> venues() {
  static const Venue kVenues[] = {
      {binance::facts(), binance::make_adapter},
      {coinbase::facts(), coinbase::make_adapter},
      {kraken::facts(), kraken::make_adapter},
      {simulator::facts(), nullptr, simulator::make_source},
  };
  return kVenues;
}

const Venue* find_venue(std::string_view name) {
  const auto all = venues();
  const auto found =
      std::ranges::find(all, name, [](const Venue& venue) { return venue.facts.name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace tickgate::feeds
