// SPDX-License-Identifier: Apache-2.0
// A connection to Binance: what is asked for, and which symbols there are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/feeds/venues/binance_fixture.h"

namespace tickgate::feeds::binance {
namespace {

using schemas::Channel;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::settings_of;

class BinanceSession : public BinanceTest {};

TEST_F(BinanceSession, ConnectsToTheCombinedMode) {
  const struct {
    const char *base, *url;
  } cases[] = {
      {"", "wss://stream.binance.com:9443/stream"},
      {"wss://data-stream.binance.vision", "wss://data-stream.binance.vision/stream"},
      {"ws://127.0.0.1:9001/", "ws://127.0.0.1:9001/stream"},
      {"ws://127.0.0.1:9001/stream", "ws://127.0.0.1:9001/stream"},
  };
  for (const auto& [base, url] : cases) {
    auto settings = settings_of({"BTC-USDT"});
    settings.websocket_url = base;
    make(settings);
    EXPECT_EQ(adapter->url(), url);
  }
  EXPECT_EQ(adapter->facts().limits.lifetime, std::chrono::hours(24));
}

TEST_F(BinanceSession, OnOpenSubscribesAndFetchesTheListAndThenSnapshotsOfWhatIsGranted) {
  auto settings = settings_of({"BTC-USDT", "ETH-USDT"});
  settings.book_depth = 500;
  settings.rest_url = "http://127.0.0.1:9002";
  make(settings);
  adapter->on_open(kReceived);
  EXPECT_THAT(
      events.take(),
      ElementsAre(
          "instrument BINANCE:BTC-USDT", "instrument BINANCE:ETH-USDT",
          R"(send {"method":"SUBSCRIBE","params":["btcusdt@depth@100ms","ethusdt@depth@100ms"],"id":1})",
          R"(send {"method":"SUBSCRIBE","params":["btcusdt@bookTicker","ethusdt@bookTicker"],"id":2})",
          R"(send {"method":"SUBSCRIBE","params":["btcusdt@trade","ethusdt@trade"],"id":3})",
          R"(send {"method":"SUBSCRIBE","params":["btcusdt@ticker","ethusdt@ticker"],"id":4})",
          "fetch http://127.0.0.1:9002/api/v3/exchangeInfo?symbols="
          "%5B%22BTCUSDT%22%2C%22ETHUSDT%22%5D"));
  EXPECT_EQ(events.awaited.size(), 8U);
  acknowledge(2);
  EXPECT_THAT(events.take(), ElementsAre("acknowledged BINANCE:BTC-USDT quote",
                                         "acknowledged BINANCE:ETH-USDT quote"));
  diff(1, 1, "", "", "ETHUSDT");  // as good as its acknowledgement
  EXPECT_THAT(events.take(),
              ElementsAre("fetch http://127.0.0.1:9002/api/v3/depth?symbol=ETHUSDT&limit=500"));
  acknowledge(1);
  EXPECT_THAT(events.take(),
              ElementsAre("acknowledged BINANCE:BTC-USDT book",
                          "fetch http://127.0.0.1:9002/api/v3/depth?symbol=BTCUSDT&limit=500",
                          "acknowledged BINANCE:ETH-USDT book"));
  adapter->on_close();
  adapter->on_open(kReceived);
  EXPECT_EQ(events.count("instrument"), 0U);
  EXPECT_EQ(events.count("send"), 4U);
}

TEST_F(BinanceSession, RefusesWhatOneConnectionCannotCarry) {
  AdapterSettings settings;
  for (int i = 0; i < 257; ++i) settings.pairs.push_back("A" + std::to_string(i) + "-USDT");
  make(settings);
  adapter->on_open(kReceived);
  EXPECT_EQ(events.count("refused BINANCE:A256-USDT book"), 1U);
  EXPECT_EQ(events.awaited.size(), 1024U);
  EXPECT_EQ(adapter->facts().symbols_per_connection, 256U);
}

TEST_F(BinanceSession, ASymbolNobodyAskedForMakesNoState) {
  open();
  diff(1, 2, "", "", "DOGEUSDT");
  text(R"({"data":{"u":1,"s":"币安人生USDT","b":"1","B":"2","a":"1","A":"2"}})");
  EXPECT_THAT(events.take(),
              ElementsAre("anomaly unknown_instrument", "anomaly unknown_instrument"));
  EXPECT_EQ(registry.size(), 2U);
}

TEST_F(BinanceSession, ACaptureMayHoldSnapshotsBeforeTheConnection) {
  AdapterSettings settings;
  settings.discover = true;
  make(settings);
  http(kDepthTarget, 200, file("depth_snapshot.json"));
  adapter->on_open(kReceived);
  diff(101, 101, R"(["39999.00","1"])");
  EXPECT_EQ(events.count("instrument"), 1U);
  EXPECT_EQ(events.count("synced"), 1U);
  EXPECT_EQ(events.count("book"), 2U);
  EXPECT_EQ(events.lines.size(), 4U);
}

TEST_F(BinanceSession, AFailedSnapshotIsRequestedAgainAnUnlistedSymbolIsClosed) {
  open();
  for (const int status : {0, 429, 503}) {
    http(kDepthTarget, status, "<html>");
    EXPECT_THAT(events.take(), ElementsAre("resync BINANCE:BTC-USDT"));
    adapter->resync(btc());
    EXPECT_THAT(events.take(), ElementsAre("fetch " + std::string(kDepthTarget)));
  }
  http(kDepthTarget, 200, R"({"lastUpdateId":1,"bids":[["x","1"]],"asks":[]})");
  EXPECT_THAT(events.take(), ElementsAre("anomaly parse_error", "resync BINANCE:BTC-USDT"));
  http(kDepthTarget, 400, R"({"code":-1121,"msg":"Invalid symbol."})");
  EXPECT_THAT(events.take(), ElementsAre("closed BINANCE:BTC-USDT"));
  EXPECT_EQ(events.reasons.back(), "not listed");
}

TEST_F(BinanceSession, AnAnnouncedShutdownRequestsAnotherConnection) {
  open();
  text(R"({"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1770000000000}})");
  EXPECT_THAT(events.take(), ElementsAre("reconnect"));
}

