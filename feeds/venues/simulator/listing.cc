// SPDX-License-Identifier: Apache-2.0
#include "feeds/venues/simulator/listing.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "feeds/venues/simulator/random.h"
#include "schemas/check.h"

namespace tickgate::feeds::simulator {
namespace {

using schemas::Decimal;

struct Known {
  std::string_view pair, price, most_size;
};

constexpr std::array<Known, 24> kKnown = {{
    {"BTC-USD", "67123.45", "2.50000000"},       {"ETH-USD", "3521.18", "40.00000000"},
    {"SOL-USD", "171.420", "600.000000"},        {"XRP-USD", "0.52340", "90000.0000"},
    {"DOGE-USD", "0.123450", "400000.000"},      {"ADA-USD", "0.45120", "120000.0000"},
    {"AVAX-USD", "35.210", "1500.00000"},        {"LINK-USD", "14.8720", "4000.00000"},
    {"DOT-USD", "6.5430", "9000.00000"},         {"LTC-USD", "84.310", "700.000000"},
    {"BCH-USD", "412.55", "140.0000000"},        {"UNI-USD", "9.8710", "5000.00000"},
    {"ATOM-USD", "8.4120", "6000.00000"},        {"XLM-USD", "0.108430", "500000.000"},
    {"ETC-USD", "26.130", "2000.00000"},         {"FIL-USD", "5.6120", "9000.00000"},
    {"AAVE-USD", "98.740", "500.000000"},        {"SHIB-USD", "0.0000243100", "2000000000"},
    {"PEPE-USD", "0.00001123400", "5000000000"}, {"BTC-EUR", "61874.20", "1.80000000"},
    {"ETH-EUR", "3245.91", "25.00000000"},       {"ETH-BTC", "0.0524600", "30.00000000"},
    {"SOL-BTC", "0.00255400", "400.000000"},     {"BTC-USDT", "67130.02", "3.00000000"},
}};

// From about 1 to 1000, in steps of a hundredth.
Decimal made_up_price(std::uint64_t seed, std::size_t index) {
  Random random(seed ^ scatter(index + 1));
  return {static_cast<std::int64_t>(100 + random.below(100'000)), 2};
}

}  // namespace

std::vector<Listing> make_listings(Names names, std::size_t count, std::uint64_t seed) {
  std::vector<Listing> listings;
  listings.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (names == Names::kMarket && i < kKnown.size()) {
      const auto price = schemas::parse_decimal(kKnown[i].price);
      const auto most_size = schemas::parse_decimal(kKnown[i].most_size);
      TICKGATE_CHECK(price && most_size);
      listings.push_back({std::string(kKnown[i].pair), *price, *most_size});
    } else {
      const std::string_view letter = names == Names::kMarket ? "C" : "S";
      const auto pair = fmt::format("{}{:04}-USD", letter, i);
      listings.push_back({pair, made_up_price(seed, i), {100'00000000, 8}});
    }
  }
  return listings;
}

}  // namespace tickgate::feeds::simulator
