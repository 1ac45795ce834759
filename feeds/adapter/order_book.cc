// SPDX-License-Identifier: Apache-2.0
#include "feeds/adapter/order_book.h"

#include <algorithm>

namespace tickgate::feeds {

using schemas::BookLevel;
using schemas::Price;
using schemas::Quantity;

namespace {

// Below this many, a search for each costs less than to move what lies behind the deepest.
constexpr std::size_t kFewChanges = 4;

bool is_better(BookSide side, Price a, Price b) { return side == BookSide::kBid ? a > b : a < b; }

bool sorted_best_first(BookSide side, std::span<const BookLevel> levels) {
  for (std::size_t i = 1; i < levels.size(); ++i) {
    if (!is_better(side, levels[i - 1].price, levels[i].price)) return false;
  }
  return true;
}

// The first of [first, last) that is not worse than `price`, in steps that grow: it is near.
BookLevel* first_not_worse(BookSide side, BookLevel* first, BookLevel* last, Price price) {
  const auto worse = [side](const BookLevel& level, Price wanted) {
    return is_better(side, wanted, level.price);
  };
  for (std::ptrdiff_t step = 1; last - first > step; step *= 2) {
    if (!worse(first[step - 1], price)) return std::lower_bound(first, first + step, price, worse);
    first += step;
  }
  return std::lower_bound(first, last, price, worse);
}

}  // namespace

void OrderBook::clear() {
  bids_.clear();
  asks_.clear();
  edges_ = {};
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

void OrderBook::apply(BookSide side, std::span<const BookLevel> changes) {
  if (changes.size() > kFewChanges && sorted_best_first(side, changes)) {
    return merge(side, changes);
  }
  for (const auto& change : changes) set(side, change.price, change.size);
}

// Makes room for as many new levels as there are changes, in front of the levels that may move, and
// brings these back one stretch at a time with the changes between them.
void OrderBook::merge(BookSide side, std::span<const BookLevel> changes) {
  auto& levels = side == BookSide::kBid ? bids_ : asks_;
  const auto count = levels.size();
  levels.resize(count + changes.size());
  BookLevel* const begin = levels.data();
  BookLevel* to = std::lower_bound(begin, begin + count, changes.back().price,
                                   [side](const BookLevel& level, Price wanted) {
                                     return is_better(side, wanted, level.price);
                                   });
  BookLevel* const end = begin + levels.size();
  BookLevel* from = std::move_backward(to, begin + count, end);
  for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
    BookLevel* const at = first_not_worse(side, from, end, change->price);
    to = std::move(from, at, to);
    from = at != end && at->price == change->price ? at + 1 : at;
    if (!change->size.value().is_zero()) *to++ = *change;
  }
  to = std::move(from, end, to);
  levels.resize(static_cast<std::size_t>(to - begin));
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

std::size_t OrderBook::known_depth(BookSide side) const {
  const auto& all = levels(side);
  if (!known_until(side) || all.empty() || knows(side, all.front().price)) return all.size();
  const auto known = std::partition_point(
      all.begin(), all.end(), [&](const BookLevel& level) { return !knows(side, level.price); });
  return static_cast<std::size_t>(all.end() - known);
}

OrderBook OrderBook::best(std::size_t levels_per_side) const {
  const auto tail = [&](BookSide side) {
    const auto& all = levels(side);
    const auto count = std::min(levels_per_side, known_depth(side));
    return std::vector<schemas::BookLevel>(all.end() - static_cast<std::ptrdiff_t>(count),
                                           all.end());
  };
  OrderBook out;
  out.bids_ = tail(BookSide::kBid);
  out.asks_ = tail(BookSide::kAsk);
  return out;
}

void OrderBook::write_top(schemas::Book& book, std::size_t depth) const {
  const auto copy_best = [&](BookSide side, auto& to) {
    const auto& from = levels(side);
    auto count = std::min({from.size(), depth, schemas::Book::kMaxDepth});
    while (count > 0 && !knows(side, level(side, count - 1).price)) --count;
    std::copy_n(from.rbegin(), count, to.begin());
    return static_cast<std::uint8_t>(count);
  };
  book.bid_count = copy_best(BookSide::kBid, book.bids);
  book.ask_count = copy_best(BookSide::kAsk, book.asks);
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
