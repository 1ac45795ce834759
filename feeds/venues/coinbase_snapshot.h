// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "feeds/adapter/order_book.h"
#include "feeds/venues/coinbase_messages.h"

namespace tickgate::feeds::coinbase {

// Makes a book of a snapshot of any size and order in n log n steps: the venue lists the best
// levels first, and a book takes them cheaply only the other way round. Keeps its room.
class SnapshotFiller {
 public:
  // Replaces what is in `book`. Of two levels at one price the later one counts.
  void fill(OrderBook& book, std::span<const LevelUpdate> levels) {
    for (auto& side : sides_) side.clear();
    for (const auto& update : levels) {
      sides_[static_cast<std::size_t>(update.side)].push_back(update.level);
    }
    book.clear();
    for (const auto side : {BookSide::kBid, BookSide::kAsk}) {
      auto& all = sides_[static_cast<std::size_t>(side)];
      std::ranges::stable_sort(all, [side](const auto& a, const auto& b) {
        return side == BookSide::kBid ? a.price < b.price : a.price > b.price;
      });
      for (const auto& level : all) book.set(side, level.price, level.size);
    }
  }

 private:
  std::array<std::vector<schemas::BookLevel>, 2> sides_;  // by BookSide
};

}  // namespace tickgate::feeds::coinbase
