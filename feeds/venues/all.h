// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

#include "feeds/adapter/venue_factory.h"
#include "feeds/adapter/venue_facts.h"

namespace tickgate::feeds {

// A venue of the table: what it says of itself, and what makes its adapter, or its ticks if it is
// made up.
struct Venue {
  const VenueFacts& facts;
  AdapterFactory make_adapter;  // null if made up
  SourceFactory make_source{};  // null unless made up
};

// All there are, in the order in which people are shown them. Any thread.
std::span<const Venue> venues();

// By the word of the configuration, "kraken"; null for another.
const Venue* find_venue(std::string_view name);

}  // namespace tickgate::feeds
