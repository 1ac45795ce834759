// SPDX-License-Identifier: Apache-2.0
// The parts of a connection: link, health, requests.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "feeds/feed/connection_health.h"
#include "feeds/feed/host_budget.h"
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

// Five messages a second for a while, so that its habit is known.
void speak(ConnectionHealth& health, Monotonic from, Monotonic to) {
  for (auto now = from; now <= to; now += milliseconds(200)) {
    health.on_bytes(now);
    health.on_message(now);
  }
}

TEST(ConnectionHealth, BytesKeepItFromBeingIdleAndMessagesFromBeingSilent) {
  ConnectionHealth health(seconds(3), seconds(30), {});
  health.open(seconds(0));
  speak(health, seconds(1), seconds(20));
  EXPECT_FALSE(health.check(seconds(23)));
  health.on_bytes(seconds(23));
  EXPECT_TRUE(health.check(seconds(23) + milliseconds(1)));
  EXPECT_FALSE(health.check(seconds(24))) << "said once";
  EXPECT_TRUE(health.silent());
  EXPECT_EQ(health.verdict(seconds(53)), "");
  EXPECT_EQ(health.verdict(seconds(54)), "no byte for the idle timeout");
  EXPECT_TRUE(health.on_message(seconds(54)));
  EXPECT_FALSE(health.silent());
}

TEST(ConnectionHealth, OfWhichLittleIsKnownHasAMinute) {
  ConnectionHealth health(seconds(3), seconds(90), {});
  health.open(seconds(0));
  speak(health, seconds(1), seconds(3));
  EXPECT_FALSE(health.check(seconds(62)));
  EXPECT_TRUE(health.check(seconds(64)));
}

TEST(ConnectionHealth, IsSilentWhenThreeHeartbeatsAreMissing) {
  ConnectionHealth health(seconds(2), seconds(30), seconds(1));
  health.open(seconds(0));
  health.on_message(seconds(1));
  EXPECT_FALSE(health.check(seconds(4)));
  EXPECT_TRUE(health.check(seconds(4) + milliseconds(50)));
}

TEST(ConnectionHealth, AnOutageTeachesItNothingAndAPauseIsNoSilence) {
  ConnectionHealth health(seconds(3), seconds(60), {});
  health.open(seconds(0));
  speak(health, seconds(1), seconds(20));
  for (int outage = 0; outage < 2; ++outage) {
    const auto end = seconds(20 + 32 * outage);
    EXPECT_TRUE(health.check(end + seconds(3) + milliseconds(50))) << outage;
    speak(health, end + seconds(12), end + seconds(32));
  }
  health.on_pause(seconds(200));
  EXPECT_FALSE(health.check(seconds(203)));
  EXPECT_EQ(health.verdict(seconds(203)), "");
}

TEST(ConnectionHealth, IsOfNoUseWhenTooManyInARowCannotBeRead) {
  ConnectionHealth health(seconds(10), seconds(30), {});
  health.open(seconds(0));
  for (unsigned i = 1; i < ConnectionHealth::kUnreadableInRow; ++i) health.on_unreadable();
  EXPECT_FALSE(health.unreadable());
  health.on_message(seconds(1));
  health.on_unreadable();
  EXPECT_FALSE(health.unreadable());
  for (unsigned i = 1; i < ConnectionHealth::kUnreadableInRow; ++i) health.on_unreadable();
  EXPECT_TRUE(health.unreadable());
}

// The one host of a feed.
struct Hosts {
  explicit Hosts(const VenueLimits& limits) : home(feed.of("https://toy.example/", limits)) {}

  HostBudgets all;
  FeedHosts feed{all, "toy"};
  HostBudget& home;
};

TEST(RequestQueue, KeepsTheOrderAndTheLimitsOutliveAConnection) {
  const VenueLimits limits{.sends_per_second = 1, .send_burst = 2, .fetch_weight_per_second = 1};
  Hosts hosts(limits);
  RequestQueue queue(limits, hosts.feed, hosts.home);
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
  const VenueLimits limits{.fetch_weight_per_second = 1};
  Hosts hosts(limits);
  RequestQueue queue(limits, hosts.feed, hosts.home);
  queue.send_secret("login");
  queue.send("sub", {});
  const auto first = queue.pop_send(seconds(1));
  EXPECT_EQ(first->text, "login");
  EXPECT_TRUE(first->secret);
  EXPECT_FALSE(queue.pop_send(seconds(1))->secret);
}

