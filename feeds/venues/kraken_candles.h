// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "feeds/adapter/candle_words.h"

// Kraken's bars of the past: "Get OHLC Data" in the venue's guide to its REST API.
namespace tickgate::feeds::kraken {

extern const CandleWords kCandleWords;

// As REST names a pair: "BTC/USD" -> "XBTUSD".
std::string rest_name(std::string_view symbol);

}  // namespace tickgate::feeds::kraken
