// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "feeds/feed/plausibility.h"
#include "schemas/tick.h"

// What a tick says of an instrument's price, and which of its numbers it is that is off.
namespace tickgate::feeds {

struct TickPrices {
  schemas::Decimal bid, ask;  // zero: nobody's
};

inline TickPrices prices_of(const schemas::Quote& quote) {
  return {quote.bid.value(), quote.ask.value()};
}
inline TickPrices prices_of(const schemas::Book& book) {
  return {book.bid_count > 0 ? book.bids[0].price.value() : schemas::Decimal(),
          book.ask_count > 0 ? book.asks[0].price.value() : schemas::Decimal()};
}
inline TickPrices prices_of(const schemas::Trade& trade) {
  return {trade.price.value(), trade.price.value()};
}
inline TickPrices prices_of(const schemas::Ticker& ticker) {
  return {ticker.last.value(), ticker.last.value()};
}

// The bid, unless it is the ask that is too low.
template <typename Tick>
schemas::Decimal suspect_of(const Tick& tick, const schemas::Decimal& reference) {
  const auto [bid, ask] = prices_of(tick);
  return bid > reference || ask.is_zero() ? bid : ask;
}

// A ticker's price is the last trade's, which may be old: it teaches nothing.
template <typename Tick>
Plausibility::Is judge(Plausibility& prices, const Tick& tick, Monotonic now,
                       const Plausibility::Settings& settings) {
  const auto [bid, ask] = prices_of(tick);
  if constexpr (Tick::kChannel == schemas::Channel::kTicker) {
    return prices.allows(bid, now, settings) ? Plausibility::Is::kPlausible
                                             : Plausibility::Is::kOff;
  } else {
    return prices.judge(bid, ask, now, settings);
  }
}

}  // namespace tickgate::feeds
