// SPDX-License-Identifier: Apache-2.0
// Bars against a plain recomputation from the same trades: with losses, disorder, a clock that is
// set, and restarts that the venue's candles make good.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "tests/feeds/derived/bars_fixture.h"
#include "tests/feeds/derived/plain_bars.h"

namespace tickgate::feeds {
namespace {

using schemas::Bar;
using schemas::Interval;

constexpr std::array kIntervals = {Interval::k1s, Interval::k1m, Interval::k5m};
constexpr std::int64_t kSecond = 1'000'000;

// What the venue traded, and as it reached us: blocks in order, with a hole, or shuffled, between
// whose first and last trade everything happens.
struct Market {
  explicit Market(std::uint64_t seed) : random(seed) {
    std::int64_t time = kZero + below(90 * kSecond);
    while (traded.size() < 300) {
      std::vector<PlainTrade> block;
      for (int i = 0; i < 12; ++i) {
        time += below(4) == 0 ? below(9 * kSecond) : below(kSecond / 2);
        block.push_back({time, 10'000 + below(300), 1 + below(500), false, i == 0});
      }
      traded.insert(traded.end(), block.begin(), block.end());
      deliver(block);
    }
    end = time;
  }

  std::int64_t below(std::int64_t most) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(most));
  }
  void deliver(std::vector<PlainTrade> block) {
    const auto kind = below(3);
    if (kind == 1) std::shuffle(block.begin() + 1, block.end() - 1, random);
    if (kind == 2) {
      const auto from = 1 + below(5);
      block[static_cast<std::size_t>(from + 5)].after_loss = true;
      block.erase(block.begin() + from, block.begin() + from + 5);
    }
    arrived.insert(arrived.end(), block.begin(), block.end());
  }

