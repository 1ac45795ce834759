// SPDX-License-Identifier: Apache-2.0
#include "feeds/order_book.h"

#include <algorithm>

namespace tickgate::feeds {

using schemas::BookLevel;
using schemas::Price;
using schemas::Quantity;

void OrderBook::clear() {
  bids_.clear();
  asks_.clear();
}

void OrderBook::reserve(std::size_t levels_per_side) {
  bids_.reserve(levels_per_side);
  asks_.reserve(levels_per_side);
}

void OrderBook::set(BookSide side, Price price, Quantity size) {
  auto& levels = side == BookSide::kBid ? bids_ : asks_;
  const auto worse = [side](const BookLevel& level, Price wanted) {
    return side == BookSide::kBid ? level.price < wanted : level.price > wanted;
  };
  const auto at = std::lower_bound(levels.begin(), levels.end(), price, worse);
  const bool there = at != levels.end() && at->price == price;
  if (size.value().is_zero()) {
    if (there) levels.erase(at);
  } else if (there) {
    *at = {price, size};
  } else {
    levels.insert(at, {price, size});
  }
}

void OrderBook::truncate(std::size_t depth) {
  for (auto* levels : {&bids_, &asks_}) {
    if (levels->size() > depth) {
      levels->erase(levels->begin(),
                    levels->end() - static_cast<std::vector<BookLevel>::difference_type>(depth));
    }
  }
}

bool OrderBook::crossed() const {
  return !bids_.empty() && !asks_.empty() && bids_.back().price >= asks_.back().price;
}

void OrderBook::write_top(schemas::Book& book, std::size_t depth) const {
  const auto copy_best = [depth](const std::vector<BookLevel>& from, auto& to) {
    const auto count = std::min({from.size(), depth, schemas::Book::kMaxDepth});
    std::copy_n(from.rbegin(), count, to.begin());
    return static_cast<std::uint8_t>(count);
  };
  book.bid_count = copy_best(bids_, book.bids);
  book.ask_count = copy_best(asks_, book.asks);
}

void OrderBook::write_best(schemas::Quote& quote) const {
  const BookLevel none{};
  const auto& bid = bids_.empty() ? none : bids_.back();
  const auto& ask = asks_.empty() ? none : asks_.back();
  quote.bid = bid.price;
  quote.bid_size = bid.size;
  quote.ask = ask.price;
  quote.ask_size = ask.size;
}

}  // namespace tickgate::feeds
