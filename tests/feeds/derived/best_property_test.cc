// SPDX-License-Identifier: Apache-2.0
// Random ticks and states of venues, some of them with several instruments of a pair, held against
// a plain recomputation of all at each step.
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "feeds/derived/best.h"
#include "tests/support/best_lines.h"
#include "tests/support/test_ticks.h"

namespace tickgate::feeds {
namespace {

using schemas::Decimal;
using schemas::Instrument;
using schemas::Quote;
using schemas::State;

const std::vector<std::string> kVenues = {"d", "b", "a", "c"};

struct Side {
  Decimal price, size;
  std::string venue;
  bool operator==(const Side& other) const {
    return price.identical(other.price) && size.identical(other.size) && venue == other.venue;
  }
};

struct Known {
  const Instrument* instrument;
  std::size_t source;
  bool joined;
  State state = State::kDown;
  std::optional<Quote> quote;
};

class World {
 public:
  explicit World(std::uint64_t seed) : random_(seed) {
    for (const auto& venue : kVenues) {
      add(venue, "BTC-USD", false);
      if (below(2) == 0) add(venue, "BTC-USDT", true);
    }
    std::shuffle(known_.begin(), known_.end(), random_);
    for (auto& one : known_) best_.on_instrument(*one.instrument, one.source);
  }

  void step() {
    const auto steps = below(4);
    for (std::uint64_t i = 0; i <= steps; ++i) {
      const auto what = below(20);
      auto& one = known_[below(known_.size())];
      if (what < 14) {
        send_quote(one);
      } else if (what < 19) {
        send_status(one);
      } else {
        toggle_source();
      }
    }
    best_.settle();
    check();
  }

 private:
  std::uint64_t below(std::uint64_t bound) {
    return std::uniform_int_distribution<std::uint64_t>(0, bound - 1)(random_);
  }
  void add(const std::string& venue, const std::string& pair, bool joined) {
    known_.push_back({&registry_.add(venue, pair), below(3), joined, State::kDown, {}});
  }
  // Few values, so that many are equal, with and without the same digits.
  Decimal number(std::int64_t least) {
    const auto value = least + static_cast<std::int64_t>(below(4));
    return below(2) == 0 ? Decimal{value, 0} : Decimal{value * 10, 1};
  }
  void send_quote(Known& one) {
    Quote quote;
    quote.header = testing::header(*one.instrument, schemas::Channel::kQuote, 1);
    if (below(8) != 0) {
      quote.bid = schemas::Price{number(8)};
      quote.bid_size = schemas::Quantity{number(1)};
    }
    if (below(8) != 0) {
      quote.ask = schemas::Price{number(10)};
      quote.ask_size = schemas::Quantity{number(1)};
    }
    one.quote = quote;
    best_.on_quote(quote);
  }
  void send_status(Known& one) {
    one.state = below(2) == 0 ? State::kLive : static_cast<State>(below(6));
    best_.on_status(testing::status(*one.instrument, 1, one.state));
    // Whoever is not live is gone before its own status could pass.
    if (!is_in(one)) check_absent(one.instrument->venue);
  }
  void toggle_source() {
    const auto source = below(3);
    still_[source] = !still_[source];
    best_.stand_still(source, still_[source], schemas::Timestamp{1});
    for (const auto& one : known_) {
      if (still_[source] && one.source == source) check_absent(one.instrument->venue);
    }
  }

  bool is_in(const Known& one) const {
    return one.state == State::kLive && one.quote.has_value() && !still_[one.source];
  }
  bool venue_in(const std::string& venue) const {
    return std::ranges::any_of(
        known_, [&](const Known& one) { return one.instrument->venue == venue && is_in(one); });
  }
  void check_absent(const std::string& venue) const {
    if (venue_in(venue) || out_.quotes.empty()) return;
    const auto& sources = out_.of(out_.quotes.back().header).sources;
    const auto& header = out_.quotes.back().header;
    for (const auto place : {header.bid_venue, header.ask_venue}) {
      ASSERT_TRUE(place == 0 || sources.at(place - 1U) != venue);
    }
  }

  // The plain way: all that are in, sorted.
  std::optional<Side> expected(bool bids) const {
    std::optional<Side> best;
    for (const auto& venue : kVenues) {
      for (const bool joined : {false, true}) {
        for (const auto& one : known_) {
          if (one.instrument->venue != venue || one.joined != joined || !is_in(one)) continue;
          const auto& quote = *one.quote;
          const Side side{bids ? quote.bid.value() : quote.ask.value(),
                          bids ? quote.bid_size.value() : quote.ask_size.value(), venue};
          if (side.price.is_zero()) continue;
          const bool better = !best || (bids ? side.price > best->price : side.price < best->price);
          const bool larger = best && side.price == best->price && side.size > best->size;
          if (better || larger) best = side;
        }
      }
    }
    return best;
  }
  void check() {
    const auto& pair = *registry_.find("BEST:BTC-USD");
    const auto* const quote = best_.cache().quote(pair.id);
    const auto* const status = best_.cache().status(pair.id);
    const bool any = std::ranges::any_of(known_, [this](const Known& one) { return is_in(one); });
    ASSERT_TRUE(status != nullptr || !any);
    ASSERT_EQ(status == nullptr ? State::kDown : status->quote_state,
              any ? State::kLive : State::kDown);
    for (const bool bids : {true, false}) {
      const auto want = expected(bids);
      std::optional<Side> got;
      const auto place = quote == nullptr ? 0
                         : bids           ? quote->header.bid_venue
                                          : quote->header.ask_venue;
      if (place > 0) {
        got = Side{bids ? quote->bid.value() : quote->ask.value(),
                   bids ? quote->bid_size.value() : quote->ask_size.value(),
                   pair.sources.at(static_cast<std::size_t>(place) - 1)};
      }
      ASSERT_EQ(got, want);
    }
    check_names(status);
    for (std::size_t i = 0; i < out_.quotes.size(); ++i) {
      ASSERT_EQ(out_.quotes[i].header.sequence.value(), i + 1);
    }
  }
  void check_names(const schemas::InstrumentStatus* status) const {
    if (status == nullptr) return;
    std::string in;
    for (const auto& venue : kVenues) {
      if (venue_in(venue)) in.append(in.empty() ? "" : ", ").append(venue);
    }
    ASSERT_EQ(status->note.view(), in);
  }

  std::mt19937_64 random_;
  schemas::InstrumentRegistry registry_;
  testing::BestLines out_;
  BestRules rules_{{{"*", "USD", kVenues, {"USDT"}}}};
  Best best_{rules_, registry_, out_};
  std::vector<Known> known_;
  bool still_[3] = {};
};

}  // namespace

TEST(BestProperty, IsWhatAPlainRecomputationSays) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    World world(seed);
    for (int i = 0; i < 100 && !::testing::Test::HasFatalFailure(); ++i) world.step();
    if (::testing::Test::HasFatalFailure()) return;
  }
}

}  // namespace tickgate::feeds
