// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "feeds/adapter/order_book.h"
#include "schemas/tick.h"

namespace tickgate::feeds {

// Two channels of a venue tell of one symbol's best prices: its quote, or ticker, and the book that
// we make of its changes. Neither is on time, so a best price of the book is in order when it lies
// between those that the quotes of the last second or two had, or have before the book's next
// change: either may come first. One that does not, for longer than delays explain and while both
// channels go on, is evidence that the book is wrong. One thread; the clock is the received time of
// the frames.
class Contradiction {
 public:
  static constexpr std::int64_t kSpan = 1'000'000;  // microseconds
  static constexpr int kInARow = 3;                 // of the book and of the quotes

  void forget() { *this = Contradiction(); }
  // What the quote says. `id` where the venue counts quotes and changes of the book by one count.
  void heard(schemas::Price bid, schemas::Price ask, schemas::Timestamp now, std::uint64_t id = 0) {
    if (quotes_ == 0) {
      older_ = newer_ = Range(bid, ask, id);
      since_ = now;
    } else {
      turn(now);
      if (bid != bid_ || ask != ask_) newer_.widen(bid, ask);
    }
    bid_ = bid;
    ask_ = ask;
    id_ = id;
    if (books_ > 0 && has(BookSide::kBid, book_bid_) && has(BookSide::kAsk, book_ask_)) {
      patience_ = kSpan;
      books_ = 0;
    }
    quotes_ = std::min(quotes_ + 1, kMany);
  }
  bool knows() const { return quotes_ > 0; }
  std::uint64_t last_id() const { return id_; }

  // Whether the quotes have lately had such a price as the best; zero is an empty side.
  bool allows(BookSide side, schemas::Price price, schemas::Timestamp now) {
    if (quotes_ == 0) return false;
    turn(now);
    return has(side, price);
  }

  // At each change of the book: whether the book must be made anew. Where that mends nothing the
  // next time is ever later: perhaps it is the quote that lies.
  bool convicts(const OrderBook& book, schemas::Timestamp now,
                std::uint64_t id = std::numeric_limits<std::uint64_t>::max()) {
    if (quotes_ == 0) return false;
    turn(now);
    const bool comparable = id >= older_.first_id;  // else the book is merely late
    book_bid_ = best(book, BookSide::kBid);
    book_ask_ = best(book, BookSide::kAsk);
    if (!comparable || (has(BookSide::kBid, book_bid_) && has(BookSide::kAsk, book_ask_))) {
      if (comparable) patience_ = kSpan;
      books_ = 0;
      return false;
    }
    if (books_ == 0) {
      began_ = now;
      quotes_ = 1;
    }
    books_ = std::min(books_ + 1, kMany);
    if (books_ < kInARow || quotes_ <= kInARow || now.value() - began_.value() <= patience_) {
      return false;
    }
    books_ = 0;
    patience_ = std::min(2 * patience_, kLongest);
    return true;
  }

 private:
  static constexpr int kMany = 1000;
  static constexpr std::int64_t kLongest = 120 * kSpan;

  struct Range {
    Range() = default;
    Range(schemas::Price bid, schemas::Price ask, std::uint64_t id)
        : least_bid(bid), most_bid(bid), least_ask(ask), most_ask(ask), first_id(id) {}
    void widen(schemas::Price bid, schemas::Price ask) {
      least_bid = std::min(least_bid, bid);
      most_bid = std::max(most_bid, bid);
      least_ask = std::min(least_ask, ask);
      most_ask = std::max(most_ask, ask);
    }
    bool has(BookSide side, schemas::Price price) const {
      return side == BookSide::kBid ? price >= least_bid && price <= most_bid
                                    : price >= least_ask && price <= most_ask;
    }
    schemas::Price least_bid, most_bid, least_ask, most_ask;
    std::uint64_t first_id = 0;
  };

  bool has(BookSide side, schemas::Price price) const {
    return older_.has(side, price) || newer_.has(side, price);
  }
  static schemas::Price best(const OrderBook& book, BookSide side) {
    return book.depth(side) == 0 ? schemas::Price() : book.level(side, 0).price;
  }
  // The range of the last second becomes the older one. What stood last holds on.
  void turn(schemas::Timestamp now) {
    const auto age = now.value() - since_.value();
    if (age >= 0 && age < kSpan) [[likely]]
      return;
    older_ = age >= 0 && age < 2 * kSpan ? newer_ : Range(bid_, ask_, id_);
    newer_ = Range(bid_, ask_, id_);
    since_ = now;
  }

  Range older_, newer_;                 // of prices
  schemas::Timestamp since_{0};         // of the newer one
  schemas::Price bid_, ask_;            // of the last quote
  schemas::Price book_bid_, book_ask_;  // of the book's last change
  std::uint64_t id_ = 0;
  int quotes_ = 0;  // since the contradiction began
  int books_ = 0;   // in a row that contradict
  schemas::Timestamp began_{0};
  std::int64_t patience_ = kSpan;
};

}  // namespace tickgate::feeds
