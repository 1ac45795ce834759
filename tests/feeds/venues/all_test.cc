// SPDX-License-Identifier: Apache-2.0
#include "feeds/venues/all.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace tickgate::feeds {
namespace {

TEST(Venues, AreFoundByTheirOwnName) {
  std::set<std::string_view> names;
  for (const Venue& venue : venues()) {
    EXPECT_TRUE(names.insert(venue.facts.name).second) << "twice: " << venue.facts.name;
    EXPECT_EQ(find_venue(venue.facts.name), &venue);
  }
  EXPECT_EQ(find_venue("KRAKEN"), nullptr);
  EXPECT_EQ(find_venue(""), nullptr);
}

TEST(Venues, HaveAnAddressOrMakeTheirMarketUp) {
  for (const Venue& venue : venues()) {
    EXPECT_NE(venue.facts.websocket_url.starts_with("wss://"), venue.facts.made_up)
        << venue.facts.name;
    EXPECT_EQ(venue.make_adapter == nullptr, venue.facts.made_up) << venue.facts.name;
    EXPECT_NE(venue.make_source == nullptr, venue.facts.made_up) << venue.facts.name;
  }
}

// A preset that the venue does not offer would be refused by it at every start.
TEST(Venues, OfferTheDepthThatTheyPreset) {
  for (const Venue& venue : venues()) {
    const auto& depths = venue.facts.book_depths;
    const bool offered = std::ranges::find(depths.offered, depths.preset) != depths.offered.end();
    const bool in_range = depths.least <= depths.preset && depths.preset <= depths.most;
    EXPECT_TRUE(offered || in_range) << venue.facts.name;
  }
}

}  // namespace
}  // namespace tickgate::feeds
