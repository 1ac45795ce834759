// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "schemas/decimal.h"

namespace tickgate::feeds::simulator {

// What the made-up venue lists, and around which price each pair walks.
struct Listing {
  std::string pair;            // "BTC-USD"
  schemas::Decimal price;      // with the pair's price decimals
  schemas::Decimal most_size;  // an order is no larger; with the pair's size decimals
};

// kMarket: names one knows, BTC-USD first, and numbered ones after the 24th. kGenerated:
// S0000-USD, S0001-USD and so on, with made-up prices.
enum class Names : std::uint8_t { kMarket, kGenerated };

std::vector<Listing> make_listings(Names names, std::size_t count, std::uint64_t seed);

}  // namespace tickgate::feeds::simulator
