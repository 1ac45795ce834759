// SPDX-License-Identifier: Apache-2.0
// Ticks that cannot be right, from a venue's message to what clients see and operators read.
#include "feeds/feed/quarantine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/toy_feed.h"

namespace tickgate::feeds {
namespace {

using schemas::Channel;
using schemas::State;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Instrument 0 costs 10, as its trades say.
class QuarantineTest : public FeedTest {
 protected:
  void begin(VenueFacts facts = kToyFacts) {
    facts_ = facts;
    auto options = patient();
    options.plausible.factor = 10;
    make(options);
    go_live();
    text("trd 0 1 10.5");
    sink.take();
  }
  std::uint64_t off() const {
    return feed->counters().quarantined[static_cast<std::size_t>(Implausible::kOffMedian)].value();
  }
};

constexpr VenueFacts kOwnQuotes{.name = "toy"};

TEST_F(QuarantineTest, ATradeThatCannotBeRightTakesItsNumberAndIsAGap) {
  begin();
  text("trd 0 2 1050.0");
  text("trd 0 3 10.6");
  EXPECT_THAT(sink.take(), ElementsAre("gap 0 2-2", "trade 0 3 10.6"));
  EXPECT_EQ(off(), 1U);
  EXPECT_EQ(feed->counters().trades_lost.value(), 1U);
  EXPECT_EQ(sink.states[0], State::kLive);
}

TEST_F(QuarantineTest, WhatTheVenueSentIsKeptWithItsReasonAndReference) {
  begin();
  text("trd 0 2 1050.0");
  text("upd 0 2 107.00");
  const auto kept = feed->quarantine().newest();
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[0].channel, Channel::kBook);
  EXPECT_EQ(kept[0].price, "107.00");
  EXPECT_EQ(kept[0].message, "upd 0 2 107.00");
  EXPECT_EQ(kept[1].time.value(), steady.count());
  EXPECT_EQ(kept[1].symbol, "TOY:A-USD");
  EXPECT_EQ(kept[1].channel, Channel::kTrade);
  EXPECT_EQ(kept[1].reason, Implausible::kOffMedian);
  EXPECT_EQ(kept[1].price, "1050.0");
  EXPECT_EQ(kept[1].reference, "10.5");
  EXPECT_EQ(kept[1].message, "trd 0 2 1050.0");
  EXPECT_EQ(kept[1].message_bytes, 14U);
  EXPECT_FALSE(kept[1].is_binary);
  EXPECT_EQ(off(), 2U);
}

TEST_F(QuarantineTest, OneBadBookIsDroppedAndTheSecondInARowIsRecovering) {
  begin();
  text("upd 0 2 1000.0");
  EXPECT_THAT(sink.take(), IsEmpty());
  text("upd 0 3 10.1");
  EXPECT_THAT(sink.take(), ElementsAre("book 0 2 10.1", "quote 0 2 10.1"));
  text("upd 0 4 1000.0");
  text("upd 0 5 1000.1");
  EXPECT_THAT(sink.take(), ElementsAre("status 0 recovering"));
  EXPECT_THAT(sink.reasons[0], HasSubstr("the venue's prices cannot be right"));
  EXPECT_EQ(off(), 3U);  // a quote that is made of its book is not counted twice
  text("upd 0 6 10.2");
  EXPECT_THAT(sink.take(), ElementsAre("status 0 live", "book 0 3 10.2", "quote 0 3 10.2"));
  EXPECT_EQ(sink.states[1], State::kLive);
}

TEST_F(QuarantineTest, OneThatNothingReplacesForASecondIsRecoveringToo) {
  begin();
  text("upd 0 2 1000.0");
  run(milliseconds(950), "hb");
  EXPECT_EQ(sink.states[0], State::kLive);
  run(milliseconds(150), "hb");
  EXPECT_EQ(sink.states[0], State::kRecovering);
  text("upd 0 3 10.2");
  EXPECT_EQ(sink.states[0], State::kLive);
}

TEST_F(QuarantineTest, ARealMoveGetsThroughInTenSecondsWithWhatWasHeldBack) {
  begin();
  std::uint64_t id = 1;
  text("upd 0 2 500.0");
  sink.take();
  for (int i = 0; i < 199; ++i) {
    run(milliseconds(50));
    if (i % 20 == 0) text(fmt::format("trd 0 {} 500.5", ++id));
    if (i == 100) text("upd 0 3 500.1");
  }
  EXPECT_EQ(sink.states[0], State::kRecovering);
  sink.take();
  run(milliseconds(50));  // no tick: the time alone
  EXPECT_THAT(sink.take(), ElementsAre("status 0 live", "quote 0 2 500.1", "book 0 2 500.1"));
  text(fmt::format("trd 0 {} 500.5", ++id));
  EXPECT_THAT(sink.take(), ElementsAre(HasSubstr(" 500.5")));
  text(fmt::format("trd 0 {} 10.5", ++id));
  EXPECT_THAT(sink.take(), ElementsAre(HasSubstr("gap 0 ")));
}

TEST_F(QuarantineTest, WhatWasHeldBackIsGoneWhenTheOldLevelComesBack) {
  begin();
  text("upd 0 2 500.0");
  text("upd 0 3 500.1");
  ASSERT_EQ(sink.states[0], State::kRecovering);
  sink.take();
  text("upd 0 4 10.2");
  EXPECT_THAT(sink.take(), ElementsAre("status 0 live", "book 0 2 10.2", "quote 0 2 10.2"));
  run(seconds(30), "hb");
  EXPECT_THAT(sink.take(), IsEmpty());
}

TEST_F(QuarantineTest, BadTradesInARowDoubtTheInstrumentUntilAnyGoodPrice) {
  begin();
  text("trd 0 2 500");
  text("trd 0 3 500");
  EXPECT_EQ(sink.states[0], State::kRecovering);
  text("upd 0 2 10.1");
  EXPECT_EQ(sink.states[0], State::kLive);
}

TEST_F(QuarantineTest, AQuoteOfItsOwnIsDoubtedAloneWhileTheBookGoesOn) {
  begin(kOwnQuotes);
  text("quo 0 1 10.0");
  text("upd 0 2 10.1");
  sink.take();
  for (int i = 3; i < 6; ++i) {
    text(fmt::format("quo 0 {} 500", i));
    text(fmt::format("upd 0 {} 10.{}", i, i));
  }
  EXPECT_EQ(sink.quote_states[0], State::kRecovering);
  EXPECT_THAT(sink.lines, ::testing::Not(Contains(HasSubstr("quote 0"))));
  sink.take();
  text("quo 0 9 10.2");
  EXPECT_EQ(sink.states[0], State::kLive);
  EXPECT_EQ(sink.quote_states[0], State::kLive);
  EXPECT_THAT(sink.take(), Contains(HasSubstr("quote 0 ")));
}

TEST_F(QuarantineTest, AGoodPriceReleasesNothingBadOfAnotherChannel) {
  begin(kOwnQuotes);
  text("quo 0 1 10.0");
  sink.take();
  text("upd 0 2 500");
  text("quo 0 2 500");
  EXPECT_EQ(sink.states[0], State::kRecovering);
  text("trd 0 2 10.5");
  EXPECT_THAT(sink.take(), ElementsAre("status 0 recovering", "status 0 live", "trade 0 2 10.5"));
  run(milliseconds(1100), "hb");  // neither book nor quote was replaced
  EXPECT_THAT(sink.take(), ElementsAre("status 0 recovering"));
  text("quo 0 3 10.1");
  text("upd 0 3 10.2");
  EXPECT_EQ(sink.states[0], State::kLive);
  EXPECT_THAT(sink.take(), ::testing::Not(Contains(HasSubstr("500"))));
}

TEST_F(QuarantineTest, ATickerIsNotServedAndDoubtsNothing) {
  begin();
  for (int i = 1; i < 5; ++i) text(fmt::format("tic 0 {} 1000", i));
  EXPECT_THAT(sink.take(), IsEmpty());
  EXPECT_EQ(off(), 4U);
  EXPECT_EQ(sink.states[0], State::kLive);
  text("tic 0 5 10.7");
  EXPECT_THAT(sink.take(), ElementsAre("ticker 0 1 10.7"));
}

TEST_F(QuarantineTest, AfterAHaltItOpensWhereItLikes) {
  begin();
  text("halt 0");
  text("open 0");
  sink.take();
  text("trd 0 2 1000");
  EXPECT_THAT(sink.take(), ElementsAre("trade 0 2 1000"));
}

TEST_F(QuarantineTest, AHaltedInstrumentShowsNoBadBook) {
  begin();
  text("halt 0");
  text("upd 0 2 500");
  text("upd 0 3 501");
  EXPECT_EQ(sink.states[0], State::kRecovering);
  EXPECT_THAT(sink.take(), ElementsAre("status 0 halted", "status 0 recovering"));
  text("upd 0 4 11");
  EXPECT_THAT(sink.take(), ElementsAre("status 0 halted", "book 0 2 11", "quote 0 2 11"));
}

TEST_F(QuarantineTest, WhatItCostsOutlivesAConnection) {
  begin();
  lose(ReconnectReason::kClosed);
  run(seconds(2));
  first().on_connected(now());
  text("snap 0 1 10.0");
  sink.take();
  text("trd 0 2 1000");
  EXPECT_THAT(sink.take(), ElementsAre("gap 0 2-2"));
}

TEST_F(QuarantineTest, OnlyAHundredAreKept) {
  begin();
  for (int i = 2; i < 1002; ++i) text(fmt::format("trd 0 {} 1000.{}", i, i));
  const auto kept = feed->quarantine().newest();
  ASSERT_EQ(kept.size(), Quarantine::kMost);
  EXPECT_EQ(kept.front().price, "1000.1001");
  EXPECT_EQ(kept.back().price, "1000.902");
  EXPECT_EQ(off(), 1000U);
}

TEST_F(QuarantineTest, TurnedOffItBelievesAnything) {
  make(patient());
  go_live();
  text("trd 0 1 1");
  text("trd 0 2 1000000");
  EXPECT_THAT(sink.take(), ElementsAre("trade 0 1 1", "trade 0 2 1000000"));
}

TEST_F(QuarantineTest, OfABinaryFrameTheHexIsKept) {
  begin();
  first().on_binary("#trd 0 2 1000", now());
  const auto kept = feed->quarantine().newest();
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_TRUE(kept[0].is_binary);
  EXPECT_EQ(kept[0].message, "23747264203020322031303030");
}

QuarantinedTick tick(std::int64_t at, std::string price, std::string symbol = "A") {
  QuarantinedTick tick;
  tick.time = schemas::Timestamp{at * 1'000'000};
  tick.symbol = std::move(symbol);
  tick.price = std::move(price);
  return tick;
}

TEST(Quarantine, TheSameTickOfTwoConnectionsIsKeptOnce) {
  Quarantine quarantine;
  const auto one = quarantine.new_witness(), two = quarantine.new_witness();
  EXPECT_TRUE(quarantine.add(tick(100, "0"), one));
  EXPECT_FALSE(quarantine.add(tick(110, "0"), two));
  EXPECT_TRUE(quarantine.add(tick(110, "0"), two)) << "its second is another one";
  EXPECT_FALSE(quarantine.add(tick(111, "0"), one)) << "which this one has seen now, too";
  EXPECT_TRUE(quarantine.add(tick(122, "0"), one)) << "too late to be any of these";
  EXPECT_FALSE(quarantine.add(tick(112, "0"), two)) << "though its clock went back";
  EXPECT_TRUE(quarantine.add(tick(122, "0.0"), two));
  EXPECT_TRUE(quarantine.add(tick(122, "0", "B"), two));
  auto other = tick(122, "0", "B");
  other.channel = Channel::kTrade;
  EXPECT_TRUE(quarantine.add(other, one));
  other.reason = Implausible::kBadPrice;
  EXPECT_TRUE(quarantine.add(other, two));
  EXPECT_EQ(quarantine.newest().size(), 7U);
}

TEST(Quarantine, OfOneInstrumentTheNewestComeFirst) {
  Quarantine quarantine;
  const auto one = quarantine.new_witness();
  for (int i = 0; i < 4; ++i) {
    for (const char* symbol : {"A", "B"}) {
      quarantine.add(tick(i, fmt::format("{}", i), symbol), one);
    }
  }
  const auto some = quarantine.newest_of("B", 3);
  ASSERT_EQ(some.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(some[i].symbol, "B");
    EXPECT_EQ(some[i].price, fmt::format("{}", 3 - i));
  }
  EXPECT_EQ(quarantine.newest_of("B", 100).size(), 4U);
  EXPECT_EQ(quarantine.newest_of("C", 100).size(), 0U);
}

Credentials credentials(std::string key, std::string secret) {
  return {Secret(std::move(key)), Secret(std::move(secret))};
}

TEST(Excerpt, AShortMessageIsKeptWhole) {
  EXPECT_EQ(excerpt({R"({"p":"0"})"}, "0", {}), R"({"p":"0"})");
  EXPECT_EQ(excerpt({}, "0", {}), "");
}

TEST(Excerpt, OfALongOneThePartAroundTheNumber) {
  const std::string message = std::string(5000, 'a') + "666.5" + std::string(5000, 'b');
  const auto text = excerpt({message}, "666.5", {});
  EXPECT_EQ(text, "..." + std::string(256, 'a') + "666.5" + std::string(251, 'b') + "...");
  EXPECT_EQ(excerpt({message}, "777", {}), std::string(512, 'a') + "...");
}

TEST(Excerpt, NoCharacterIsCutInTwo) {
  std::string message;
  while (message.size() < 3000) message += "\xE2\x82\xAC";  // a euro sign
  for (std::size_t before = 0; before < 4; ++before) {
    const auto all = std::string(before, 'x') + message + "666.5" + message;
    const auto text = excerpt({all}, "666.5", {});
    EXPECT_TRUE(text.starts_with("...\xE2\x82\xAC")) << before;
    EXPECT_TRUE(text.ends_with("\xE2\x82\xAC...")) << before;
    EXPECT_LE(text.size(), 518U);
  }
}

TEST(Excerpt, SecretsAreHiddenWhereverTheyStand) {
  const auto known = credentials("THE-KEY-0123456789", "THE-SECRET-0123456789");
  for (std::size_t at = 0; at < 1200; ++at) {
    if (at > 575 && at < 605) continue;  // there the number stands
    std::string message(3000, '.');
    message.replace(at, 21, "THE-SECRET-0123456789");
    message.replace(600, 5, "666.5");
    for (const std::string_view number : {"666.5", "none"}) {
      const auto text = excerpt({message}, number, known);
      EXPECT_EQ(text.find("SECRET"), text.npos) << at;
      EXPECT_EQ(text.find("56789"), text.npos) << at;
      EXPECT_LE(text.size(), 518U);
    }
  }
}

TEST(Excerpt, OfALongBinaryFrameItsBeginning) {
  const std::string bytes(1000, '\xAB');
  const auto text = excerpt({bytes, true}, "", {});
  EXPECT_EQ(text.size(), 2 * Quarantine::kMostBinary + 3);
  EXPECT_TRUE(text.starts_with("abab") && text.ends_with("ab..."));
}

}  // namespace
}  // namespace tickgate::feeds
