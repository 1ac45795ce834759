// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "feeds/venues/simulator/history.h"
#include "feeds/venues/simulator/listing.h"
#include "feeds/venues/simulator/random.h"
#include "feeds/venues/simulator/walk.h"
#include "schemas/tick.h"

namespace tickgate::feeds::simulator {

// One pair's made-up market: an integer random walk around the listing's price that never leaves
// a tenth of it, its book, trades between the best prices, and the day's figures. With a Walk it
// keeps near that one, as the market of another venue does too. The book's
// deeper levels are a function of the price, so it costs no memory. One thread.
class Market {
 public:
  Market(schemas::InstrumentId id, const Listing& listing, std::uint64_t salt,
         std::optional<Walk> walk, schemas::Timestamp now);

  // Each gives a whole tick but for the sequence number. move() makes a new top of the book; the
  // others speak of the one there is.
  void move(Random& random, schemas::Timestamp now);
  schemas::Quote quote(schemas::Timestamp now) const;
  schemas::Book book(schemas::Timestamp now);
  schemas::Trade trade(Random& random, schemas::Timestamp now);
  schemas::Ticker ticker(schemas::Timestamp now) const;

  // From now on it keeps nearer to the common walk, its sides farther apart: as those of other
  // venues do so too, the best prices of all are crossed only while one of them leans.
  void calm_down() { stray_ = 0, least_spread_ = 4; }
  // From now on it keeps near so many steps above the common walk.
  void lean(std::int64_t steps) { lean_ = steps; }
  // What the last day was, of which it has seen nothing itself. Mantissas.
  void remember(const Day& day);

  schemas::InstrumentId id() const { return id_; }
  std::int64_t step() const { return step_; }

  // Whether the last book (ticker) is at least 100 ms (1 s) old.
  bool book_due(schemas::Timestamp now) const { return now >= next_book_; }
  bool ticker_due(schemas::Timestamp now) const { return now >= next_ticker_; }
  void ticker_sent(schemas::Timestamp now) {
    next_ticker_ = schemas::Timestamp{now.value() + 1'000'000};
  }

 private:
  std::int64_t aim(schemas::Timestamp now) const;
  schemas::TickHeader header(schemas::Timestamp now) const;
  schemas::Price price(std::int64_t mantissa) const {
    return schemas::Price{{mantissa, price_decimals_}};
  }
  schemas::Quantity size(std::int64_t mantissa) const {
    return schemas::Quantity{{mantissa, size_decimals_}};
  }
  std::int64_t some_size(std::uint64_t bits24) const;

  // Mantissas of price_decimals_ and size_decimals_. What move() needs comes first.
  std::int64_t bid_, ask_, bid_size_ = 1, ask_size_ = 1;
  std::int64_t step_;                      // every price is a multiple of it
  std::int64_t stray_, least_spread_ = 1;  // in steps
  std::int64_t lowest_, highest_;
  std::int64_t most_size_;
  schemas::InstrumentId id_;
  std::uint8_t price_decimals_, size_decimals_;

  std::int64_t open_, high_, low_, last_, volume_;
  std::uint64_t trades_ = 0;
  std::uint64_t books_ = 0;
  std::uint64_t salt_;
  std::int64_t home_;
  std::int64_t lean_ = 0;
  std::optional<Walk> walk_;
  schemas::Timestamp next_book_, next_ticker_;
};

}  // namespace tickgate::feeds::simulator
