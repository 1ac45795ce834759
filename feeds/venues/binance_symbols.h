// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// How Binance spells symbols, and what the URLs of its REST interface say. Pure functions.
namespace tickgate::feeds::binance {

// "BTC-USDT" -> "BTCUSDT".
std::string venue_symbol(std::string_view pair);

// The other way, for captures without an exchangeInfo; empty when no quote that we know fits.
std::string guess_pair(std::string_view venue_symbol);

// "symbol" of "...?symbol=BTCUSDT&limit=1000" -> "BTCUSDT", decoded; empty when it is not there.
std::string parameter_of(std::string_view url, std::string_view name);

// The levels a side that a snapshot was asked for; 100 where the question did not say.
std::size_t limit_of(std::string_view url);

// ["BTCUSDT","ETHUSDT"], as the parameter "symbols" has them, and the other way.
std::string symbols_parameter(std::span<const std::string_view> symbols);
std::vector<std::string> symbols_named(std::string_view url);

}  // namespace tickgate::feeds::binance
