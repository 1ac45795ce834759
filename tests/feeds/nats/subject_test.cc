// SPDX-License-Identifier: Apache-2.0
#include "feeds/nats/subject.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace tickgate::feeds {
namespace {

using schemas::Channel;
using schemas::Interval;
using ::testing::ElementsAre;
using ::testing::Optional;

const Subjects kSubjects("tickgate.v1");

TEST(Subjects, NameWhatIsOnTheWire) {
  EXPECT_EQ(kSubjects.quote("KRAKEN:BTC-USD"), "tickgate.v1.quote.KRAKEN.BTC-USD");
  EXPECT_EQ(kSubjects.trade("SIM:QUIET"), "tickgate.v1.trade.SIM.QUIET");
  EXPECT_EQ(kSubjects.bar("KRAKEN:BTC-USD", Interval::k1m), "tickgate.v1.bar.KRAKEN.BTC-USD.1m");
  EXPECT_EQ(kSubjects.instrument("A.B:C.D-E"), "tickgate.v1.instrument.A=2EB.C=2ED-E");
  EXPECT_EQ(kSubjects.heartbeat(), "tickgate.v1.heartbeat");
  EXPECT_EQ(kSubjects.ask_book(), "tickgate.v1.ask.book");
  EXPECT_EQ(kSubjects.want_bars(), "tickgate.v1.want.bars");
}

TEST(Subjects, SpellPatternsAsWildcards) {
  EXPECT_EQ(kSubjects.of(Topic::kQuote, "KRAKEN:*"), "tickgate.v1.quote.KRAKEN.*");
  EXPECT_EQ(kSubjects.of(Topic::kQuote, "*:BTC-USD"), "tickgate.v1.quote.*.BTC-USD");
  EXPECT_EQ(kSubjects.of(Topic::kStatus, "*"), "tickgate.v1.status.*.*");
  EXPECT_EQ(kSubjects.bars("*"), "tickgate.v1.bar.*.*.*");
}

TEST(Subjects, NoSymbolReachesBeyondItsToken) {
  EXPECT_EQ(kSubjects.quote("X:>\r\nPUB a"), "tickgate.v1.quote.X.=3E=0D=0APUB=20a");
  EXPECT_EQ(kSubjects.quote("BINANCE:\xE5\xB8\x81-USDT"),
            "tickgate.v1.quote.BINANCE.=E5=B8=81-USDT");
  EXPECT_EQ(kSubjects.quote("X:"), "tickgate.v1.quote.X.=");
}

TEST(Subjects, AreReadBack) {
  for (const std::string symbol :
       {"KRAKEN:BTC-USD", "SIM:QUIET", "A.B:C.D-E", "BINANCE:\xE5\xB8\x81-USDT"}) {
    for (const auto topic : {Topic::kQuote, Topic::kBook, Topic::kTicker, Topic::kStatus,
                             Topic::kInstrument, Topic::kTrade}) {
      const auto parsed = kSubjects.parse(kSubjects.of(topic, symbol));
      ASSERT_TRUE(parsed) << symbol;
      EXPECT_EQ(parsed->topic, topic);
      EXPECT_EQ(parsed->symbol, symbol);
      EXPECT_EQ(parsed->interval, std::nullopt);
    }
    const auto bar = kSubjects.parse(kSubjects.bar(symbol, Interval::k4h));
    ASSERT_TRUE(bar);
    EXPECT_EQ(bar->symbol, symbol);
    EXPECT_THAT(bar->interval, Optional(Interval::k4h));
  }
  for (const auto topic :
       {Topic::kHeartbeat, Topic::kVenues, Topic::kAskBook, Topic::kAskBars, Topic::kWantBars}) {
    const auto parsed = kSubjects.parse(kSubjects.of(topic));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->topic, topic);
    EXPECT_EQ(parsed->symbol, "");
  }
}

TEST(Subjects, OfOthersAreNone) {
  for (const char* subject : {"",
                              "tickgate.v1",
                              "tickgate.v1.",
                              "tickgate.v2.quote.A.B",
                              "tickgate.v10.quote.A.B",
                              "tickgate.v1.quote",
                              "tickgate.v1.quote.A",
                              "tickgate.v1.quote.A.",
                              "tickgate.v1.quote..B",
                              "tickgate.v1.quote.A.B.C",
                              "tickgate.v1.quote.A.B.",
                              "tickgate.v1.bar.A.B",
                              "tickgate.v1.bar.A.B.2m",
                              "tickgate.v1.bar.A.B.1m.x",
                              "tickgate.v1.quote.*.B",
                              "tickgate.v1.quote.A.=2a",
                              "tickgate.v1.quote.A.=41",
                              "tickgate.v1.quote.A.=2",
                              "tickgate.v1.quote.A.=20",
                              "tickgate.v1.quote.A.=",
                              "tickgate.v1.quote.=2A.B",
                              "tickgate.v1.heartbeat.x",
                              "tickgate.v1.ask",
                              "tickgate.v1.nothing.A.B"}) {
    EXPECT_EQ(kSubjects.parse(subject), std::nullopt) << subject;
  }
}

TEST(Subjects, NameTheStreams) {
  EXPECT_EQ(kSubjects.last_stream(), "TICKGATE_V1_LAST");
  EXPECT_EQ(kSubjects.trades_stream(), "TICKGATE_V1_TRADES");
  EXPECT_EQ(kSubjects.bucket(), "TICKGATE_V1");
  EXPECT_THAT(kSubjects.last_subjects(),
              ElementsAre("tickgate.v1.quote.>", "tickgate.v1.book.>", "tickgate.v1.ticker.>",
                          "tickgate.v1.status.>", "tickgate.v1.bar.>", "tickgate.v1.instrument.>",
                          "tickgate.v1.heartbeat", "tickgate.v1.venues"));
  EXPECT_THAT(kSubjects.trade_subjects(), ElementsAre("tickgate.v1.trade.>"));
}

TEST(Subjects, APrefixIsWordsWithDotsBetween) {
  for (const char* good : {"a", "tickgate.v1", "Desk-7.test_2"}) {
    EXPECT_TRUE(Subjects::check_prefix(good).ok()) << good;
  }
  for (const char* bad : {"", ".", "a.", ".a", "a..b", "a b", "a.*", "a.>", "\xC3\xA4"}) {
    EXPECT_EQ(Subjects::check_prefix(bad).code(), absl::StatusCode::kInvalidArgument) << bad;
  }
  EXPECT_FALSE(Subjects::check_prefix(std::string(65, 'a')).ok());
}

TEST(Subjects, EveryChannelHasATopicOfItsOwn) {
  for (std::size_t i = 0; i < schemas::kChannelCount; ++i) {
    const auto channel = static_cast<Channel>(i);
    EXPECT_THAT(channel_of(topic_of(channel)), Optional(channel));
  }
  EXPECT_EQ(channel_of(Topic::kInstrument), std::nullopt);
  EXPECT_EQ(channel_of(Topic::kHeartbeat), std::nullopt);
}

TEST(Tokens, AnyTextIsOneAndComesBack) {
  EXPECT_EQ(escape_token("BTC-USD"), "BTC-USD");
  EXPECT_EQ(escape_token(""), "=");
  EXPECT_EQ(escape_token("="), "=3D");
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  EXPECT_THAT(unescape_token(escape_token(all)), Optional(all));
  for (const char* bad : {"", "a.b", "==", "=4", "=GG", "=2e", "=41", "a b"}) {
    EXPECT_EQ(unescape_token(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace tickgate::feeds