TEST_F(BinanceSession, OnCloseEveryBookIsForgotten) {
  open_synced();
  adapter->on_close();
  EXPECT_EQ(adapter->book(btc()), nullptr);
  http(kDepthTarget, 200, file("depth_snapshot.json"));  // late
  EXPECT_THAT(events.take(), IsEmpty());
  adapter->on_open(kReceived);
  events.take();
  diff(101, 101, R"(["1.0","1.0"])");
  diff(102, 102, R"(["1.0","1.0"])");
  EXPECT_THAT(events.take(), ElementsAre("fetch " + std::string(kDepthTarget)));
}

TEST_F(BinanceSession, NoMessageIsLargerThanTheVenueReadsAndNoneHasTooManyStreams) {
  AdapterSettings settings;
  for (int i = 0; i < 256; ++i) {
    settings.pairs.push_back(fmt::format("1000000000000SATSANDMORE{:03}-FDUSD", i));
  }
  make(settings);
  adapter->on_open(kReceived);
  for (const auto& text : events.sent) EXPECT_LT(text.size(), 4'000U);
  EXPECT_LT(events.sent.size(), 24U);
  EXPECT_EQ(events.awaited.size(), 1024U);
}

TEST_F(BinanceSession, ARefusedMessageIsHalvedUntilWhatItMeansIsAlone) {
  open(settings_of({"A-USDT", "B-USDT", "C-USDT", "D-USDT"}));
  reconnect();
  const auto sends = [&](const std::string& what) {
    const auto lines = events.take();
    std::size_t found = 0;
    for (const auto& line : lines) found += line.find(what) == line.npos ? 0U : 1U;
    return std::pair(lines.size(), found);
  };
  // What the venue takes but for b@trade, which was sent as the third of them.
  text(R"({"error":{"code":2,"msg":"Invalid request"},"id":7})");
  EXPECT_EQ(sends(R"(["ausdt@trade","busdt@trade"],"id":9)"), std::pair(2UL, 1UL));
  acknowledge(10);
  EXPECT_THAT(events.take(), ElementsAre("acknowledged BINANCE:C-USDT trade",
                                         "acknowledged BINANCE:D-USDT trade"));
  text(R"({"code":2,"msg":"Invalid request","id":9})");
  EXPECT_EQ(sends(R"(["busdt@trade"],"id":12)"), std::pair(2UL, 1UL));
  text(R"({"error":{"code":2,"msg":"Invalid request: no"},"id":12})");
  EXPECT_THAT(events.take(), ElementsAre("refused BINANCE:B-USDT trade"));
  EXPECT_EQ(events.details.back(), "Invalid request: no");
  // It is asked for again, alone.
  adapter->ask_again({id("BINANCE:B-USDT"), Channel::kTrade});
  EXPECT_THAT(events.take(),
              ElementsAre(R"(send {"method":"UNSUBSCRIBE","params":["busdt@trade"],"id":13})",
                          R"(send {"method":"SUBSCRIBE","params":["busdt@trade"],"id":14})"));
  acknowledge(13);
  EXPECT_THAT(events.take(), IsEmpty());
  acknowledge(14);
  EXPECT_THAT(events.take(), ElementsAre("acknowledged BINANCE:B-USDT trade"));
}

TEST_F(BinanceSession, AMessageWithoutAnAnswerIsHalvedToo) {
  open(settings_of({"A-USDT", "B-USDT"}));
  reconnect();
  for (const int id : {5, 6, 8}) acknowledge(id);
  events.take();
  const auto later = [&](std::int64_t seconds) {
    const testing::PaddedText frame(R"({"result":null,"id":999})");
    adapter->on_text(frame.view(), schemas::Timestamp{kReceived.value() + seconds * 1'000'000});
    return events.take();
  };
  EXPECT_THAT(later(4), IsEmpty());
  EXPECT_THAT(later(6),
              ElementsAre(R"(send {"method":"SUBSCRIBE","params":["ausdt@trade"],"id":9})",
                          R"(send {"method":"SUBSCRIBE","params":["busdt@trade"],"id":10})"));
  EXPECT_THAT(later(60), IsEmpty());  // alone: the feed asks for it again
}

TEST_F(BinanceSession, WhoWasNeverAnsweredAsksInSmallerMessages) {
  AdapterSettings settings;
  for (int i = 0; i < 100; ++i) settings.pairs.push_back("A" + std::to_string(i) + "-USDT");
  make(settings);
  adapter->on_open(kReceived);
  EXPECT_EQ(events.count("send"), 4U);
  reconnect();
  adapter->on_close();
  adapter->on_open(kReceived);
  EXPECT_EQ(events.count("send"), 4U * 10);
  acknowledge(1'000);
  reconnect();
  EXPECT_GT(events.sent.back().size(), 10U);
}

TEST_F(BinanceSession, BeyondALimitSymbolsGoToAnotherConnectionWhole) {
  AdapterSettings settings;
  for (int i = 0; i < 101; ++i) settings.pairs.push_back("A" + std::to_string(i) + "-USDT");
  open(settings);
  text(R"({"error":{"code":2,"msg":"too many streams"},"id":5})");
  EXPECT_EQ(events.count("beyond limit BINANCE:A100-USDT"), 1U);
  EXPECT_EQ(events.count("beyond limit"), 1U);
  EXPECT_EQ(events.count(R"(send {"method":"UNSUBSCRIBE","params":["a100usdt@)"), 4U);
  events.take();
  text(R"({"data":{"u":1,"s":"A100USDT","b":"1","B":"2","a":"3","A":"4"}})");
  adapter->ask_again({id("BINANCE:A100-USDT"), Channel::kTrade});
  adapter->resync(id("BINANCE:A100-USDT"));
  EXPECT_THAT(events.take(), IsEmpty());
}

TEST_F(BinanceSession, ABookThatFallsSilentIsSubscribedToAnew) {
  open_synced(settings_of({"BTC-USDT"}));
  adapter->resync(btc());
  EXPECT_THAT(
      events.take(),
      ElementsAre("recovering BINANCE:BTC-USDT",
                  R"(send {"method":"UNSUBSCRIBE","params":["btcusdt@depth@100ms"],"id":5})",
                  R"(send {"method":"SUBSCRIBE","params":["btcusdt@depth@100ms"],"id":6})"));
  acknowledge(6);
  EXPECT_THAT(events.take(), ElementsAre("acknowledged BINANCE:BTC-USDT book",
                                         "fetch " + std::string(kDepthTarget)));
}

TEST_F(BinanceSession, SymbolsComeAndGoAndTheOthersAreNotAskedForAgain) {
  open_synced();
  events.sent.clear();
  events.fetched.clear();
  adapter->carry(std::vector<std::string>{"SOL-USDT"}, kReceived);
  EXPECT_THAT(events.sent,
              ElementsAre(R"({"method":"SUBSCRIBE","params":["solusdt@depth@100ms"],"id":5})",
                          R"({"method":"SUBSCRIBE","params":["solusdt@bookTicker"],"id":6})",
                          R"({"method":"SUBSCRIBE","params":["solusdt@trade"],"id":7})",
                          R"({"method":"SUBSCRIBE","params":["solusdt@ticker"],"id":8})"));
  ASSERT_EQ(events.fetched.size(), 1U) << "the list, of all";
  EXPECT_NE(events.fetched.front().find("SOLUSDT"), std::string::npos);
  events.sent.clear();
  events.fetched.clear();
  const schemas::InstrumentId leaving[] = {btc(), id("BINANCE:SOL-USDT")};
  adapter->release(leaving, kReceived);
  EXPECT_THAT(
      events.sent,
      ElementsAre(
          R"({"method":"UNSUBSCRIBE","params":["btcusdt@depth@100ms","solusdt@depth@100ms"],"id":9})",
          R"({"method":"UNSUBSCRIBE","params":["btcusdt@bookTicker","solusdt@bookTicker"],"id":10})",
          R"({"method":"UNSUBSCRIBE","params":["btcusdt@trade","solusdt@trade"],"id":11})",
          R"({"method":"UNSUBSCRIBE","params":["btcusdt@ticker","solusdt@ticker"],"id":12})"));
  EXPECT_THAT(events.fetched, ElementsAre("https://api.binance.com/api/v3/exchangeInfo?symbols="
                                          "%5B%22ETHUSDT%22%5D"));
  events.take();
  // What was on its way: nothing of it comes, and nothing is counted.
  for (int request = 5; request <= 12; ++request) acknowledge(request);
  diff(101, 101, R"(["40000.10","1"])");
  diff(150, 150, R"(["40000.10","1"])");
  trade(7);
  http(kDepthTarget, 200, file("depth_snapshot.json"));
  EXPECT_THAT(events.take(), IsEmpty());
  // A list that was asked for before, of which one is wrong: that may be one of those that left.
  http("https://api.binance.com/api/v3/exchangeInfo?symbols=%5B%22BTCUSDT%22,%22ETHUSDT%22%5D", 400,
       R"({"code":-1121,"msg":"Invalid symbol."})");
  EXPECT_THAT(events.take(),
              ElementsAre("fetch https://api.binance.com/api/v3/exchangeInfo?symbols="
                          "%5B%22ETHUSDT%22%5D"));
}

}  // namespace
}  // namespace tickgate::feeds::binance
