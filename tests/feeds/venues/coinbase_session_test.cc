// SPDX-License-Identifier: Apache-2.0
// What concerns a connection of Coinbase's as a whole: its numbers, refusals, limits, states,
// probes.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "feeds/venues/coinbase.h"
#include "feeds/venues/coinbase_sequence.h"
#include "tests/support/adapter_test.h"

namespace tickgate::feeds::coinbase {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::settings_of;

class CoinbaseSession : public testing::AdapterTest {
 protected:
  CoinbaseSession() : AdapterTest("coinbase", make_adapter) {}

  void open(std::vector<std::string> pairs = {"ABC-USD", "XYZ-USD"}) {
    AdapterTest::open(settings_of(std::move(pairs)));
  }
  void open_synced() {
    open();
    book(0, "snapshot", "ABC-USD", "5");
    book(1, "snapshot", "XYZ-USD", "7");
    events.take();
  }
  void message(std::string_view channel, std::uint64_t sequence, std::string_view list) {
    text(fmt::format(
        R"({{"channel":"{}","timestamp":"2026-11-20T10:00:00Z","sequence_num":{},"events":[{}]}})",
        channel, sequence, list));
  }
  void book(std::uint64_t sequence, std::string_view type, std::string_view product,
            std::string_view bid) {
    message("l2_data", sequence,
            fmt::format(R"({{"type":"{}","product_id":"{}","updates":[{{"side":"bid",)"
                        R"("price_level":"{}","new_quantity":"1"}}]}})",
                        type, product, bid));
  }
  void ticker(std::uint64_t sequence) {
    message("ticker", sequence,
            R"({"type":"update","tickers":[{"product_id":"ABC-USD","price":"5",)"
            R"("volume_24_h":"1","low_24_h":"1","high_24_h":"9"}]})");
  }
  void status(std::uint64_t sequence, std::string_view word) {
    message("status", sequence,
            fmt::format(R"({{"products":[{{"id":"ABC-USD","status":"{}"}}]}})", word));
  }
  void error(std::string_view words) {
    text(fmt::format(R"({{"type":"error","message":"{}"}})", words));
  }
  std::size_t subscribed(std::string_view channel) const {
    std::size_t count = 0;
    for (const auto& sent : events.sent) {
      count += sent.find("\"subscribe\"") != sent.npos && sent.find(channel) != sent.npos ? 1 : 0;
    }
    return count;
  }
};

TEST_F(CoinbaseSession, AHoleAsksForAllBooksAnewInOneMessageAndNothingElseStops) {
  open_synced();
  ticker(3);
  EXPECT_THAT(events.take(), ElementsAre("anomaly gap", "recovering COINBASE:ABC-USD",
                                         "resync COINBASE:ABC-USD", "recovering COINBASE:XYZ-USD",
                                         "resync COINBASE:XYZ-USD", "ticker COINBASE:ABC-USD 5"));
  EXPECT_EQ(events.details.back(), "sequence_num 3 after 1");
  ticker(5);
  EXPECT_THAT(events.take(), ElementsAre("anomaly gap", "ticker COINBASE:ABC-USD 5"))
      << "they are asked for already";
  adapter->resync(id("COINBASE:ABC-USD"));
  EXPECT_THAT(events.take(),
              ElementsAre(AllOf(HasSubstr("unsubscribe"), HasSubstr(R"(["ABC-USD","XYZ-USD"])")),
                          AllOf(HasSubstr("level2"), HasSubstr(R"(["ABC-USD","XYZ-USD"])"))));
  adapter->resync(id("COINBASE:XYZ-USD"));
  EXPECT_THAT(events.take(), IsEmpty()) << "it went with the other";
  adapter->resync(id("COINBASE:XYZ-USD"));
  EXPECT_EQ(events.take().size(), 2U) << "no answer: asked for alone";
  book(6, "snapshot", "XYZ-USD", "7");
  EXPECT_EQ(events.take().front(), "synced COINBASE:XYZ-USD");
}

TEST_F(CoinbaseSession, OneAbsurdNumberSilencesNothing) {
  open_synced();
  ticker(std::uint64_t{1} << 63U);
  for (const std::uint64_t sequence : {3, 4, 5}) book(sequence, "update", "ABC-USD", "6");
  EXPECT_EQ(events.count("anomaly gap"), 1U);
  EXPECT_EQ(events.count("recovering"), 0U);
  EXPECT_EQ(events.count("book"), 3U);
}

TEST_F(CoinbaseSession, AnotherNumberingHoldsAfterThreeMessages) {
  open_synced();
  for (std::uint64_t sequence = 2; sequence < 100; ++sequence) ticker(sequence);
  events.take();
  for (const std::uint64_t sequence : {10, 11, 12, 13}) ticker(sequence);
  EXPECT_EQ(events.count("anomaly duplicate"), 2U);
  EXPECT_EQ(events.count("recovering"), 2U) << "what was not taken may have been a book's";
  EXPECT_EQ(events.count("ticker"), 2U);
}

TEST(MessageNumbers, AHoleIsOneAndADuplicateIsOld) {
  using Is = MessageNumbers::Is;
  MessageNumbers numbers;
  EXPECT_EQ(numbers.accept(7), Is::kNext);
  EXPECT_EQ(numbers.accept(8), Is::kNext);
  EXPECT_EQ(numbers.accept(10), Is::kAfterHole);
  EXPECT_EQ(numbers.accept(10), Is::kOld);
  EXPECT_EQ(numbers.accept(UINT64_MAX), Is::kOdd);
  EXPECT_EQ(numbers.accept(11), Is::kNext);
  for (const std::uint64_t odd : {1ULL << 40U, (1ULL << 40U) + 1})
    EXPECT_EQ(numbers.accept(odd), Is::kOdd);
  EXPECT_EQ(numbers.accept((1ULL << 40U) + 2), Is::kAfterHole);
  EXPECT_EQ(numbers.accept((1ULL << 40U) + 3), Is::kNext);
}

TEST_F(CoinbaseSession, AProductThatIsNamedIsRefusedAndTheRestAskedForWithoutIt) {
  open({"ABC-USD", "ABC-USDT", "X-EUR"});
  events.sent.clear(), events.take();
  error("ABC-USDT is not a valid product");
  EXPECT_EQ(events.count("refused COINBASE:ABC-USDT"), 3U);
  EXPECT_EQ(events.count("refused"), 3U);
  EXPECT_THAT(events.sent.front(), HasSubstr(R"(["ABC-USD","X-EUR"],"channel":"level2")"));
}

TEST_F(CoinbaseSession, WhereNoneIsNamedTheOldestRequestIsHalvedUntilAProductIsAlone) {
  open({"A-USD", "B-USD", "C-USD"});
  for (int i = 0; i < 20 && events.count("refused") == 0; ++i) error("failure");
  EXPECT_GT(events.count("send"), 2U);
  EXPECT_EQ(events.count("refused"), 1U);
}

TEST_F(CoinbaseSession, BeyondTheBooksGrantedAConnectionHasNoMore) {
  open({"A-USD", "B-USD", "C-USD"});
  book(0, "snapshot", "A-USD", "1");
  message("subscriptions", 1, R"({"subscriptions":{"level2":["A-USD"]}})");
  events.take();
  error("too many subscriptions");
  EXPECT_EQ(events.count("beyond limit"), 2U);
  EXPECT_EQ(events.count("refused"), 0U);
  events.take();
  book(2, "snapshot", "B-USD", "1");
  adapter->resync(id("COINBASE:B-USD"));
  EXPECT_THAT(events.take(), IsEmpty());
  adapter->on_close();
  adapter->on_open(kReceived);
  EXPECT_THAT(events.sent.back(), HasSubstr(R"(["A-USD"])"));
}

TEST_F(CoinbaseSession, OneChannelIsAskedForAgainAlone) {
  open();
  events.sent.clear(), events.take();
  adapter->ask_again({id("COINBASE:ABC-USD"), schemas::Channel::kTrade});
  EXPECT_THAT(
      events.sent,
      ElementsAre(R"({"type":"unsubscribe","product_ids":["ABC-USD"],"channel":"market_trades"})",
                  R"({"type":"subscribe","product_ids":["ABC-USD"],"channel":"market_trades"})"));
  message("subscriptions", 0, R"({"subscriptions":{"ticker":["ABC-USD"]}})");
  EXPECT_EQ(events.acknowledged.size(), 1U);
  EXPECT_EQ(events.acknowledged[0].channel, schemas::Channel::kTicker);
}

TEST_F(CoinbaseSession, AProbeComparesRestsBestPricesUnlessSomethingCame) {
  open();
  const auto abc = id("COINBASE:ABC-USD");
  EXPECT_FALSE(adapter->probe(abc)) << "nothing to compare";
  book(0, "snapshot", "ABC-USD", "5");
  const auto answer = [this](std::string_view bids) {
    http(events.fetched.back(), 200,
         fmt::format(R"({{"pricebook":{{"product_id":"ABC-USD","bids":[{}],"asks":[]}}}})", bids));
  };
  for (const auto* bids : {R"({"price":"5.0","size":"2"})", R"({"price":"6","size":"2"})", ""}) {
    EXPECT_TRUE(adapter->probe(abc));
    answer(bids);
  }
  EXPECT_THAT(events.probed, ElementsAre(true, false, false));
  EXPECT_EQ(events.fetched.back(),
            "https://api.coinbase.com/api/v3/brokerage/market/product_book"
            "?product_id=ABC-USD&limit=1");
  adapter->probe(abc);
  http(events.fetched.back(), 429, "");
  adapter->probe(abc);
  book(1, "update", "ABC-USD", "6");
  answer(R"({"price":"6","size":"1"})");
  EXPECT_EQ(events.probed.size(), 3U);
}

TEST_F(CoinbaseSession, TheStatusOfAProductIsTold) {
  open();
  status(0, "online");
  EXPECT_THAT(events.take(), IsEmpty());
  status(1, "offline");
  EXPECT_THAT(events.take(), ElementsAre("halted COINBASE:ABC-USD"));
  status(2, "delisted");
  EXPECT_THAT(events.take(), ElementsAre("closed COINBASE:ABC-USD"));
  events.sent.clear(), events.take();
  status(3, "online");
  EXPECT_EQ(events.count("trading"), 1U);
  EXPECT_EQ(events.sent.size(), 6U) << "listed again: each channel is subscribed to anew";
  events.take();
  status(4, "napping");
  EXPECT_THAT(events.take(), ElementsAre("anomaly unknown_message", "halted COINBASE:ABC-USD"));
  message("market_trades", 5,
          R"({"type":"update","trades":[{"product_id":"ABC-USD","trade_id":"1","price":"5",)"
          R"("size":"1","time":"2026-11-20T10:00:00Z","side":"BUY"}]})");
  EXPECT_THAT(events.take(),
              ElementsAre("trading COINBASE:ABC-USD", "trade COINBASE:ABC-USD 1 sell 5x1"));
}

TEST_F(CoinbaseSession, TheStatusIsAskedForUntilItIsAnswered) {
  open();
  const auto at = [this](std::int64_t seconds) {
    const testing::PaddedText beat(R"({"channel":"heartbeats","events":[]})");
    adapter->on_text(beat.view(), schemas::Timestamp{kReceived.value() + seconds * 1'000'000});
    return events.take().size();
  };
  EXPECT_EQ(at(9), 0U);
  EXPECT_EQ(at(10), 1U);
  EXPECT_EQ(at(29), 0U);
  message("subscriptions", 0, R"({"subscriptions":{"status":["ABC-USD","XYZ-USD"]}})");
  EXPECT_EQ(at(40), 0U);
  EXPECT_EQ(at(339), 0U);
  EXPECT_EQ(at(341), 2U) << "anew, by an unsubscribe and a subscribe";
  EXPECT_EQ(at(350), 0U);
  EXPECT_EQ(at(352), 1U) << "until it is answered";
}

TEST_F(CoinbaseSession, AnEmptyMarketsTickerIsNone) {
  open();
  message("ticker", 0,
          R"({"type":"snapshot","tickers":[{"product_id":"ABC-USD","price":"0",)"
          R"("volume_24_h":"0","low_24_h":"0","high_24_h":"0"}]})");
  EXPECT_THAT(events.take(), IsEmpty());
}

TEST_F(CoinbaseSession, AnItemOfAWrongTypeSpoilsNothingBesideIt) {
  open_synced();
  message("l2_data", 2,
          R"({"type":"update","product_id":"ABC-USD","updates":7},{"type":"update",)"
          R"("product_id":"XYZ-USD","updates":[{"side":"bid","price_level":"8",)"
          R"("new_quantity":"1"}]})");
  EXPECT_EQ(events.count("recovering COINBASE:ABC-USD"), 1U);
  EXPECT_EQ(events.count("recovering"), 1U);
  EXPECT_EQ(events.count("book COINBASE:XYZ-USD"), 1U);
  events.take();
  message("ticker", 3,
          R"({"tickers":[7,{"product_id":"ABC-USD","price":"5","volume_24_h":"1",)"
          R"("low_24_h":"1","high_24_h":"9"}]},7)");
  EXPECT_EQ(events.count("ticker"), 1U);
  EXPECT_EQ(events.count("anomaly parse_error"), 1U);
}

TEST_F(CoinbaseSession, AnAliasIsMadeEvenAfterTheDataCame) {
  AdapterSettings settings;
  settings.discover = true;
  AdapterTest::open(settings);
  book(0, "snapshot", "ABC-USD", "5");
  events.take();
  message("subscriptions", 1, R"({"subscriptions":{"level2":["ABC-USDC"]}})");
  EXPECT_EQ(events.count("instrument COINBASE:ABC-USDC"), 1U);
  EXPECT_EQ(events.count("synced COINBASE:ABC-USDC"), 1U);
  EXPECT_EQ(events.count("quote COINBASE:ABC-USDC 5x1 0x0"), 1U);
}

TEST_F(CoinbaseSession, ProductsComeAndGoAndTheOthersAreNotAskedForAgain) {
  open_synced();
  events.sent.clear();
  adapter->carry(std::vector<std::string>{"NEW-USD"}, kReceived);
  ASSERT_EQ(events.sent.size(), 4U);
  for (const auto& sent : events.sent) {
    EXPECT_THAT(sent, AllOf(HasSubstr(R"("type":"subscribe","product_ids":["NEW-USD"])")));
  }
  book(2, "snapshot", "NEW-USD", "3");
  events.take();
  events.sent.clear();
  const schemas::InstrumentId leaving[] = {id("COINBASE:ABC-USD")};
  adapter->release(leaving, kReceived);
  ASSERT_EQ(events.sent.size(), 4U);
  for (const auto& sent : events.sent) {
    EXPECT_THAT(sent, HasSubstr(R"("type":"unsubscribe","product_ids":["ABC-USD"])"));
  }
  events.take();
  book(3, "update", "ABC-USD", "6");  // on its way
  EXPECT_THAT(events.take(), IsEmpty());
  book(4, "update", "XYZ-USD", "8");
  EXPECT_THAT(events.take(), Contains(HasSubstr("book COINBASE:XYZ-USD")));
  book(6, "update", "XYZ-USD", "9");  // after a hole
  EXPECT_THAT(events.take(), Each(Not(HasSubstr("ABC-USD"))));
}

// One product feeds both.
TEST_F(CoinbaseSession, OfTwoInstrumentsOfAProductOneComesAndGoesWithoutAWord) {
  open_synced();
  events.sent.clear();
  adapter->carry(std::vector<std::string>{"ABC-USDC"}, kReceived);
  EXPECT_THAT(events.sent, IsEmpty());
  EXPECT_THAT(events.take(),
              AllOf(Contains("instrument COINBASE:ABC-USDC"), Contains("synced COINBASE:ABC-USDC"),
                    Contains(HasSubstr("book COINBASE:ABC-USDC"))));
  const schemas::InstrumentId first[] = {id("COINBASE:ABC-USD")};
  adapter->release(first, kReceived);
  EXPECT_THAT(events.sent, IsEmpty());
  book(2, "update", "ABC-USD", "6");
  EXPECT_THAT(events.take(), AllOf(Contains(HasSubstr("book COINBASE:ABC-USDC")),
                                   Not(Contains(HasSubstr("COINBASE:ABC-USD ")))));
  const schemas::InstrumentId other[] = {id("COINBASE:ABC-USDC")};
  adapter->release(other, kReceived);
  EXPECT_EQ(events.sent.size(), 4U) << "nobody is left";
}

}  // namespace
}  // namespace tickgate::feeds::coinbase
