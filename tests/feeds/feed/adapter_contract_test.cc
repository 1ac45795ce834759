// SPDX-License-Identifier: Apache-2.0
// What an adapter may ask of the feed that drives it beyond send, fetch and resync, on the toy
// venue.
#include <gmock/gmock.h>

#include "tests/support/toy_feed.h"

namespace tickgate::feeds {
namespace {

using schemas::State;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

using AdapterContract = FeedTest;

TEST_F(AdapterContract, AnAnswerGoesAheadOfTheQueueAndCountsAmongTheSends) {
  facts_.limits = {.sends_per_second = 1, .send_burst = 1};
  make();
  start();
  first().on_connected(now());
  EXPECT_THAT(io.take_sent(), ElementsAre("sub 0")) << "the other waits for the limit";
  text("ping 7");
  EXPECT_THAT(io.take_sent(), ElementsAre("pong 7"));
  run(milliseconds(1900), "hb");
  EXPECT_THAT(io.take_sent(), IsEmpty()) << "the answer was borrowed from the limit";
  run(milliseconds(200), "hb");
  EXPECT_THAT(io.take_sent(), ElementsAre("sub 1"));
}

TEST_F(AdapterContract, AVenueThatAsksAllTheTimeGetsItsAnswersAndTheLimitOwesNoMoreThanABurst) {
  facts_.limits = {.sends_per_second = 1, .send_burst = 2};
  make();
  go_live();
  for (int i = 0; i < 50; ++i) text("ping 1");
  EXPECT_EQ(io.take_sent().size(), 50U);
  text("upd 0 9 1");
  run(milliseconds(3200), "hb");
  EXPECT_THAT(io.take_sent(), ElementsAre("resub 0"));
}

TEST_F(AdapterContract, ATagComesBackWithTheAnswer) {
  facts_.limits.fetch_weight_per_second = 100;
  make();
  go_live();
  toy->events().fetch_as({.url = "https://toy.example/a", .tag = 41});
  toy->events().fetch_as({.url = "https://toy.example/b", .tag = 42});
  toy->events().fetch("https://toy.example/c");
  run(milliseconds(200));
  EXPECT_EQ(io.fetched.size(), 3U);
  first().on_http({"https://toy.example/b", 200, ""}, now());
  first().on_http({"https://toy.example/a", 0, ""}, now());
  first().on_http({"https://toy.example/c", 200, ""}, now());
  EXPECT_THAT(toy->tags, ElementsAre(42U, 41U, kNoTag));
  EXPECT_EQ(toy->answers.size(), 3U) << "and without tags as ever";
}

TEST_F(AdapterContract, TooManyFetchesArePausedAsLongAsTheVenueSays) {
  facts_.limits = {.fetch_weight_per_second = 100};
  make();
  go_live();
  toy->events().fetch("https://toy.example/a");
  run(milliseconds(50));
  EXPECT_EQ(io.fetched.size(), 1U);
  first().on_http({"https://toy.example/a", 429, "", seconds(7)}, now());
  EXPECT_THAT(toy->answers, ElementsAre(std::pair<std::string, int>("https://toy.example/a", 429)));
  toy->events().fetch("https://toy.example/a");
  run(milliseconds(6900), "hb");
  EXPECT_EQ(io.fetched.size(), 1U);
  run(milliseconds(200), "hb");
  EXPECT_EQ(io.fetched.size(), 2U);
}

TEST_F(AdapterContract, APeriodicFetchIsAskedAgainWhileItsConnectionLasts) {
  facts_.limits.fetch_weight_per_second = 100;
  make();
  go_live();
  toy->events().fetch_as({.url = "https://toy.example/list", .tag = 5, .period = seconds(60)});
  run(milliseconds(50), "hb");
  EXPECT_EQ(std::exchange(io.fetched, {}).size(), 1U);
  run(seconds(59), "hb");
  EXPECT_THAT(io.fetched, IsEmpty());
  run(seconds(121), "hb");
  EXPECT_EQ(std::exchange(io.fetched, {}).size(), 3U);
  first().on_http({"https://toy.example/list", 200, ""}, now());
  EXPECT_THAT(toy->tags, ElementsAre(5U));
  lose(ReconnectReason::kClosed);
  run(seconds(2));
  first().on_connected(now());
  run(minutes(3), "hb");
  EXPECT_THAT(io.fetched, IsEmpty()) << "the next connection has wishes of its own";
}

TEST_F(AdapterContract, ANewPeriodReplacesTheOldOne) {
  facts_.limits.fetch_weight_per_second = 100;
  make();
  go_live();
  toy->events().fetch_as({.url = "https://toy.example/list", .period = seconds(10)});
  toy->events().fetch_as({.url = "https://toy.example/list", .period = seconds(100)});
  run(milliseconds(100), "hb");
  EXPECT_EQ(std::exchange(io.fetched, {}).size(), 2U);
  run(seconds(90), "hb");
  EXPECT_THAT(io.fetched, IsEmpty());
}

TEST_F(AdapterContract, APeriodWithATagIsThatTagsWhateverItsUrl) {
  facts_.limits.fetch_weight_per_second = 100;
  make();
  go_live();
  toy->events().fetch_as({.url = "https://toy.example/a,b", .tag = 1, .period = seconds(10)});
  toy->events().fetch_as({.url = "https://toy.example/a", .tag = 1, .period = seconds(10)});
  toy->events().fetch_as({.url = "https://toy.example/a", .tag = 2, .period = seconds(100)});
  run(seconds(1), "hb");
  EXPECT_EQ(std::exchange(io.fetched, {}).size(), 3U);
  run(seconds(15), "hb");
  EXPECT_THAT(io.fetched, ElementsAre("https://toy.example/a"));
}

TEST_F(AdapterContract, TheBytesOfABinaryFrameReachTheAdapter) {
  make();
  go_live();
  const std::string frame = "#upd 0 2 10.5";
  first().on_bytes(frame.size(), now());
  first().on_binary(frame, now());
  EXPECT_THAT(sink.take(), ElementsAre("book 0 2 10.5", "quote 0 2 10.5"));
  EXPECT_EQ(anomalies(Anomaly::kParseError), 0U);
}

TEST_F(AdapterContract, ABinaryFrameThatNobodyReadsIsAMessageThatCannotBeRead) {
  make();
  go_live();
  for (int i = 0; i < 20; ++i) first().on_binary("\x01\x02", now());
  EXPECT_EQ(anomalies(Anomaly::kParseError), 20U);
  EXPECT_EQ(reconnects(ReconnectReason::kParseErrors), 1U);
}

TEST_F(AdapterContract, TheKeepAliveIsSentWhenNothingOfOursWasForItsPeriod) {
  facts_.keep_alive = {.text = "ping", .period = seconds(20)};
  make();
  go_live();
  run(seconds(19), "hb");
  EXPECT_THAT(io.take_sent(), IsEmpty());
  run(seconds(1), "hb");
  EXPECT_THAT(io.take_sent(), ElementsAre("ping"));
  run(seconds(15), "hb");
  text("upd 0 9 1");
  EXPECT_THAT(io.take_sent(), ElementsAre("resub 0")) << "which is a sign of life too";
  text("snap 0 9 1");
  run(seconds(19), "hb");
  EXPECT_THAT(io.take_sent(), IsEmpty());
  run(milliseconds(1050), "hb");
  EXPECT_THAT(io.take_sent(), ElementsAre("ping"));
}

TEST_F(AdapterContract, ACaptureIsKeptAliveByNobody) {
  facts_.keep_alive = {.text = "ping", .period = seconds(20)};
  FeedOptions options;
  options.passive = true;
  make(options);
  start();
  first().on_connected(now());
  io.take_sent();
  run(minutes(5), "hb");
  EXPECT_THAT(io.take_sent(), IsEmpty());
}

template <typename Stream, typename Value>
concept Streams = requires(Stream& out, const Value& value) {
  out << value;
};

TEST(Credentials, TurnIntoNoTextByAccident) {
  static_assert(!std::is_convertible_v<Secret, std::string>);
  static_assert(!std::is_convertible_v<Secret, std::string_view>);
  static_assert(!std::is_constructible_v<log::Field, std::string_view, Secret>);
  static_assert(!std::is_constructible_v<absl::AlphaNum, Secret>);
  static_assert(!Streams<std::ostream, Secret>);
  static_assert(Streams<std::ostream, std::string>, "the check itself works");
  EXPECT_EQ(Secret("abc").reveal(), "abc");
}

TEST(Credentials, AreBlackenedWhereverTheyAppear) {
  const Credentials known{Secret("KEY"), Secret("s3cret")};
  EXPECT_EQ(without_credentials("wss://x/?token=KEY&k=KEY&s=s3cret", known),
            "wss://x/?token=***&k=***&s=***");
  EXPECT_EQ(without_credentials("nothing", known), "nothing");
  EXPECT_EQ(without_credentials("nothing", {}), "nothing");
}

}  // namespace
}  // namespace tickgate::feeds
