// SPDX-License-Identifier: Apache-2.0
#include "feeds/publish/ring_fan.h"

#include <fmt/format.h>
#include <poll.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/support/toy_venue.h"

namespace tickgate::feeds {
namespace {

using schemas::Channel;
using schemas::InstrumentId;
using schemas::State;
using testing::ElementsAre;
using testing::IsEmpty;

// What a shard reads from its ring, a line each.
class Reader {
 public:
  explicit Reader(TickRing& ring) : ring_(ring) {}

  std::vector<std::string> take(std::size_t max = SIZE_MAX) {
    ring_.drain(sink_, max);
    return sink_.take();
  }

 private:
  TickRing& ring_;
  LineSink sink_;
};

// A reader that fails when a sequence falls back, or trades and gaps leave a hole.
struct SequenceCheck {
  std::map<std::string, std::uint64_t> last;
  std::map<std::uint32_t, std::uint64_t> next_trade;
  std::map<std::uint32_t, bool> has_quote;

  void on_instrument(const schemas::Instrument&) {}
  void on_removed(const schemas::Instrument&, schemas::Timestamp) {}
  void on_epoch(const Epoch&) {}
  void on_forgotten(const Forgotten& forgotten) { has_quote[forgotten.instrument.value()] = false; }
  void on_trade_gap(const schemas::TradeGap& gap) {
    auto& next = next_trade[gap.instrument.value()];
    if (next != 0) {
      EXPECT_EQ(gap.from.value(), next);
    }
    next = gap.to.value() + 1;
  }
  void on_tick(const schemas::Trade& tick) {
    auto& next = next_trade[tick.header.instrument.value()];
    if (next != 0) {
      EXPECT_EQ(tick.header.sequence.value(), next);
    }
    next = tick.header.sequence.value() + 1;
  }
  template <typename Tick>
  void on_tick(const Tick& tick) {
    auto& seen = last[fmt::format("{} {}", tick.header.instrument.value(),
                                  static_cast<int>(Tick::kChannel))];
    EXPECT_GT(tick.header.sequence.value(), seen);
    seen = tick.header.sequence.value();
    if (Tick::kChannel == Channel::kQuote) has_quote[tick.header.instrument.value()] = true;
  }
};

class RingFanTest : public testing::Test {
 protected:
  RingFanTest() {
    fan.attach(publisher.cache());
    for (std::uint32_t i = 0; i < 3; ++i) {
      publisher.announce(registry.add("toy", fmt::format("A{}-USD", i)));
      state(i, State::kLive);
    }
    fan.flush();
    reader.take();
    other.take();
    bell.clear();
    other_bell.clear();
  }

  void quote(std::uint32_t id, std::int64_t bid) {
    schemas::Quote quote;
    quote.header.instrument = InstrumentId(id);
    quote.bid = schemas::Price({bid, 0});
    publisher.publish(quote);
  }
  void book(std::uint32_t id, std::int64_t bid) {
    schemas::Book book;
    book.header.instrument = InstrumentId(id);
    book.bid_count = 1;
    book.bids[0].price = schemas::Price({bid, 0});
    publisher.publish(book);
  }
  void trade(std::uint32_t id, std::int64_t price) {
    schemas::Trade trade;
    trade.header.instrument = InstrumentId(id);
    trade.price = schemas::Price({price, 0});
    publisher.publish(trade);
  }
  void state(std::uint32_t id, State state) {
    publisher.set_state(InstrumentId(id), state, "", {});
  }
  // Quotes of instrument 2 until no more fit; nothing else of the test uses it.
  void fill() {
    for (std::int64_t price = 1; fan.postponed().value() == 0; ++price) quote(2, price);
  }