  std::mt19937_64 random;
  std::vector<PlainTrade> traded, arrived;
  std::int64_t end = 0;
};

// Holds what is told to what must be true of it, whatever the trades.
struct Listener {
  void hear(const Bar& bar) {
    auto& mine = series[bar.interval];
    EXPECT_GT(bar.header.sequence.value(), mine.sequence) << text_of(bar);
    mine.sequence = bar.header.sequence.value();
    EXPECT_GE(bar.ordinal, mine.ordinal) << text_of(bar);
    if (bar.ordinal > mine.ordinal) mine.last.clear();  // some were left out: it would ask anew
    const bool is_event = bar.closed || bar.corrected;
    mine.ordinal = bar.ordinal + (is_event ? 1 : 0);
    EXPECT_FALSE(bar.closed && bar.corrected);
    const auto start = bar.start.value();
    if (bar.closed) {
      EXPECT_TRUE(mine.closed.insert(start).second) << "closed twice: " << text_of(bar);
    } else {
      EXPECT_EQ(mine.closed.contains(start), bar.corrected) << text_of(bar);
    }
    mine.last[start] = bar;
  }
  struct Series {
    std::uint64_t sequence = 0, ordinal = 0;
    std::set<std::int64_t> closed;
    std::map<std::int64_t, Bar> last;
  };
  std::map<Interval, Series> series;
};

class BarsProperty : public BarsFixture, public ::testing::WithParamInterface<std::uint64_t> {
 protected:
  static schemas::Trade tick_of(const PlainTrade& trade) {
    schemas::Trade tick;
    tick.header.instrument = schemas::InstrumentId{3};
    tick.header.venue_time = schemas::Timestamp{trade.time};
    tick.price = schemas::Price{{trade.price, 2}};
    tick.size = schemas::Quantity{{trade.size, 2}};
    return tick;
  }
  void begin_anew(const BarsOptions& given) {
    told.bars.clear();
    listener = {};
    demand.raise(id, Interval::k5m);
    start(given);
  }
  void give(const PlainTrade& trade) {
    if (trade.after_loss) lose();
    bars->on_trade(tick_of(trade));
  }
  void advance_to(std::int64_t time, std::int64_t offset) {
    const auto seconds = static_cast<double>(time + offset - kZero) / 1e6;
    steady += 0.05;
    wall = seconds;
    bars->advance(now());
    for (const Bar& bar : told.bars) listener.hear(bar);
    told.bars.clear();
  }
  static std::string body(const Bar& bar) {
    auto plain = bar;
    plain.closed = plain.corrected = false;
    return text_of(plain);
  }
  // At any moment all trades that came are in the bars, those of the second under way too.
  void expect_trades_of(const std::vector<PlainTrade>& trades, std::ptrdiff_t count,
                        Interval interval) {
    const auto copy = bars->copy(id, interval);
    std::uint64_t held = 0;
    for (const Bar& bar : *copy) held += bar.trades;
    EXPECT_EQ(held, static_cast<std::uint64_t>(count)) << "of " << trades.size();
    const auto& last = trades[static_cast<std::size_t>(count - 1)];
    const auto start = PlainBars::start_of(last.time, interval);
    EXPECT_TRUE(std::ranges::any_of(
        *copy, [&](const Bar& bar) { return bar.start.value() == start && bar.trades > 0; }));
  }
  // Says which differ, and not all of them.
  static void expect_same(const Texts& got, const Texts& want, Interval interval) {
    const auto without = [](const Texts& from, const Texts& what) {
      Texts left;
      for (const auto& text : from) {
        if (std::ranges::find(what, text) == what.end()) left.push_back(text);
      }
      return left;
    };
    EXPECT_EQ(without(got, want), Texts{}) << name(interval) << " is not so";
    EXPECT_EQ(without(want, got), Texts{}) << name(interval) << " is missing";
    EXPECT_EQ(got.size(), want.size()) << name(interval);
  }
  Listener listener;
};

TEST_P(BarsProperty, AreWhatThePlainRecomputationSays) {
  Market market(GetParam());
  BarsOptions given;
  given.carry = market.below(2) == 0;
  given.grace = Monotonic{market.below(2 * kSecond)};
  begin_anew(given);
  std::int64_t offset = 0;
  for (const auto& trade : market.arrived) {
    if (market.below(30) == 0) offset += market.below(40 * kSecond) - 20 * kSecond;
    if (market.below(3) != 0) advance_to(trade.time, offset);
    give(trade);
    if (market.below(8) == 0) {
      const auto interval = kIntervals[static_cast<std::size_t>(market.below(3))];
      expect_trades_of(market.arrived, &trade + 1 - market.arrived.data(), interval);
    }
  }
  advance_to(market.end, 400 * kSecond);
  advance_to(market.end, 401 * kSecond);
  for (const auto interval : kIntervals) {
    const PlainBars plain(interval);
    std::vector<Bar> expected = plain.seen(market.arrived);
    const auto copy = bars->copy(id, interval);
    std::vector<std::string> got, want;
    for (const Bar& bar : *copy) {
      EXPECT_TRUE(bar.closed);
      if (bar.trades > 0) got.push_back(body(bar));
    }
    for (const Bar& bar : expected) want.push_back(body(bar));
    expect_same(got, want, interval);
    auto& last = listener.series[interval].last;
    for (const Bar& bar : *copy) {
      if (!last.contains(bar.start.value())) continue;
      EXPECT_EQ(body(last[bar.start.value()]), body(bar)) << "what was told last is what is held";
    }
    if (!given.carry) continue;
    for (std::size_t i = 1; i < copy->size(); ++i) {
      const Bar& bar = copy->at(i);
      EXPECT_EQ(bar.start.value() - copy->at(i - 1).start.value(), schemas::length(interval));
      if (bar.trades > 0) continue;
      EXPECT_EQ(bar.open, copy->at(i - 1).close);
      EXPECT_EQ(bar.close, copy->at(i - 1).close);
      const bool after_last = bar.start.value() > expected.back().start.value();
      EXPECT_EQ(bar.complete, after_last || !plain.is_lost(bar.start.value(), market.arrived));
    }
  }
}

// The process starts anew a few times; the venue, which has every trade, is asked, answers late, or
// not at all. In the end there is no hole, no bar twice, and each is what the venue traded.
TEST_P(BarsProperty, MeetTheVenuesCandlesWithoutASeam) {
  Market market(GetParam() + 1'000'000);
  begin_anew({});
  std::vector<std::pair<CandleRequest, std::int64_t>> pending;
  const auto answer_due = [&](std::int64_t time) {
    for (const auto& request : venue.asked) {
      for (const auto& [other, when] : pending) {
        EXPECT_FALSE(other.interval == request.interval) << "two questions for one series";
      }
      pending.emplace_back(request, time + market.below(3 * kSecond));
    }
    venue.asked.clear();
    for (std::size_t i = pending.size(); i-- > 0;) {
      if (pending[i].second > time) continue;
      const auto request = pending[i].first;
      pending.erase(pending.begin() + static_cast<std::ptrdiff_t>(i));
      std::vector<PlainTrade> known;
      for (const auto& trade : market.traded) {
        const bool asked_for =
            trade.time >= request.from.value() && trade.time < request.to.value();
        if (trade.time <= time && asked_for) known.push_back(trade);
      }
      std::vector<Candle> rows;
      for (const Bar& bar : PlainBars::of(known, request.interval)) {
        rows.push_back({bar.start, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.trades});
      }
      const bool ok = market.below(4) != 0;
      bars->on_candles({request, ok, ok ? std::span<const Candle>(rows) : std::span<const Candle>(),
                        schemas::Timestamp{time}});
    }
  };
  std::int64_t clock = kZero;
  for (const auto& trade : market.arrived) {
    clock = std::max(clock, trade.time);
    if (trade.first && market.below(8) == 0) {
      begin_anew({});
      pending.clear();
      venue.asked.clear();
    }
    advance_to(clock, 0);
    if (market.below(20) == 0) {
      for (const auto interval : kIntervals)
        bars->with_bars(
            id, interval, [](BarsCopy) {}, now());
    }
    answer_due(clock);
    give(trade);
  }
  for (std::int64_t later = 0; later < 700; ++later) {
    steady += 1;
    advance_to(market.end + later * kSecond, 0);
    if (later == 10) {
      for (const auto interval : kIntervals)
        bars->with_bars(
            id, interval, [](BarsCopy) {}, now());
    }
    answer_due(market.end + later * kSecond);
  }
  for (const auto interval : kIntervals) {
    std::vector<std::string> got, want;
    const auto copy = bars->copy(id, interval);
    for (const Bar& bar : *copy) got.push_back(body(bar));
    for (const Bar& bar : PlainBars::of(market.traded, interval)) want.push_back(body(bar));
    expect_same(got, want, interval);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, BarsProperty, ::testing::Range<std::uint64_t>(1, 101));

}  // namespace
}  // namespace tickgate::feeds
