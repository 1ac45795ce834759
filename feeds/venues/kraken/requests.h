// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

// What we say to Kraken, and how it spells a pair.
namespace tickgate::feeds::kraken {

// "BTC-USD" -> "BTC/USD".
std::string venue_symbol(std::string_view pair);
// "BTC/USD" -> "BTC-USD"; empty when it is no pair.
std::string pair_of(std::string_view venue_symbol);

// The least depth the venue offers that is no less than `wanted`; 25 for 0.
std::size_t subscribable_depth(std::size_t wanted);

// `depth` 0: a channel without one. No symbols: a channel that has none.
std::string subscribe(std::string_view channel, std::span<const std::string> venue_symbols,
                      std::size_t depth, std::uint64_t request_id);
std::string unsubscribe(std::string_view channel, std::span<const std::string> venue_symbols,
                        std::size_t depth, std::uint64_t request_id);

}  // namespace tickgate::feeds::kraken
