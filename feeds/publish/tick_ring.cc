// SPDX-License-Identifier: Apache-2.0
#include "feeds/publish/tick_ring.h"

namespace tickgate::feeds {
namespace {

using schemas::Book;

template <class T>
auto bytes_of(const T& value) {
  return std::as_bytes(std::span<const T, 1>(&value, 1));
}

}  // namespace

template <class T>
bool TickRing::push_plain(TickTag tag, const T& value) noexcept {
  return ring_.try_push(bytes_of(tag), bytes_of(value));
}

bool TickRing::push(const schemas::Quote& quote) noexcept {
  return push_plain(TickTag::kQuote, quote);
}
bool TickRing::push(const schemas::Trade& trade) noexcept {
  return push_plain(TickTag::kTrade, trade);
}
bool TickRing::push(const schemas::Ticker& ticker) noexcept {
  return push_plain(TickTag::kTicker, ticker);
}
bool TickRing::push(const schemas::InstrumentStatus& status) noexcept {
  return push_plain(TickTag::kStatus, status);
}
bool TickRing::push(const schemas::Bar& bar) noexcept { return push_plain(TickTag::kBar, bar); }
bool TickRing::push(const schemas::TradeGap& gap) noexcept {
  return push_plain(TickTag::kTradeGap, gap);
}
bool TickRing::push(const schemas::Instrument* instrument) noexcept {
  return push_plain(TickTag::kInstrument, instrument);
}
bool TickRing::push(const Removal& removal) noexcept {
  return push_plain(TickTag::kRemoval, removal);
}
bool TickRing::push(const Forgotten& forgotten) noexcept {
  return push_plain(TickTag::kForgotten, forgotten);
}
bool TickRing::push(const Epoch& epoch) noexcept { return push_plain(TickTag::kEpoch, epoch); }

bool TickRing::push(const Book& book) noexcept {
  TICKGATE_CHECK(book.bid_count <= Book::kMaxDepth && book.ask_count <= Book::kMaxDepth);
  struct {
    TickTag tag;
    BookHead head;
  } const front = {TickTag::kBook, {book.header, book.integrity, book.bid_count, book.ask_count}};
  return ring_.try_push(bytes_of(front), std::as_bytes(book.bid_levels()),
                        std::as_bytes(book.ask_levels()));
}

}  // namespace tickgate::feeds
