// SPDX-License-Identifier: Apache-2.0
#include "feeds/publish/last_value_cache.h"

#include <algorithm>

namespace tickgate::feeds {

void LastValueCache::apply(const schemas::Quote& quote) { quotes_.put(quote); }
void LastValueCache::apply(const schemas::Ticker& ticker) { tickers_.put(ticker); }
void LastValueCache::apply(const schemas::InstrumentStatus& status) { statuses_.put(status); }
void LastValueCache::apply(const schemas::Trade& trade) { trades_.put(trade); }

void LastValueCache::apply(const schemas::Book& book) {
  const std::size_t index = book.header.instrument.value();
  if (index >= books_.size()) books_.resize(index + 1);
  auto& kept = books_[index];
  if (!kept) kept = std::make_unique<schemas::Book>();
  kept->header = book.header;
  kept->integrity = book.integrity;
  kept->bid_count = book.bid_count;
  kept->ask_count = book.ask_count;
  // The used levels only: ten a side are the rule, and a whole book is 1.6 KB.
  std::copy_n(book.bids.begin(), book.bid_count, kept->bids.begin());
  std::copy_n(book.asks.begin(), book.ask_count, kept->asks.begin());
}

void LastValueCache::forget(schemas::InstrumentId id) {
  for (std::size_t i = 0; i < schemas::kChannelCount; ++i) {
    forget(id, static_cast<schemas::Channel>(i));
  }
}

void LastValueCache::forget(schemas::InstrumentId id, schemas::Channel channel) {
  switch (channel) {
    case schemas::Channel::kQuote:
      return quotes_.drop(id);
    case schemas::Channel::kTicker:
      return tickers_.drop(id);
    case schemas::Channel::kStatus:
      return statuses_.drop(id);
    case schemas::Channel::kTrade:
      return trades_.drop(id);
    case schemas::Channel::kBook:
      if (id.value() < books_.size()) books_[id.value()].reset();
      return;
    case schemas::Channel::kBar:  // not here
      return;
  }
}

}  // namespace tickgate::feeds
