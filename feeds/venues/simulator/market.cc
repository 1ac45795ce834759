// SPDX-License-Identifier: Apache-2.0
#include "feeds/venues/simulator/market.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "schemas/check.h"

namespace tickgate::feeds::simulator {

using schemas::Timestamp;

namespace {

constexpr std::int64_t kBookInterval = 100'000;  // microseconds
// So many steps a market strays from the common walk before it turns back.
constexpr std::int64_t kStray = 3;

// A two hundred thousandth of the price, rounded down to 1, 2 or 5 times a power of ten.
std::int64_t natural_step(std::int64_t price) {
  std::int64_t step = 1;
  while (step * 10 <= price / 200'000) step *= 10;
  if (step * 5 <= price / 200'000) return step * 5;
  if (step * 2 <= price / 200'000) return step * 2;
  return step;
}

}  // namespace

Market::Market(schemas::InstrumentId id, const Listing& listing, std::uint64_t salt,
               std::optional<Walk> walk, Timestamp now)
    : step_(natural_step(listing.price.mantissa)),
      stray_(kStray),
      most_size_(listing.most_size.mantissa),
      id_(id),
      price_decimals_(static_cast<std::uint8_t>(listing.price.decimals)),
      size_decimals_(static_cast<std::uint8_t>(listing.most_size.decimals)),
      salt_(salt),
      home_(listing.price.mantissa / step_ * step_),
      walk_(walk) {
  const auto span = std::max<std::int64_t>(home_ / 10 / step_, 1) * step_;
  // The book's 25 levels below the bid need room above zero.
  TICKGATE_CHECK(home_ - span > 60 * step_ && most_size_ > 1 && most_size_ < INT64_MAX >> 24U);
  lowest_ = home_ - span;
  highest_ = home_ + span;
  bid_ = aim(now);
  ask_ = bid_ + step_;
  open_ = high_ = low_ = last_ = bid_;
  volume_ = most_size_ * 1000;
  Random random(salt);
  move(random, now);
}

// Where the common walk is now, in whole steps; and as far above it as it leans.
std::int64_t Market::aim(Timestamp now) const {
  return (walk_ ? walk_->price(home_, now) / step_ * step_ : home_) + lean_ * step_;
}

void Market::remember(const Day& day) {
  open_ = day.open;
  high_ = std::max(day.high, last_);
  low_ = std::min(day.low, last_);
  volume_ = day.volume;
}

schemas::TickHeader Market::header(Timestamp now) const {
  schemas::TickHeader header;
  header.instrument = id_;
  header.venue_time = header.receive_time = now;
  return header;
}

std::int64_t Market::some_size(std::uint64_t bits24) const {
  return 1 +
         static_cast<std::int64_t>((bits24 * static_cast<std::uint64_t>(most_size_ - 1)) >> 24U);
}

void Market::move(Random& random, Timestamp now) {
  const auto bits = random.next();
  auto steps = static_cast<std::int64_t>(bits & 1U) - static_cast<std::int64_t>(bits >> 1U & 1U);
  if (walk_) {
    const auto strayed = (bid_ - aim(now)) / step_;
    if (std::abs(strayed) > stray_) steps -= strayed / 2;
  }
  bid_ = std::clamp(bid_ + steps * step_, lowest_, highest_);
  ask_ = bid_ + (least_spread_ + static_cast<std::int64_t>(bits >> 2U & 3U)) * step_;
  bid_size_ = some_size(bits >> 16U & 0xFFFFFFU);
  ask_size_ = some_size(bits >> 40U);
}

schemas::Quote Market::quote(Timestamp now) const {
  schemas::Quote quote;
  quote.header = header(now);
  quote.bid = price(bid_);
  quote.ask = price(ask_);
  quote.bid_size = size(bid_size_);
  quote.ask_size = size(ask_size_);
  return quote;
}

schemas::Book Market::book(Timestamp now) {
  schemas::Book book;
  book.header = header(now);
  book.integrity = schemas::Integrity::kSequence;
  book.bid_count = book.ask_count = schemas::Book::kMaxDepth;
  ++books_;
  const auto fill = [&](auto& levels, std::int64_t best, std::int64_t best_size,
                        std::int64_t step) {
    levels[0] = {price(best), size(best_size)};
    std::int64_t at = best;
    for (std::size_t i = 1; i < levels.size(); ++i) {
      at += step;
      auto bits = scatter(salt_ ^ static_cast<std::uint64_t>(at));
      if ((bits & 1U) != 0) at += step;  // a hole
      // Each book changes one in sixteen of the sizes.
      bits = scatter(bits + (books_ + (bits >> 1U & 15U)) / 16);
      levels[i] = {price(at), size(some_size(bits >> 40U))};
    }
  };
  fill(book.bids, bid_, bid_size_, -step_);
  fill(book.asks, ask_, ask_size_, step_);
  next_book_ = Timestamp{now.value() + kBookInterval};
  return book;
}

schemas::Trade Market::trade(Random& random, Timestamp now) {
  const auto bits = random.next();
  schemas::Trade trade;
  trade.header = header(now);
  trade.side = (bits & 1U) != 0 ? schemas::Side::kBuy : schemas::Side::kSell;
  last_ = trade.side == schemas::Side::kBuy ? ask_ : bid_;
  const auto there = trade.side == schemas::Side::kBuy ? ask_size_ : bid_size_;
  const auto amount = std::min(some_size(bits >> 40U), there);
  trade.price = price(last_);
  trade.size = size(amount);
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, ++trades_).ptr;
  trade.id = std::string_view(digits, static_cast<std::size_t>(end - digits));
  high_ = std::max(high_, last_);
  low_ = std::min(low_, last_);
  // A day's figure that a year of running cannot overflow: it starts anew.
  volume_ = volume_ > INT64_MAX / 2 ? amount : volume_ + amount;
  return trade;
}

schemas::Ticker Market::ticker(Timestamp now) const {
  schemas::Ticker ticker;
  ticker.header = header(now);
  ticker.last = price(last_);
  ticker.open = price(open_);
  ticker.high = price(high_);
  ticker.low = price(low_);
  ticker.volume = size(volume_);
  ticker.has_open = true;
  return ticker;
}

}  // namespace tickgate::feeds::simulator
