// SPDX-License-Identifier: Apache-2.0
#include "feeds/adapter/adapter_base.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "feeds/adapter/trade_ids.h"
#include "tests/support/recording_events.h"

namespace tickgate::feeds {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr VenueFacts kFacts = {.name = "plain",
                               .websocket_url = "wss://plain.example",
                               .rest_url = "https://plain.example",
                               .integrity = schemas::Integrity::kOrder,
                               .quotes_from_book = true};

constexpr schemas::Timestamp kTold{1'790'000'000'000'000}, kReceived{1'790'000'000'000'002};

struct State : SymbolState {
  TradeIds trades{TradeIds::Jump::kIsOneOrMoreInDoubt};
  OrderBook levels;
  const OrderBook& book() const { return levels; }
  void clear_book() { levels.clear(); }
};

// A venue without words: what a venue's decoders call is called by the tests.
class PlainAdapter final : public AdapterBase<State> {
 public:
  using Base = AdapterBase<State>;
  using Base::Entry;
  PlainAdapter(const AdapterSettings& settings, schemas::InstrumentRegistry& registry,
               AdapterEvents& events)
      : Base(kFacts, settings, registry, events) {
    for (const auto& pair : settings.pairs) add(pair, pair);
  }
  void on_open(schemas::Timestamp now) override { begin(now); }
  void on_text(std::string_view, schemas::Timestamp received) override { begin(received); }
  void resync(schemas::InstrumentId) override {}
  Entry* add_pair(const std::string& pair) override { return add(pair, pair); }
  void subscribe_to_added(std::span<Entry* const> entries) override { say("subscribe", entries); }
  void unsubscribe_from(std::span<Entry* const> entries) override { say("unsubscribe", entries); }

  Entry& operator[](std::string_view symbol) { return *instruments_.find(symbol); }
  void alias(std::string_view symbol, std::string_view pair) {
    instruments_.add_alias((*this)[symbol], pair);
  }
  void set_bid(Entry& entry, std::int64_t price) {
    entry.state.levels.set(BookSide::kBid, schemas::Price{{price, 0}}, schemas::Quantity{{1, 0}});
    publish_book(entry, kTold);
  }
  void set_ask(Entry& entry, std::int64_t price) {
    entry.state.levels.set(BookSide::kAsk, schemas::Price{{price, 0}}, schemas::Quantity{{1, 0}});
    publish_book(entry, kTold);
  }
  using Base::accept_trade;
  using Base::entry_of;
  using Base::forget_book;
  using Base::invalidate_book;
  using Base::request_resync;
  using Base::rest_url;
  using Base::set_trading;

 private:
  void say(std::string_view what, std::span<Entry* const> entries) {
    for (const Entry* const entry : entries) {
      events_.send(std::string(what).append(" ").append(entry->venue_symbol), {});
    }
  }
  std::string pair_of(std::string_view symbol) const override {
    return symbol.starts_with('?') ? "" : std::string(symbol);
  }
};

class AdapterBaseTest : public ::testing::Test {
 protected:
  AdapterBaseTest() { settings.pairs = {"A-USD", "B-USD"}; }
  void open() {
    adapter.emplace(settings, registry, events);
    adapter->on_open(kReceived);
  }

