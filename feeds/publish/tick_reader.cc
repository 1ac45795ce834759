// SPDX-License-Identifier: Apache-2.0
#include "feeds/publish/tick_reader.h"

namespace tickgate::feeds {

void TickReader::read_book(Bytes body) {
  const auto head = read<BookHead>(body.first(sizeof(BookHead)));
  book_.header = head.header;
  book_.integrity = head.integrity;
  book_.bid_count = head.bid_count;
  book_.ask_count = head.ask_count;
  const auto bids = std::as_bytes(book_.bid_levels());
  const auto asks = std::as_bytes(book_.ask_levels());
  TICKGATE_CHECK(body.size() == sizeof(BookHead) + bids.size() + asks.size());
  std::memcpy(book_.bids.data(), body.data() + sizeof(BookHead), bids.size());
  std::memcpy(book_.asks.data(), body.data() + sizeof(BookHead) + bids.size(), asks.size());
}

}  // namespace tickgate::feeds
