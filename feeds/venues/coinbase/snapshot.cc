// SPDX-License-Identifier: Apache-2.0
#include "feeds/venues/coinbase/snapshot.h"

#include <algorithm>
#include <cstddef>

namespace tickgate::feeds::coinbase {

// The venue lists the best levels first, and a book takes them cheaply only the other way round;
// sorting makes sure of it, whatever came.
void SnapshotFiller::fill(OrderBook& book, std::span<const LevelUpdate> levels) {
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

}  // namespace tickgate::feeds::coinbase
