// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "feeds/adapter/venue_factory.h"
#include "schemas/decimal.h"

namespace tickgate::feeds::simulator {

// What the made-up venue lists, and around which price each pair walks.
struct Listing {
  std::string pair;            // "BTC-USD"
  schemas::Decimal price;      // with the pair's price decimals
  schemas::Decimal most_size;  // an order is no larger; with the pair's size decimals
};

using Names = SourceNames;

// kMarket: numbered ones follow the 24th. kGenerated: with made-up prices.
std::vector<Listing> make_listings(Names names, std::size_t count, std::uint64_t seed);

}  // namespace tickgate::feeds::simulator
