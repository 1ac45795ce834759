// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "feeds/adapter/json_reader.h"
#include "feeds/venues/kraken_messages.h"
#include "schemas/decimal_sum.h"
#include "schemas/tick.h"

// Kraken's rolling 24 hours.
namespace tickgate::feeds::kraken {

// There is no open, but the change of the price since then, in the quote currency: the difference
// is exact, and believed where it is one of the day's prices.
inline void read_open(const Item::Tokens& tokens, schemas::Ticker& ticker) {
  JsonReader of_change;
  const auto change = of_change.decimal(tokens.change, "change");
  const auto open = schemas::difference(ticker.last.value(), change);
  if (!of_change.ok() || !open) return;
  const schemas::Price price{*open};
  ticker.has_open = ticker.low <= price && price <= ticker.high;
  if (ticker.has_open) ticker.open = price;
}

inline void read_ticker(const Item::Tokens& tokens, schemas::Ticker& ticker, JsonReader& reader) {
  ticker.last = reader.price_or_zero(tokens.last, "last");
  ticker.high = reader.price_or_zero(tokens.high, "high");
  ticker.low = reader.price_or_zero(tokens.low, "low");
  ticker.volume = reader.size(tokens.volume, "volume");
  if (reader.ok()) read_open(tokens, ticker);
}

}  // namespace tickgate::feeds::kraken
