// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/full_book.h"

#include <algorithm>
#include <vector>

#include "schemas/json.h"

namespace tickgate::gateway {

std::string full_book_json(const feeds::OrderBook& book, const schemas::Book& top,
                           std::string_view symbol, std::size_t depth) {
  const auto best = [&](feeds::BookSide side) {
    std::vector<schemas::BookLevel> levels;
    const auto count = std::min(depth, book.known_depth(side));
    levels.reserve(count);
    for (std::size_t i = 0; i < count; ++i) levels.push_back(book.level(side, i));
    return levels;
  };
  std::string json;
  append_book_json(json, top.header, top.integrity, depth, best(feeds::BookSide::kBid),
                   best(feeds::BookSide::kAsk), symbol);
  return json;
}

}  // namespace tickgate::gateway
