// SPDX-License-Identifier: Apache-2.0
#include "feeds/venues/simulator/simulator.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "tests/support/recording_events.h"

namespace tickgate::feeds::simulator {
namespace {

using schemas::Timestamp;

constexpr std::int64_t kStart = 1'732'100'000'000'000;

struct SimulatedRun {
  explicit SimulatedRun(SourceSettings settings) : simulator(settings, registry, events) {
    simulator.start(Timestamp{kStart});
  }
  // Calls advance() each millisecond of `milliseconds`.
  void milliseconds(int count) {
    for (int i = 0; i < count; ++i) simulator.advance(Timestamp{now += 1000});
  }
  std::size_t ticks() const {
    return events.quotes.size() + events.books.size() + events.trades.size() +
           events.tickers.size();
  }

  schemas::InstrumentRegistry registry;
  testing::RecordingEvents events;
  Simulator simulator;
  std::int64_t now = kStart;
};

TEST(Simulator, SameSeedAndCallsGiveTheSameTicks) {
  for (const auto names : {Names::kMarket, Names::kGenerated}) {
    SimulatedRun one({7, 30, 5000, names});
    SimulatedRun other({7, 30, 5000, names});
    SimulatedRun foreign({8, 30, 5000, names});
    for (auto* run : {&one, &other, &foreign}) run->milliseconds(300);
    EXPECT_EQ(one.events.lines, other.events.lines);
    EXPECT_NE(one.events.lines, foreign.events.lines);
  }
}

// What recorded runs, golden files and benchmarks of it rest on: the lines' FNV-1a.
TEST(Simulator, ASeedGivesTheTicksThatItEverGave) {
  struct Case {
    SourceSettings settings;
    std::uint64_t hash;
  };
  for (const auto& [settings, hash] :
       {Case{{42, 30, 5000, Names::kMarket}, 10238426032003899354U},
        Case{{42, 30, 5000, Names::kMarket, "sim2"}, 16107064308325915280U},
        Case{{7, 30, 5000, Names::kGenerated}, 13221274719781069954U}}) {
    SimulatedRun run(settings);
    run.milliseconds(3000);
    std::uint64_t all = 14695981039346656037U;
    for (const auto& line : run.events.lines) {
      for (const char c : line + '\n') all = (all ^ static_cast<unsigned char>(c)) * 1099511628211U;
    }
    EXPECT_EQ(all, hash) << settings.label;
  }
}

TEST(Simulator, StartsWithEveryInstrumentWholeAndAValueInEveryChannel) {
  SimulatedRun run({42, 26, 1, Names::kMarket});
  const auto& lines = run.events.lines;
  ASSERT_GE(lines.size(), 6U);
  EXPECT_EQ(lines[0], "instrument SIM:BTC-USD");
  EXPECT_EQ(lines[1], "synced SIM:BTC-USD");
  for (const auto* start : {"instrument", "synced", "quote", "book", "trade", "ticker"}) {
    EXPECT_EQ(run.events.count(start), 26U) << start;
  }
  EXPECT_NE(run.registry.find("SIM:ETH-USD"), nullptr);
  EXPECT_NE(run.registry.find("SIM:C0025-USD"), nullptr);
  EXPECT_EQ(run.registry.find("SIM:QUIET"), nullptr);
}

TEST(Simulator, GeneratedLoadIsQuotesOnlySpreadEvenlyAndAtTheRate) {
  SimulatedRun run({42, 50, 10'000, Names::kGenerated});
  EXPECT_NE(run.registry.find("SIM:S0049-USD"), nullptr);
  EXPECT_EQ(run.registry.find("SIM:S0050-USD"), nullptr);
  const auto* quiet = run.registry.find("SIM:QUIET");
  ASSERT_NE(quiet, nullptr);
  EXPECT_EQ(run.events.count("synced SIM:QUIET"), 1U);
  run.events.quotes.clear();
  run.milliseconds(2000);
  EXPECT_EQ(run.events.quotes.size(), 20'000U);
  EXPECT_EQ(run.events.books.size() + run.events.trades.size() + run.events.tickers.size(), 150U);
  std::map<std::uint32_t, int> each;
  for (const auto& quote : run.events.quotes) ++each[quote.header.instrument.value()];
  EXPECT_EQ(each.size(), 50U);
  EXPECT_FALSE(each.contains(quiet->id.value()));
  for (const auto& [id, count] : each) EXPECT_EQ(count, 400) << id;
}

TEST(Simulator, MarketMixesQuotesTradesBooksAndTickersWithinTheRate) {
  SimulatedRun run({42, 24, 2000, Names::kMarket});
  run.milliseconds(10'000);
  EXPECT_EQ(run.ticks(), 20'000U + 4 * 24U);
  EXPECT_NEAR(static_cast<double>(run.events.trades.size()), 4000, 300);
  EXPECT_GT(run.events.quotes.size(), 11'000U);
  EXPECT_GT(run.events.books.size(), 24U * 10 * 3);
  EXPECT_LE(run.events.books.size(), 24U * 10 * 10 + 24);
  EXPECT_GT(run.events.tickers.size(), 24U * 5);
  EXPECT_LE(run.events.tickers.size(), 24U * 11);
}

TEST(Simulator, NothingIsEverCrossedAndTheQuoteIsTheTopOfTheBook) {
  SimulatedRun run({3, 40, 50'000, Names::kMarket});
  run.milliseconds(3000);
  for (const auto& quote : run.events.quotes) {
    ASSERT_LT(quote.bid, quote.ask);
    ASSERT_GT(quote.bid.value().mantissa, 0);
    ASSERT_GT(quote.bid_size.value().mantissa, 0);
    ASSERT_GT(quote.ask_size.value().mantissa, 0);
  }
  for (const auto& book : run.events.books) {
    ASSERT_EQ(book.bid_levels().size(), 25U);
    ASSERT_EQ(book.ask_levels().size(), 25U);
    ASSERT_LT(book.bids[0].price, book.asks[0].price);
    for (std::size_t i = 1; i < 25; ++i) {
      ASSERT_GT(book.bids[i - 1].price, book.bids[i].price);
      ASSERT_LT(book.asks[i - 1].price, book.asks[i].price);
      ASSERT_GT(book.bids[i].price.value().mantissa, 0);
      ASSERT_GT(book.bids[i].size.value().mantissa, 0);
    }
  }
}

TEST(Simulator, TradesBooksAndTickersAgreeWithTheQuoteBeforeThem) {
  SimulatedRun run({5, 1, 10'000, Names::kMarket});
  run.milliseconds(3000);
  std::vector<std::string> quote, trade;
  int checked = 0;
  for (const auto& line : run.events.lines) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    if (words[0] == "quote") {
      quote = words;
    } else if (words[0] == "trade" && !quote.empty()) {
      trade = words;
      const auto& best = words[3] == "buy" ? quote[3] : quote[2];
      ASSERT_EQ(words[4].substr(0, words[4].find('x')), best.substr(0, best.find('x')));
      ++checked;
    } else if (words[0] == "book" && !quote.empty()) {
      ASSERT_EQ(words[2], quote[2]);
      ASSERT_EQ(words[2 + 25 + 1], quote[3]);
      ++checked;
    } else if (words[0] == "ticker" && !trade.empty()) {
      ASSERT_EQ(words[2], trade[4].substr(0, trade[4].find('x')));
    }
  }
  EXPECT_GT(checked, 1000);
  for (const auto& ticker : run.events.tickers) {
    EXPECT_LE(ticker.low, ticker.last);
    EXPECT_GE(ticker.high, ticker.last);
  }
}

TEST(Simulator, AfterAStallOnlyFiftyMillisecondsAreCaughtUp) {
  SimulatedRun run({42, 10, 1000, Names::kGenerated});
  run.events.quotes.clear();
  run.simulator.advance(Timestamp{kStart + 10'000'000});
  EXPECT_EQ(run.events.quotes.size(), 50U);
  EXPECT_EQ(run.simulator.skipped(), 9950U);
  run.simulator.advance(Timestamp{kStart + 10'001'000});
  EXPECT_EQ(run.events.quotes.size(), 51U);
}

TEST(Simulator, AClockSetBackStopsNothing) {
  SimulatedRun run({42, 10, 1000, Names::kGenerated});
  run.milliseconds(100);
  run.events.quotes.clear();
  run.now -= 3'600'000'000;
  run.milliseconds(100);
  EXPECT_EQ(run.events.quotes.size(), 99U);  // the first call only learns the new time
  EXPECT_EQ(run.simulator.skipped(), 0U);
}

TEST(Simulator, ALowRateTicksTooAndDoesNotDrift) {
  SimulatedRun run({42, 3, 7, Names::kGenerated});
  run.events.quotes.clear();
  run.milliseconds(10'000);
  EXPECT_EQ(run.events.quotes.size(), 70U);
  EXPECT_EQ(run.simulator.skipped(), 0U);
}

// Two venues of one seed: their bids are within a thousandth of each other, not always equal, and
// now and then one's bid is above the other's ask.
TEST(Simulator, VenuesOfOneSeedStayNearEachOtherAndAreNotEqual) {
  SourceSettings settings{7, 3, 1000, Names::kMarket};
  SimulatedRun one(settings);
  settings.label = "sim2";
  SimulatedRun other(settings);
  EXPECT_NE(other.registry.find("SIM2:BTC-USD"), nullptr);
  EXPECT_EQ(other.registry.find("SIM:BTC-USD"), nullptr);
  int equal = 0;
  int crossed = 0;
  std::map<std::uint32_t, schemas::Quote> ones, others;
  for (int i = 0; i < 60'000; ++i) {
    for (auto* run : {&one, &other}) run->milliseconds(1);
    for (const auto& quote : one.events.quotes) ones[quote.header.instrument.value()] = quote;
    for (const auto& quote : other.events.quotes) others[quote.header.instrument.value()] = quote;
    one.events.quotes.clear();
    other.events.quotes.clear();
    for (const auto& [id, mine] : ones) {
      const auto& theirs = others.at(id);
      const auto apart = mine.bid.value().mantissa - theirs.bid.value().mantissa;
      ASSERT_LT(std::abs(apart) * 1000, mine.bid.value().mantissa);
      equal += apart == 0 ? 1 : 0;
      crossed += mine.bid > theirs.ask || theirs.bid > mine.ask ? 1 : 0;
    }
  }
  EXPECT_LT(equal, 3 * 60'000 / 2);
  EXPECT_GT(crossed, 3 * 60'000 / 100);
  EXPECT_LT(crossed, 3 * 60'000 / 2);
}

TEST(Simulator, TheCommonWalkIsAFunctionOfTimeThatNeverJumps) {
  const Walk walk(42, "BTC-USD");
  constexpr std::int64_t kHome = 67'123'45;
  auto last = walk.price(kHome, Timestamp{kStart - 86'400'000'000});
  for (std::int64_t t = kStart - 86'400'000'000; t < kStart; t += 100'000) {
    const auto price = walk.price(kHome, Timestamp{t});
    ASSERT_LT(std::abs(price - kHome) * 50, kHome);
    ASSERT_LT(std::abs(price - last) * 10'000, kHome);
    last = price;
  }
  EXPECT_EQ(walk.price(kHome, Timestamp{kStart}),
            Walk(42, "BTC-USD").price(kHome, Timestamp{kStart}));
  EXPECT_NE(walk.price(kHome, Timestamp{kStart}),
            Walk(43, "BTC-USD").price(kHome, Timestamp{kStart}));
}

}  // namespace
}  // namespace tickgate::feeds::simulator
