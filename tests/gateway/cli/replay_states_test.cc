// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/replay_states.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/cli/replay_events.h"
#include "tests/support/toy_venue.h"

namespace tickgate::gateway {
namespace {

using feeds::AdapterEvents;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr feeds::VenueFacts kOwnQuotes = {.name = "toy"};
constexpr feeds::VenueFacts kBookQuotes = {.name = "toy", .quotes_from_book = true};

// Two connections that know one instrument, 0.
class States : public ::testing::Test {
 protected:
  States()
      : one_(publisher_, states_, counters_, hook_), two_(publisher_, states_, counters_, hook_) {}

  void open(ReplayEvents& connection, const feeds::VenueFacts& facts = kOwnQuotes) {
    connection.connected(facts, ++openings_);
    say(connection).on_instrument(instrument_);
  }
  static AdapterEvents& say(ReplayEvents& connection) { return connection; }
  void book(ReplayEvents& connection, std::int64_t price) {
    schemas::Book book;
    book.header.instrument = instrument_.id;
    book.bid_count = 1;
    book.bids[0] = {schemas::Price({price, 0}), schemas::Quantity({1, 0})};
    say(connection).on_tick(book);
  }
  void quote(ReplayEvents& connection, std::int64_t price) {
    schemas::Quote quote;
    quote.header.instrument = instrument_.id;
    quote.bid = schemas::Price({price, 0});
    say(connection).on_tick(quote);
  }
  void trade(ReplayEvents& connection, std::string_view id) {
    schemas::Trade trade;
    trade.header.instrument = instrument_.id;
    trade.price = schemas::Price({1, 0});
    trade.id = id;
    say(connection).on_tick(trade);
  }
  void sync(ReplayEvents& connection, std::int64_t price) {
    say(connection).on_synced(instrument_.id);
    book(connection, price);
  }
  std::vector<std::string> said() { return std::exchange(sink_.lines, {}); }

  schemas::InstrumentRegistry registry_;
  const schemas::Instrument& instrument_ = registry_.add("toy", "A-USD");
  feeds::LineSink sink_;
  feeds::Publisher publisher_{sink_};
  ReplayStates states_{publisher_};
  ReplayCounters counters_;
  ReplayEvents::AnomalyHook hook_ = [](feeds::Anomaly, std::string_view) {};
  ReplayEvents one_, two_;
  std::uint32_t openings_ = 0;
};

TEST_F(States, AQuoteOfItsOwnNeedsNoBook) {
  open(one_);
  said();
  quote(one_, 5);
  EXPECT_EQ(said().back(), "quote 0 1 5");
  EXPECT_EQ(sink_.states[0], schemas::State::kRecovering);
}

TEST_F(States, AQuoteThatIsNoneIsSaidAndTheBookThatCameMeanwhileIsNotForgotten) {
  open(one_);
  sync(one_, 1);
  quote(one_, 5);
  said();
  say(one_).on_quote_invalid(instrument_.id, "crossed");
  EXPECT_EQ(sink_.reasons[0], "crossed");
  book(one_, 2);
  EXPECT_THAT(said(), ElementsAre("status 0 recovering"));
  quote(one_, 6);
  EXPECT_THAT(said(), ElementsAre("status 0 live", "book 0 2 2", "quote 0 2 6"));
}

TEST_F(States, WhatWasHeldBackIsForgottenWithItsBook) {
  open(one_);
  sync(one_, 1);
  say(one_).on_quote_invalid(instrument_.id, "crossed");
  book(one_, 2);
  say(one_).on_recovering(instrument_.id, "gap");
  quote(one_, 6);
  said();
  sync(one_, 3);
  EXPECT_THAT(said(), ElementsAre("status 0 live", "book 0 2 3"));
}

TEST_F(States, AConnectionWithoutBooksChangesNoState) {
  open(one_, kBookQuotes);
  sync(one_, 1);
  said();
  open(two_, kBookQuotes);
  trade(two_, "7");
  two_.disconnected();
  EXPECT_THAT(said(), ElementsAre("trade 0 1 1"));
  one_.disconnected();
  EXPECT_THAT(said(), ElementsAre("status 0 down"));
}

TEST_F(States, AReplacementTakesOverWithItsBookAndEachTradeComesOnce) {
  open(one_, kBookQuotes);
  sync(one_, 1);
  trade(one_, "7");
  open(two_, kBookQuotes);
  said();
  trade(two_, "7");
  trade(two_, "8");
  book(one_, 2);
  sync(two_, 3);
  book(one_, 4);
  trade(one_, "8");
  EXPECT_THAT(said(), ElementsAre("trade 0 2 1", "book 0 2 2", "book 0 3 3"));
  one_.disconnected();
  EXPECT_THAT(said(), IsEmpty());
}

TEST_F(States, WhatTheVenueRefusesIsSaidUntilItComes) {
  open(one_);
  sync(one_, 1);
  say(one_).on_refused({instrument_.id, schemas::Channel::kTrade}, "no");
  say(one_).on_acknowledged({instrument_.id, schemas::Channel::kTicker});
  EXPECT_EQ(sink_.notes[0], "trade refused: no");
  trade(one_, "1");
  EXPECT_EQ(sink_.notes[0], "");
  say(one_).on_refused({instrument_.id, schemas::Channel::kBook}, "never");
  EXPECT_EQ(sink_.states[0], schemas::State::kDown);
  EXPECT_EQ(sink_.reasons[0], "refused: never");
  sync(one_, 2);
  EXPECT_EQ(sink_.states[0], schemas::State::kLive);
}

TEST_F(States, AfterAReconnectAQuoteIsLiveWithTheFirstThatComes) {
  open(one_);
  sync(one_, 1);
  quote(one_, 5);
  one_.disconnected();
  open(one_);
  sync(one_, 2);
  EXPECT_EQ(sink_.states[0], schemas::State::kRecovering);
  EXPECT_EQ(sink_.reasons[0], "waiting for the first quote");
  said();
  quote(one_, 6);
  EXPECT_THAT(said(), ElementsAre("status 0 live", "book 0 2 2", "quote 0 2 6"));
}

}  // namespace
}  // namespace tickgate::gateway