TEST(RequestQueue, IsOverfullBeforeItGrowsWithoutBound) {
  const VenueLimits limits{.fetch_weight_per_second = 1};
  Hosts hosts(limits);
  RequestQueue queue(limits, hosts.feed, hosts.home);
  for (int i = 0; i < 10'000; ++i) queue.fetch({.url = "https://toy.example/"});
  EXPECT_FALSE(queue.overfull());
  queue.send_urgent("x");
  EXPECT_TRUE(queue.overfull());
}

TEST(RequestQueue, AskedToFetchLessItFetchesNothingAndTheWayIsNotClear) {
  const VenueLimits limits{.fetch_weight_per_second = 1000};
  Hosts hosts(limits);
  RequestQueue queue(limits, hosts.feed, hosts.home);
  EXPECT_TRUE(queue.clear_way(seconds(1)));
  hosts.home.pause(seconds(9), "HTTP 429");
  EXPECT_FALSE(queue.clear_way(seconds(8)));
  queue.fetch({.url = "https://toy.example/"});
  EXPECT_FALSE(queue.pop_fetch(seconds(8)));
  EXPECT_TRUE(queue.pop_fetch(seconds(9)));
  EXPECT_TRUE(queue.clear_way(seconds(9)));
}

TEST(RequestQueue, ConnectionsOfOneFeedShareTheLimitOfFetchesNotThatOfSends) {
  const VenueLimits limits{.send_burst = 1, .fetch_weight_per_second = 1};
  Hosts hosts(limits);
  RequestQueue one(limits, hosts.feed, hosts.home), other(limits, hosts.feed, hosts.home);
  for (RequestQueue* queue : {&one, &other}) {
    queue->send("sub", {});
    queue->fetch({.url = "https://toy.example/"});
    EXPECT_TRUE(queue->pop_send(seconds(1)));
  }
  EXPECT_TRUE(one.pop_fetch(seconds(1)));
  EXPECT_FALSE(other.pop_fetch(seconds(1)));
  EXPECT_TRUE(other.pop_fetch(seconds(2)));
}

TEST(RequestQueue, SendsAreLimitedOverAllConnectionsWhereTheVenueCountsThemByAddress) {
  const VenueLimits limits{.sends_per_second = 1, .send_burst = 1, .sends_by_host = true};
  Hosts hosts(limits);
  RequestQueue one(limits, hosts.feed, hosts.home), other(limits, hosts.feed, hosts.home);
  one.send("sub", {});
  other.send("sub", {});
  other.send_urgent("pong");
  EXPECT_TRUE(one.pop_send(seconds(1)));
  EXPECT_EQ(other.pop_send(seconds(1))->text, "pong") << "urgent all the same";
  EXPECT_FALSE(other.pop_send(seconds(2))) << "but it counts";
  EXPECT_TRUE(other.pop_send(seconds(3)));
}

TEST(RequestQueue, WhatConcernsAllComesFirstThenWhatMostFollow) {
  const VenueLimits limits{.fetch_weight_per_second = 1};
  Hosts hosts(limits);
  Demand demand;
  RequestQueue queue(limits, hosts.feed, hosts.home, &demand);
  for (std::uint32_t i = 0; i < 4; ++i) {
    queue.fetch(
        {.url = fmt::format("https://toy.example/{}", i), .instrument = schemas::InstrumentId(i)});
  }
  queue.fetch({.url = "https://toy.example/all"});
  demand.raise(schemas::InstrumentId(2), schemas::Channel::kBook);
  demand.raise(schemas::InstrumentId(3), schemas::Channel::kBook);
  demand.raise(schemas::InstrumentId(3), schemas::Channel::kBook);
  demand.raise(schemas::InstrumentId(1), schemas::Channel::kBook);
  demand.lower(schemas::InstrumentId(1), schemas::Channel::kBook);
  std::vector<std::string> order;
  for (int i = 1; i <= 5; ++i) {
    const auto next = queue.pop_fetch(seconds(i));
    ASSERT_TRUE(next);
    order.push_back(next->url.substr(std::string_view("https://toy.example/").size()));
  }
  EXPECT_THAT(order, testing::ElementsAre("all", "3", "2", "0", "1"));
}

TEST(RequestQueue, WhatNobodysPriceWaitsForGoesLastAndFewAtATime) {
  const VenueLimits limits{.fetch_weight_per_second = 1000, .fetch_weight_burst = 1000};
  Hosts hosts(limits);
  RequestQueue queue(limits, hosts.feed, hosts.home);
  for (int i = 0; i < 5; ++i) {
    queue.fetch({.url = fmt::format("https://toy.example/old/{}", i), .background = true});
  }
  EXPECT_TRUE(queue.clear_way(seconds(1)));
  queue.fetch({.url = "https://toy.example/new", .instrument = schemas::InstrumentId(7)});
  EXPECT_FALSE(queue.clear_way(seconds(1)));
  std::vector<std::string> order;
  while (const auto next = queue.pop_fetch(seconds(1))) {
    order.push_back(next->url.substr(std::string_view("https://toy.example/").size()));
  }
  EXPECT_THAT(order, testing::ElementsAre("new", "old/0", "old/1"));
  queue.on_fetched("https://toy.example/new");
  EXPECT_FALSE(queue.pop_fetch(seconds(2)));
  queue.on_fetched("https://toy.example/old/0");
  EXPECT_TRUE(queue.pop_fetch(seconds(3)));
  EXPECT_FALSE(queue.pop_fetch(seconds(4)));
}

TEST(RequestQueue, GivesOutNoMoreThanCanBeCalledBackByAPause) {
  const VenueLimits limits{.fetch_weight_per_second = 1000, .fetch_weight_burst = 1000};
  Hosts hosts(limits);
  RequestQueue queue(limits, hosts.feed, hosts.home);
  for (int i = 0; i < 100; ++i) queue.fetch({.url = "https://toy.example/"});
  std::size_t given = 0;
  while (queue.pop_fetch(seconds(1))) ++given;
  EXPECT_EQ(given, RequestQueue::kMostInFlight);
  queue.on_fetched("https://toy.example/");
  EXPECT_TRUE(queue.pop_fetch(seconds(1)));
  EXPECT_FALSE(queue.pop_fetch(seconds(1)));
}

}  // namespace
}  // namespace tickgate::feeds
