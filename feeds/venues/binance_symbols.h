// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// How Binance spells symbols, and what the URLs of its REST interface say. Pure functions.
namespace tickgate::feeds::binance {

// "BTC-USDT" -> "BTCUSDT".
std::string venue_symbol(std::string_view pair);

// The other way, for captures without an exchangeInfo; empty when no quote that we know fits.
std::string guess_pair(std::string_view venue_symbol);

// "symbol=" of "symbol=BTCUSDT&limit=1000" -> "BTCUSDT"; empty when it is not there.
std::string_view value_in(std::string_view query, std::string_view name);

// The levels a side that a snapshot was asked for; 100 where the question did not say.
std::size_t limit_in(std::string_view query);

}  // namespace tickgate::feeds::binance
