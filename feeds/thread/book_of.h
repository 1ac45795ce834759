// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "feeds/adapter/order_book.h"
#include "schemas/tick.h"

namespace tickgate::feeds {

// What the book of a feed without a full-depth one holds: its published levels.
inline OrderBook book_of(const schemas::Book& top) {
  OrderBook book;
  for (const auto& level : top.bid_levels()) book.set(BookSide::kBid, level.price, level.size);
  for (const auto& level : top.ask_levels()) book.set(BookSide::kAsk, level.price, level.size);
  return book;
}

}  // namespace tickgate::feeds
