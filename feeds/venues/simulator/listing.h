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

// With market names a tick in so many is a trade. Its size is the smaller of two, its own and that
// of the order there, each anything up to most_size: so on average this part of it.
inline constexpr std::uint32_t kTicksPerTrade = 5;
inline constexpr std::int64_t kTradesPerMostSize = 3;

// kMarket: numbered ones follow the 24th. kGenerated: with made-up prices.
std::vector<Listing> make_listings(Names names, std::size_t count, std::uint64_t seed);

}  // namespace tickgate::feeds::simulator
