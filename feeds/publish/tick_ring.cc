// SPDX-License-Identifier: Apache-2.0
#include "feeds/publish/tick_ring.h"

namespace tickgate::feeds {
namespace {

using schemas::Book;
using schemas::BookLevel;

// A book without its levels, which follow: the bids, then the asks.
struct BookHead {
  schemas::TickHeader header;
  schemas::Integrity integrity{};
  std::uint8_t bid_count = 0;
  std::uint8_t ask_count = 0;
};
static_assert(std::is_trivially_copyable_v<BookHead>);

template <class T>
std::span<const std::byte, sizeof(T)> bytes_of(const T& value) {
  return std::as_bytes(std::span<const T, 1>(&value, 1));
}

}  // namespace

template <class T>
bool TickRing::push_plain(Tag tag, const T& value) noexcept {
  return ring_.try_push(bytes_of(tag), bytes_of(value));
}

bool TickRing::push(const schemas::Quote& quote) noexcept { return push_plain(Tag::kQuote, quote); }
bool TickRing::push(const schemas::Trade& trade) noexcept { return push_plain(Tag::kTrade, trade); }
bool TickRing::push(const schemas::Ticker& ticker) noexcept {
  return push_plain(Tag::kTicker, ticker);
}
bool TickRing::push(const schemas::InstrumentStatus& status) noexcept {
  return push_plain(Tag::kStatus, status);
}
bool TickRing::push(const schemas::Bar& bar) noexcept { return push_plain(Tag::kBar, bar); }
bool TickRing::push(const schemas::TradeGap& gap) noexcept {
  return push_plain(Tag::kTradeGap, gap);
}
bool TickRing::push(const schemas::Instrument* instrument) noexcept {
  return push_plain(Tag::kInstrument, Announcement{instrument});
}
bool TickRing::push(const Removal& removal) noexcept { return push_plain(Tag::kRemoval, removal); }

bool TickRing::push(const Book& book) noexcept {
  TICKGATE_CHECK(book.bid_count <= Book::kMaxDepth && book.ask_count <= Book::kMaxDepth);
  struct {
    Tag tag;
    BookHead head;
  } const front = {Tag::kBook, {book.header, book.integrity, book.bid_count, book.ask_count}};
  return ring_.try_push(bytes_of(front), std::as_bytes(book.bid_levels()),
                        std::as_bytes(book.ask_levels()));
}

void TickRing::read_book(Bytes body) {
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
