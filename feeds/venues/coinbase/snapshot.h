// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <span>
#include <vector>

#include "feeds/adapter/order_book.h"
#include "feeds/venues/coinbase/messages.h"

namespace tickgate::feeds::coinbase {

// Makes a book of a snapshot of any size and order in n log n steps. Keeps its room.
class SnapshotFiller {
 public:
  // Replaces what is in `book`. Of two levels at one price the later one counts.
  void fill(OrderBook& book, std::span<const LevelUpdate> levels);

 private:
  std::array<std::vector<schemas::BookLevel>, 2> sides_;  // by BookSide
};

}  // namespace tickgate::feeds::coinbase
