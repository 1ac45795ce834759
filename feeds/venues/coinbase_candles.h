// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "feeds/adapter/candle_words.h"

// Coinbase's bars of the past: "Get Public Product Candles" in the venue's guide to its REST API.
namespace tickgate::feeds::coinbase {

extern const CandleWords kCandleWords;

}  // namespace tickgate::feeds::coinbase