  AdapterSettings settings;
  schemas::InstrumentRegistry registry;
  testing::RecordingEvents events;
  std::optional<PlainAdapter> adapter;
};

TEST_F(AdapterBaseTest, TheFirstCallAnnouncesAllThatIsConfiguredAndNoOtherDoes) {
  settings.pairs = {"A-USD", "no pair", "A-USD", "B-USD"};
  adapter.emplace(settings, registry, events);
  EXPECT_THAT(events.take(), IsEmpty());
  adapter->on_text("", schemas::Timestamp{1});
  EXPECT_THAT(events.take(), ElementsAre("instrument PLAIN:A-USD", "instrument PLAIN:B-USD"));
  adapter->on_close();
  adapter->on_open(schemas::Timestamp{2});
  EXPECT_THAT(events.take(), IsEmpty());
}

TEST_F(AdapterBaseTest, ASymbolNobodyAskedForIsCountedUnlessItMayBeDiscovered) {
  open();
  events.take();
  EXPECT_EQ(adapter->entry_of("C-USD"), nullptr);
  EXPECT_THAT(events.take(), ElementsAre("anomaly unknown_instrument"));
  EXPECT_EQ(adapter->entry_of(std::string(5000, 'x')), nullptr);
  EXPECT_EQ(events.details.back().size(), 100U);

  settings.discover = true;
  open();
  events.take();
  EXPECT_NE(adapter->entry_of("C-USD"), nullptr);
  EXPECT_EQ(adapter->entry_of("C-USD"), adapter->entry_of("C-USD"));
  EXPECT_EQ(adapter->entry_of("?"), nullptr) << "no pair of ours can be told";
  EXPECT_EQ(adapter->entry_of("n o"), nullptr) << "not plain text";
  EXPECT_THAT(events.take(), ElementsAre("instrument PLAIN:C-USD", "anomaly unknown_instrument",
                                         "anomaly unknown_instrument"));
}

TEST_F(AdapterBaseTest, ABookIsSyncedBeforeItsFirstTickAndItsQuoteFollows) {
  open();
  auto& a = (*adapter)["A-USD"];
  events.take();
  EXPECT_EQ(adapter->book(a.id()), nullptr);
  adapter->set_bid(a, 10);
  adapter->set_ask(a, 11);
  EXPECT_THAT(
      events.take(),
      ElementsAre("synced PLAIN:A-USD", "book PLAIN:A-USD 10x1 |", "quote PLAIN:A-USD 10x1 0x0",
                  "book PLAIN:A-USD 10x1 | 11x1", "quote PLAIN:A-USD 10x1 11x1"));
  EXPECT_EQ(events.books[1].integrity, schemas::Integrity::kOrder);
  EXPECT_EQ(events.quotes[1].header.venue_time, kTold);
  EXPECT_EQ(events.quotes[1].header.receive_time, kReceived);
  EXPECT_EQ(events.quotes[1].header.channel, schemas::Channel::kQuote);
  EXPECT_NE(adapter->book(a.id()), nullptr);
}

TEST_F(AdapterBaseTest, ACrossedBookIsForgottenAndAskedForAnew) {
  open();
  auto& a = (*adapter)["A-USD"];
  adapter->set_bid(a, 10);
  events.take();
  adapter->set_ask(a, 10);
  EXPECT_THAT(events.take(),
              ElementsAre("anomaly crossed_book", "recovering PLAIN:A-USD", "resync PLAIN:A-USD"));
  EXPECT_EQ(adapter->book(a.id()), nullptr);
  EXPECT_EQ(a.state.levels.depth(BookSide::kBid), 0U);
}

TEST_F(AdapterBaseTest, WithGapsSetToWarnABookIsNeverForgotten) {
  settings.gaps = GapPolicy::kWarn;
  open();
  auto& a = (*adapter)["A-USD"];
  adapter->set_bid(a, 10);
  events.take();
  EXPECT_FALSE(adapter->invalidate_book(a, Anomaly::kGap, "3 after 1", "gap"));
  EXPECT_THAT(events.take(), ElementsAre("anomaly gap"));
  EXPECT_NE(adapter->book(a.id()), nullptr);
}

TEST_F(AdapterBaseTest, WhileASnapshotIsFetchedNoResyncIsRequested) {
  open();
  auto& a = (*adapter)["A-USD"];
  events.take();
  a.state.fetching = true;
  adapter->request_resync(a);
  EXPECT_THAT(events.take(), IsEmpty());
  adapter->on_close();
  adapter->request_resync(a);
  EXPECT_THAT(events.take(), ElementsAre("resync PLAIN:A-USD"));
}

TEST_F(AdapterBaseTest, ATradeSeenBeforeIsDroppedAndALostOneAnnounced) {
  open();
  auto& a = (*adapter)["A-USD"];
  events.take();
  EXPECT_TRUE(adapter->accept_trade(a, 10, schemas::kNoTime));
  EXPECT_FALSE(adapter->accept_trade(a, 10, schemas::kNoTime));
  EXPECT_EQ(events.details.back(), "trade 10 of A-USD");
  adapter->on_close();  // what came while it was down, nobody can tell
  EXPECT_TRUE(adapter->accept_trade(a, 20, schemas::kNoTime));
  EXPECT_THAT(events.take(), ElementsAre("anomaly duplicate", "lost PLAIN:A-USD 1"));
}

TEST_F(AdapterBaseTest, TradingIsToldOnceAndOutlivesAConnection) {
  open();
  auto& a = (*adapter)["A-USD"];
  events.take();
  adapter->set_trading(a, Trading::kOn, "online");
  EXPECT_THAT(events.take(), IsEmpty());
  adapter->set_trading(a, Trading::kHalted, "maintenance");
  adapter->on_close();
  adapter->set_trading(a, Trading::kHalted, "maintenance");
  adapter->set_trading(a, Trading::kClosed, "delisted");
  adapter->set_trading(a, Trading::kOn, "online");
  EXPECT_THAT(events.take(),
              ElementsAre("halted PLAIN:A-USD", "closed PLAIN:A-USD", "trading PLAIN:A-USD"));
}

TEST_F(AdapterBaseTest, ASuccessorKnowsWhatWasSaidOfTradingUntilItHearsForItself) {
  open();
  adapter->set_trading((*adapter)["A-USD"], Trading::kHalted, "maintenance");
  PlainAdapter next(settings, registry, events);
  next.continue_from(*adapter);
  next.on_open(kReceived);
  events.take();
  next.set_trading(next["A-USD"], Trading::kOn, "online");
  EXPECT_THAT(events.take(), ElementsAre("trading PLAIN:A-USD"));
  next.continue_from(*adapter);  // as it takes over
  next.set_trading(next["A-USD"], Trading::kOn, "online");
  EXPECT_THAT(events.take(), IsEmpty());
}

TEST_F(AdapterBaseTest, EveryInstrumentOfASymbolIsToldEverything) {
  adapter.emplace(settings, registry, events);
  adapter->alias("A-USD", "A-USDC");
  adapter->on_open(kReceived);
  auto& a = (*adapter)["A-USD"];
  adapter->set_bid(a, 10);
  adapter->set_trading(a, Trading::kHalted, "maintenance");
  adapter->forget_book(a, "resync");
  adapter->request_resync(a);
  const auto of = [this](std::string_view symbol) {
    std::vector<std::string> lines;
    for (const auto& line : events.lines) {
      if ((line + " ").find(std::string(symbol) + " ") != line.npos) lines.push_back(line);
    }
    return lines;
  };
  const auto first = of("PLAIN:A-USD"), second = of("PLAIN:A-USDC");
  ASSERT_EQ(first.size(), 7U);
  ASSERT_EQ(second.size(), 7U);
  EXPECT_EQ(second[3], "quote PLAIN:A-USDC 10x1 0x0");
  EXPECT_EQ(events.lines.size(), 1U + 7 + 7);
}

TEST_F(AdapterBaseTest, AddressesAreTheVenuesOrThoseThatAreSet) {
  open();
  EXPECT_EQ(adapter->url(), "wss://plain.example");
  EXPECT_EQ(adapter->rest_url("/x"), "https://plain.example/x");
  settings.websocket_url = "wss://127.0.0.1:1/path";
  settings.rest_url = "http://127.0.0.1:2/";
  open();
  EXPECT_EQ(adapter->url(), "wss://127.0.0.1:1/path");
  EXPECT_EQ(adapter->rest_url("/x"), "http://127.0.0.1:2/x");
}

}  // namespace
TEST_F(AdapterBaseTest, SymbolsComeAndGoWhileItIsOpen) {
  open();
  events.take();
  events.sent.clear();
  const std::vector<std::string> more = {"C-USD", "no pair", "A-USD"};
  adapter->carry(more, kReceived);
  EXPECT_THAT(events.sent, ElementsAre("subscribe C-USD"));
  EXPECT_THAT(events.take(), ElementsAre("instrument PLAIN:C-USD", "send subscribe C-USD"));
  const schemas::InstrumentId leaving[] = {(*adapter)["A-USD"].id(), (*adapter)["C-USD"].id()};
  adapter->release(leaving, kReceived);
  EXPECT_THAT(events.sent,
              ElementsAre("subscribe C-USD", "unsubscribe A-USD", "unsubscribe C-USD"));
  events.take();
  EXPECT_EQ(adapter->entry_of("A-USD"), nullptr) << "and what is on its way is not counted";
  EXPECT_EQ(adapter->entry_of("D-USD"), nullptr);
  EXPECT_THAT(events.take(), ElementsAre("anomaly unknown_instrument"));
  adapter->release(leaving, kReceived);  // twice is once
  adapter->carry(std::vector<std::string>{"A-USD"}, kReceived);
  EXPECT_NE(adapter->entry_of("A-USD"), nullptr);
  EXPECT_EQ(adapter->entry_of("C-USD"), nullptr);
  adapter->on_close();
  EXPECT_EQ(adapter->entry_of("C-USD"), nullptr);
  EXPECT_THAT(events.take(), ElementsAre("instrument PLAIN:A-USD", "send subscribe A-USD",
                                         "anomaly unknown_instrument"));
}

}  // namespace tickgate::feeds
