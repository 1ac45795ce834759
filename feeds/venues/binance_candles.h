// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "feeds/adapter/candle_words.h"

// Binance's bars of the past: "Kline/Candlestick data" in the venue's rest-api.md.
namespace tickgate::feeds::binance {

extern const CandleWords kCandleWords;

}  // namespace tickgate::feeds::binance
