// SPDX-License-Identifier: Apache-2.0
// The parts of a connection: link, health, requests.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "feeds/feed/connection_health.h"
#include "feeds/feed/link.h"
#include "feeds/feed/request_queue.h"

namespace tickgate::feeds {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(Link, AnAttemptHasADeadlineAndTheNextOneWaitsAtLeastAsLongAsIsAsked) {
  std::mt19937_64 random(1);
  Link link({}, {});
  link.begin_attempt(seconds(10));
  EXPECT_FALSE(link.attempt_too_long(seconds(54)));
  EXPECT_TRUE(link.attempt_too_long(seconds(55)));
  EXPECT_EQ(link.drop(seconds(55), minutes(2), random), minutes(2));
  EXPECT_EQ(link.phase(), Link::Phase::kDown);
  EXPECT_FALSE(link.attempt_due(seconds(174)));
  EXPECT_TRUE(link.attempt_due(seconds(175)));
}

TEST(Link, LeavesUpToATenthBeforeItsLifetimeEndsAndNeverWithoutOne) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    std::mt19937_64 random(seed);
    Link link({}, hours(10));
    link.come_up(hours(1), random);
    EXPECT_FALSE(link.at_planned_end(hours(10) - milliseconds(1)));
    EXPECT_TRUE(link.at_planned_end(hours(11)));
  }
  std::mt19937_64 random(1);
  Link link({}, {});
  link.come_up(hours(1), random);
  EXPECT_FALSE(link.at_planned_end(hours(100'000)));
}

TEST(ConnectionHealth, BytesKeepItFromBeingIdleAndMessagesFromBeingSilent) {
  ConnectionHealth health(seconds(10), seconds(30));
  health.open(seconds(0));
  EXPECT_EQ(health.check(seconds(10)), ConnectionHealth::Change::kNone);
  health.on_bytes(seconds(11));
  EXPECT_EQ(health.check(seconds(11)), ConnectionHealth::Change::kSilent);
  EXPECT_EQ(health.check(seconds(12)), ConnectionHealth::Change::kNone) << "said once";
  EXPECT_TRUE(health.silent());
  EXPECT_EQ(health.verdict(seconds(41)), "");
  EXPECT_EQ(health.verdict(seconds(42)), "no byte for the idle timeout");
}

TEST(ConnectionHealth, IsTrustedAgainAfterItSpokeForAWhile) {
  ConnectionHealth health(seconds(10), seconds(30));
  health.open(seconds(0));
  EXPECT_FALSE(health.on_message(seconds(1)));
  EXPECT_EQ(health.check(seconds(20)), ConnectionHealth::Change::kSilent);
  EXPECT_TRUE(health.on_message(seconds(21)));
  EXPECT_FALSE(health.on_message(seconds(22)));
  EXPECT_EQ(health.check(seconds(25)), ConnectionHealth::Change::kNone);
  health.on_message(seconds(30));
  EXPECT_EQ(health.check(seconds(32)), ConnectionHealth::Change::kTrusted);
}

TEST(ConnectionHealth, IsOfNoUseWhenTooManyInARowCannotBeRead) {
  ConnectionHealth health(seconds(10), seconds(30));
  health.open(seconds(0));
  for (unsigned i = 1; i < ConnectionHealth::kUnreadableInRow; ++i) health.on_unreadable();
  EXPECT_FALSE(health.unreadable());
  health.on_message(seconds(1));
  health.on_unreadable();
  EXPECT_FALSE(health.unreadable());
  for (unsigned i = 1; i < ConnectionHealth::kUnreadableInRow; ++i) health.on_unreadable();
  EXPECT_TRUE(health.unreadable());
}

TEST(RequestQueue, KeepsTheOrderAndTheLimitsOutliveAConnection) {
  FetchLimit fetches(1);
  RequestQueue queue({.sends_per_second = 1, .send_burst = 2}, fetches);
  for (const char* text : {"a", "b", "c"}) queue.send(text, {});
  EXPECT_EQ(queue.pop_send(seconds(1))->text, "a");
  EXPECT_EQ(queue.pop_send(seconds(1))->text, "b");
  EXPECT_FALSE(queue.pop_send(seconds(1)));
  queue.clear();
  queue.send("d", {});
  EXPECT_FALSE(queue.pop_send(seconds(1)));
  EXPECT_EQ(queue.pop_send(seconds(2))->text, "d");
}

TEST(RequestQueue, ASecretKeepsItsPlaceAndItsMark) {
  FetchLimit fetches(1);
  RequestQueue queue({}, fetches);
  queue.send_secret("login");
  queue.send("sub", {});
  const auto first = queue.pop_send(seconds(1));
  EXPECT_EQ(first->text, "login");
  EXPECT_TRUE(first->secret);
  EXPECT_FALSE(queue.pop_send(seconds(1))->secret);
}

TEST(RequestQueue, IsOverfullBeforeItGrowsWithoutBound) {
  FetchLimit fetches(1);
  RequestQueue queue({}, fetches);
  for (int i = 0; i < 10'000; ++i) queue.fetch({.url = "https://toy.example/"});
  EXPECT_FALSE(queue.overfull());
  queue.send_urgent("x");
  EXPECT_TRUE(queue.overfull());
}

TEST(RequestQueue, AskedToFetchLessItFetchesNothingAndTheWayIsNotClear) {
  FetchLimit fetches(1000);
  RequestQueue queue({}, fetches);
  EXPECT_TRUE(queue.clear_way(seconds(1)));
  fetches.pause(seconds(9));
  EXPECT_FALSE(queue.clear_way(seconds(8)));
  queue.fetch({.url = "https://toy.example/"});
  EXPECT_FALSE(queue.pop_fetch(seconds(8)));
  EXPECT_TRUE(queue.pop_fetch(seconds(9)));
  EXPECT_TRUE(queue.clear_way(seconds(9)));
}

TEST(RequestQueue, ConnectionsOfOneFeedShareTheLimitOfFetchesNotThatOfSends) {
  FetchLimit fetches(1);
  RequestQueue one({.send_burst = 1}, fetches), other({.send_burst = 1}, fetches);
  for (RequestQueue* queue : {&one, &other}) {
    queue->send("sub", {});
    queue->fetch({.url = "https://toy.example/"});
    EXPECT_TRUE(queue->pop_send(seconds(1)));
  }
  EXPECT_TRUE(one.pop_fetch(seconds(1)));
  EXPECT_FALSE(other.pop_fetch(seconds(1)));
  EXPECT_TRUE(other.pop_fetch(seconds(2)));
}

}  // namespace
}  // namespace tickgate::feeds