  schemas::InstrumentRegistry registry;
  // Small, so that it fills; the second is drained never less than it holds.
  TickRing ring{std::size_t{1} << 13U}, roomy{std::size_t{1} << 20U};
  Doorbell bell, other_bell;
  RingFan fan{{{&ring, &bell}, {&roomy, &other_bell}}};
  Publisher publisher{fan};
  Reader reader{ring}, other{roomy};
};

bool is_signalled(const Doorbell& bell) {
  pollfd poll_one{bell.fd(), POLLIN, 0};
  return ::poll(&poll_one, 1, 0) == 1;
}

TEST_F(RingFanTest, WhatIsRemovedIsHeardOfNoMoreAndWakesTheShard) {
  quote(0, 5);
  publisher.remove(registry.at(InstrumentId(0)), {});
  fan.flush();
  EXPECT_THAT(reader.take(), ElementsAre("quote 0 1 5", "removed 0"));
  EXPECT_TRUE(is_signalled(bell));
}

// What it had to say is forgotten, and that it goes is not; nor does it pass what went before.
TEST_F(RingFanTest, WhileThereIsNoRoomARemovalWaitsAndWhatReturnsComesBehindIt) {
  fill();
  quote(0, 5);
  book(1, 6);
  publisher.remove(registry.at(InstrumentId(0)), {});
  publisher.announce(registry.at(InstrumentId(0)));
  state(0, State::kLive);
  book(0, 7);
  EXPECT_TRUE(fan.waiting());
  reader.take();
  fan.flush();
  const auto lines = reader.take();
  EXPECT_THAT(lines, ElementsAre("removed 0", "instrument 0", testing::StartsWith("quote 2 "),
                                 "book 1 1 6", "status 0 live", "book 0 1 7"));
  EXPECT_FALSE(fan.waiting());
  EXPECT_THAT(other.take(), testing::Contains("quote 0 1 5")) << "the other shard had room";
}

TEST_F(RingFanTest, WhatIsForgottenIsSaidInItsPlace) {
  quote(0, 5);
  fan.on_forgotten({InstrumentId(0), Channel::kQuote});
  quote(0, 6);
  EXPECT_THAT(reader.take(), ElementsAre("quote 0 1 5", "forgotten 0 quote", "quote 0 2 6"));
}

// The value that waited is gone, and the next one does not pass that it was.
TEST_F(RingFanTest, WhileThereIsNoRoomThatAValueIsForgottenWaitsOnceAndBeforeTheNext) {
  fill();
  quote(0, 5);
  book(0, 6);
  for (int i = 0; i < 3; ++i) fan.on_forgotten({InstrumentId(0), Channel::kQuote});
  EXPECT_TRUE(fan.waiting());
  reader.take();
  quote(0, 7);  // there is room again, yet it does not overtake
  fan.flush();
  EXPECT_THAT(reader.take(), ElementsAre("forgotten 0 quote", testing::StartsWith("quote 2 "),
                                         "book 0 1 6", "quote 0 2 7"));
  EXPECT_FALSE(fan.waiting());
  EXPECT_THAT(other.take(), testing::Contains("quote 0 1 5")) << "the other shard had room";
}

TEST_F(RingFanTest, WhatIsForgottenWithoutANextValueIsSaidAllTheSame) {
  quote(0, 5);
  fill();
  fan.on_forgotten({InstrumentId(0), Channel::kQuote});
  reader.take();
  fan.flush();
  EXPECT_THAT(reader.take(), ElementsAre("forgotten 0 quote", testing::StartsWith("quote 2 ")));
}

TEST_F(RingFanTest, TheFirstEpochIsANameAndTheNextEndsWhatWaits) {
  quote(0, 5);
  fan.on_epoch({std::string_view("ONE")});
  quote(0, 6);
  EXPECT_THAT(reader.take(), ElementsAre("quote 0 1 5", "epoch ONE", "quote 0 2 6"));
  fill();
  quote(0, 7);
  trade(1, 8);
  fan.on_forgotten({InstrumentId(1), Channel::kQuote});
  publisher.announce(registry.add("toy", "A3-USD"));
  bell.clear();
  fan.on_epoch({std::string_view("TWO")});
  reader.take();
  fan.flush();
  EXPECT_THAT(reader.take(), ElementsAre("epoch TWO"));
  EXPECT_TRUE(is_signalled(bell)) << "whoever idles must not show what was for long";
  quote(0, 9);
  EXPECT_THAT(reader.take(), ElementsAre("quote 0 4 9"));
  EXPECT_FALSE(fan.waiting());
}

TEST_F(RingFanTest, OfWhatIsRemovedNothingIsForgottenLater) {
  fill();
  fan.on_forgotten({InstrumentId(0), Channel::kBook});
  publisher.remove(registry.at(InstrumentId(0)), {});
  reader.take();
  fan.flush();
  EXPECT_THAT(reader.take(), ElementsAre("removed 0", testing::StartsWith("quote 2 ")));
}

// A shard may idle, looking at its ring only now and then.
TEST_F(RingFanTest, ARingOverHalfFullWakesAShardThatDoesNotWaitForTheBell) {
  quote(0, 1);
  fan.flush();
  EXPECT_FALSE(is_signalled(bell)) << "one that idles costs no signal";
  for (std::int64_t price = 1; ring.used_bytes() <= ring.capacity() / 2; ++price) quote(2, price);
  fan.flush();
  EXPECT_TRUE(is_signalled(bell));
  EXPECT_FALSE(is_signalled(other_bell)) << "the roomy one has time";
}

TEST_F(RingFanTest, AStatusWakesAShardThatDoesNotWaitForTheBell) {
  quote(0, 1);
  fan.flush();
  ASSERT_FALSE(is_signalled(bell));
  state(0, State::kStale);
  fan.flush();
  EXPECT_TRUE(is_signalled(bell));
  EXPECT_TRUE(is_signalled(other_bell));
  bell.clear();
  quote(0, 2);
  fan.flush();
  EXPECT_FALSE(is_signalled(bell)) << "what follows it is not urgent";
}

TEST_F(RingFanTest, EveryShardGetsEveryTickInOrder) {
  quote(0, 10);
  trade(1, 20);
  book(0, 10);
  for (Reader* shard : {&reader, &other}) {
    EXPECT_THAT(shard->take(), ElementsAre("quote 0 1 10", "trade 1 1 20", "book 0 1 10"));
  }
}

TEST_F(RingFanTest, RingsEachDoorbellOncePerBatchAndOnlyForNews) {
  ASSERT_FALSE(bell.prepare_to_sleep());
  quote(0, 10);
  quote(0, 11);
  fan.flush();
  EXPECT_TRUE(bell.prepare_to_sleep());
  bell.clear();
  fan.flush();
  EXPECT_FALSE(bell.prepare_to_sleep());
}

TEST_F(RingFanTest, AFullRingConflatesStateAndTheOtherShardMissesNothing) {
  fill();
  for (std::int64_t price = 1; price <= 50; ++price) quote(0, price);
  const auto lines = other.take();
  EXPECT_EQ(std::count_if(lines.begin(), lines.end(),
                          [](const auto& line) { return line.starts_with("quote 0 "); }),
            50);
  reader.take();
  fan.flush();
  EXPECT_THAT(reader.take(), ElementsAre(testing::StartsWith("quote 2 "), "quote 0 50 50"));
  EXPECT_FALSE(fan.waiting());
}

TEST_F(RingFanTest, OfBarsThatFindNoRoomTheNewestOfTheSeriesFollows) {
  const auto bar = [&](schemas::Interval interval, std::int64_t price) {
    schemas::Bar tick;
    tick.header.instrument = InstrumentId(1);
    tick.interval = interval;
    tick.header.sequence = schemas::SequenceNumber(static_cast<std::uint64_t>(price));
    tick.close = schemas::Price({price, 0});
    fan.on_tick(tick);
  };
  fill();
  for (std::int64_t price = 1; price <= 5; ++price) bar(schemas::Interval::k1m, price);
  bar(schemas::Interval::k5m, 8);
  quote(1, 7);
  reader.take();
  bar(schemas::Interval::k1m, 6);  // there is room again, yet it does not overtake
  fan.flush();
  EXPECT_THAT(reader.take(), ElementsAre(testing::StartsWith("quote 2 "), "bar 1m 1 6 6",
                                         "bar 5m 1 8 8", "quote 1 1 7"));
  bar(schemas::Interval::k1m, 7);
  EXPECT_THAT(reader.take(), ElementsAre("bar 1m 1 7 7"));
}

TEST_F(RingFanTest, WhatIsNewerNeverOvertakesWhatWaits) {
  fill();
  quote(0, 1);
  reader.take();  // there is room again, yet the older one goes first
  quote(1, 5);
  quote(0, 2);
  EXPECT_THAT(reader.take(), IsEmpty());
  fan.flush();
  EXPECT_THAT(reader.take(),
              ElementsAre(testing::StartsWith("quote 2 "), "quote 0 2 2", "quote 1 1 5"));
}

TEST_F(RingFanTest, ABookNeverPassesTheStatusThatMakesItTrue) {
  book(0, 1);
  fill();
  state(0, State::kRecovering);
  state(0, State::kLive);
  book(0, 2);
  reader.take();
  fan.flush();
  const auto lines = reader.take();
  EXPECT_THAT(lines, ElementsAre(testing::StartsWith("quote 2 "), "status 0 live", "book 0 2 2"));
}

TEST_F(RingFanTest, LostTradesAreAnnouncedAsAGapBeforeTheNextTrade) {
  trade(0, 1);
  fill();
  for (int i = 0; i < 200; ++i) trade(0, 100 + i);
  EXPECT_EQ(fan.trades_lost().value(), 200U);
  SequenceCheck check, roomy_check;
  ring.drain(check);
  trade(0, 7);
  const auto lines = reader.take();
  EXPECT_THAT(lines,
              ElementsAre(fmt::format("gap 0 {}-201", check.next_trade[0]), "trade 0 202 7"));
}

TEST_F(RingFanTest, AGapIsAnnouncedEvenIfNoTradeFollows) {
  fill();
  trade(0, 1);
  publisher.lose_trades(InstrumentId(0), 3, schemas::GapReason::kFeedGap);
  reader.take();
  fan.flush();
  EXPECT_THAT(reader.take(), ElementsAre(testing::StartsWith("quote 2 "), "gap 0 1-4"));
  fan.flush();
  EXPECT_THAT(reader.take(), IsEmpty());
  EXPECT_FALSE(fan.waiting());
}

TEST_F(RingFanTest, InstrumentsAreNeverLostAndComeBeforeTheirTicks) {
  fill();
  for (std::uint32_t i = 3; i < 40; ++i) {
    publisher.announce(registry.add("toy", fmt::format("A{}-USD", i)));
    state(i, State::kLive);
    trade(i, 1);
  }
  std::vector<std::string> all;
  while (fan.waiting()) {
    for (auto& line : reader.take()) all.push_back(line);
    fan.flush();
  }
  for (auto& line : reader.take()) all.push_back(line);
  for (int i = 3; i < 40; ++i) {
    const auto place = [&](const std::string& line) {
      return std::find(all.begin(), all.end(), line) - all.begin();
    };
    const auto announced = place(fmt::format("instrument {}", i));
    ASSERT_LT(announced, std::ssize(all)) << i;
    EXPECT_LT(announced, place(fmt::format("status {} live", i)));
    EXPECT_LT(place(fmt::format("status {} live", i)), std::ssize(all));
    EXPECT_LT(announced, place(fmt::format("gap {} 1-1", i)));
  }
}

// Whatever the reader's pace: per instrument and channel sequences rise, trades and gaps together
// have no hole, and in the end the reader has the newest of everything that is not forgotten.
TEST_F(RingFanTest, ARandomReaderEndsWithTheNewestAndAnUnbrokenTradeSequence) {
  for (unsigned seed = 0; seed < 30; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    SequenceCheck check, roomy_check;
    std::map<std::uint32_t, std::uint64_t> forgotten_at;  // the quote's number
    for (int step = 0; step < 3000; ++step) {
      const auto id = static_cast<std::uint32_t>(random() % 3);
      const auto value = static_cast<std::int64_t>(random() % 1000);
      switch (random() % 6) {
        case 0:
          quote(id, value);
          break;
        case 1:
          book(id, value);
          break;
        case 2:
          trade(id, value);
          break;
        case 3:
          state(id, random() % 2 == 0 ? State::kLive : State::kStale);
          break;
        case 4:
          fan.on_forgotten({InstrumentId(id), Channel::kQuote});
          forgotten_at[id] = publisher.last_sequence(InstrumentId(id), Channel::kQuote);
          break;
        default:
          fan.flush();
      }
      if (random() % 40 == 0) ring.drain(check, random() % 200);
      roomy.drain(roomy_check);
    }
    while (fan.waiting()) {
      ring.drain(check);
      fan.flush();
    }
    ring.drain(check);
    for (std::uint32_t id = 0; id < 3; ++id) {
      const auto newest = publisher.cache().quote(InstrumentId(id))->header.sequence.value();
      const bool known = newest > forgotten_at[id];
      EXPECT_EQ(check.has_quote[id], known);
      if (known) {
        EXPECT_EQ(check.last[fmt::format("{} 0", id)], newest);
      }
    }
  }
}

}  // namespace
}  // namespace tickgate::feeds
