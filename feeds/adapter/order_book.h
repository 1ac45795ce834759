// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "schemas/tick.h"

namespace tickgate::feeds {

enum class BookSide : std::uint8_t { kBid, kAsk };

// A full-depth order book: each side a sorted vector with its best level last, because nearly
// every change is near the best and then moves few levels. Keyed by value: "65239" and "65239.0"
// are one level, which keeps the digits sent last. One thread.
class OrderBook {
 public:
  void clear();
  void reserve(std::size_t levels_per_side);
  // Sets the level's size; a size of zero removes it (removing what is not there is nothing).
  void set(BookSide side, schemas::Price price, schemas::Quantity size);
  // The same for each of `changes`, in their order. When they are sorted, best first, as Binance
  // sends them, the levels behind the deepest one move twice in all and not once for each.
  void apply(BookSide side, std::span<const schemas::BookLevel> changes);
  // Keeps the best `depth` levels of each side (venues that send no delete for what falls out).
  void truncate(std::size_t depth);

  // Of a side nothing is known beyond this price but what has changed there since: such levels are
  // kept, and not shown. clear() ends it.
  void known_until(BookSide side, schemas::Price worst) { edge(side) = worst; }
  const std::optional<schemas::Price>& known_until(BookSide side) const {
    return edges_[static_cast<std::size_t>(side)];
  }
  bool knows(BookSide side, schemas::Price price) const {
    const auto& worst = known_until(side);
    return !worst || (side == BookSide::kBid ? price >= *worst : price <= *worst);
  }
  // How many levels are shown, the best ones.
  std::size_t known_depth(BookSide side) const;

  std::size_t depth(BookSide side) const { return levels(side).size(); }
  // 0 is the best.
  const schemas::BookLevel& level(BookSide side, std::size_t index) const {
    const auto& all = levels(side);
    return all[all.size() - 1 - index];
  }
  // Best bid at or above best ask.
  bool crossed() const;

  // The best so many known levels of each side, as a book of its own.
  OrderBook best(std::size_t levels_per_side) const;
  // Fills the levels and counts of `book` (the best 25 or `depth` that are known), nothing else.
  void write_top(schemas::Book& book, std::size_t depth = schemas::Book::kMaxDepth) const;
  // Fills prices and sizes of `quote`; an empty side is zero.
  void write_best(schemas::Quote& quote) const;

 private:
  const std::vector<schemas::BookLevel>& levels(BookSide side) const {
    return side == BookSide::kBid ? bids_ : asks_;
  }
  std::optional<schemas::Price>& edge(BookSide side) {
    return edges_[static_cast<std::size_t>(side)];
  }

  void merge(BookSide side, std::span<const schemas::BookLevel> changes);

  std::vector<schemas::BookLevel> bids_;  // ascending
  std::vector<schemas::BookLevel> asks_;  // descending
  std::array<std::optional<schemas::Price>, 2> edges_;
};

}  // namespace tickgate::feeds
