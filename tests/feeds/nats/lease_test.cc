// SPDX-License-Identifier: Apache-2.0
#include "feeds/nats/lease.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <thread>

#include "tests/support/nats_peer.h"

namespace tickgate::feeds {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using tickgate::testing::eventually;
using tickgate::testing::NatsPeer;
using tickgate::testing::NatsServer;
using Change = NatsClient::Change;
using Held = Lease::Held;

class LeaseTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!NatsServer::is_there()) GTEST_SKIP() << NatsServer::kMissing;
    server = std::make_unique<NatsServer>();
    for (auto* const peer : {&one, &two}) {
      *peer = std::make_unique<NatsPeer>(server->url());
      ASSERT_TRUE((*peer)->is_told(Change::kConnected));
    }
  }
  void TearDown() override {
    one.reset();
    two.reset();
  }

  // Tries until it has it, as a standby does.
  static bool takes(Lease& lease, std::uint64_t above = 0) {
    return eventually([&] {
      if (lease.take(above).ok()) return true;
      std::this_thread::sleep_for(Lease::kPoll);
      return false;
    });
  }

  std::unique_ptr<NatsServer> server;
  std::unique_ptr<NatsPeer> one, two;
};

TEST_F(LeaseTest, OneHasItAndTheOtherIsToldWho) {
  Lease a(*one->client, "T", "ingest-a"), b(*two->client, "T", "ingest-b");
  const auto fence = a.take();
  ASSERT_TRUE(fence.ok()) << fence.status();
  EXPECT_GT(*fence, 0U);
  const auto refused = b.take();
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(refused.status().message(), "\"ingest-a\"");
  EXPECT_EQ(a.renew(), Held::kMine);
  EXPECT_EQ(a.renew(), Held::kMine);
  EXPECT_EQ(a.fence(), *fence);
  EXPECT_EQ(b.renew(), Held::kLost);  // it never had it
}

TEST_F(LeaseTest, WhatIsReleasedIsTakenAtOnceAndTheFenceOnlyGrows) {
  Lease a(*one->client, "T", "ingest-a"), b(*two->client, "T", "ingest-b");
  std::uint64_t last = 0;
  for (int i = 0; i < 40; ++i) {
    auto& lease = i % 2 == 0 ? a : b;
    const auto fence = lease.take();
    ASSERT_TRUE(fence.ok()) << fence.status();
    EXPECT_GT(*fence, last);
    last = *fence;
    ASSERT_EQ(lease.renew(), Held::kMine);
    lease.release();
    EXPECT_EQ(lease.renew(), Held::kLost);
  }
}

TEST_F(LeaseTest, OfTwoThatTryAtOnceOneHasIt) {
  Lease a(*one->client, "T", "ingest-a"), b(*two->client, "T", "ingest-b");
  ASSERT_TRUE(a.take().ok());  // and the bucket is there
  a.release();
  for (int i = 0; i < 50; ++i) {
    bool has_b = false;
    std::thread other([&] { has_b = b.take().ok(); });
    const bool has_a = a.take().ok();
    other.join();
    ASSERT_NE(has_a, has_b);
    (has_a ? a : b).release();
  }
}

TEST_F(LeaseTest, WhoDoesNotRenewLosesItAndIsToldWhenHeWakes) {
  Lease a(*one->client, "T", "ingest-a"), b(*two->client, "T", "ingest-b");
  const auto first = a.take();
  ASSERT_TRUE(first.ok());
  const auto begin = steady_clock::now();
  ASSERT_TRUE(takes(b));
  EXPECT_GT(steady_clock::now() - begin, Lease::kTtl - 500ms);
  EXPECT_GT(b.fence(), *first);
  EXPECT_EQ(a.renew(), Held::kLost);
  EXPECT_EQ(b.renew(), Held::kMine);
  a.release();  // of what is another's by now: nothing
  EXPECT_EQ(b.renew(), Held::kMine);
}

TEST_F(LeaseTest, NoAnswerIsNotALoss) {
  Lease a(*one->client, "T", "ingest-a");
  ASSERT_TRUE(a.take().ok());
  server->freeze();
  const auto begin = steady_clock::now();
  EXPECT_EQ(a.renew(), Held::kUnconfirmed);
  EXPECT_LT(steady_clock::now() - begin, 4 * Lease::kWait);
  server->go_on();
  EXPECT_TRUE(eventually([&] { return a.renew() != Held::kUnconfirmed; }));
}

TEST_F(LeaseTest, ItRunsOutWhileTheServerIsAwayAndTheFenceGrowsAllTheSame) {
  Lease a(*one->client, "T", "ingest-a");
  const auto first = a.take();
  ASSERT_TRUE(first.ok());
  server->kill();
  EXPECT_EQ(a.renew(), Held::kUnconfirmed);
  std::this_thread::sleep_for(Lease::kTtl + 200ms);  // the server's clock is the wall's
  server->start();
  ASSERT_TRUE(one->is_told(Change::kConnected, 2));
  ASSERT_TRUE(eventually([&] { return a.renew() == Held::kLost; }));
  ASSERT_TRUE(takes(a));
  EXPECT_GT(a.fence(), *first);
}

TEST_F(LeaseTest, ARenewalThatWasStoredThoughItSeemedToFailIsOurs) {
  Lease a(*one->client, "T", "ingest-a");
  ASSERT_TRUE(a.take().ok());
  const auto stored = one->client->last_stored("KV_T", "$KV.T.lease", Lease::kWait);
  ASSERT_TRUE(stored.ok());
  // As if the answer to it had been lost.
  ASSERT_TRUE(
      one->client->publish_if_last("$KV.T.lease", stored->payload, stored->stream_seq, Lease::kWait)
          .ok());
  EXPECT_EQ(a.renew(), Held::kMine);
  EXPECT_EQ(a.renew(), Held::kMine);
}

TEST_F(LeaseTest, IsKeptOverAnotherConnection) {
  Lease a(*one->client, "T", "ingest-a");
  ASSERT_TRUE(takes(a));
  const auto fence = a.fence();
  a.use(*two->client);
  one->client->stop();
  EXPECT_EQ(a.renew(), Held::kMine);
  EXPECT_EQ(a.fence(), fence);
  a.release();
  EXPECT_EQ(two->client->last_stored("KV_T", "$KV.T.lease", Lease::kWait).status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(LeaseTest, ABucketThatSomebodyDeletedIsMadeAgainAndTheFenceIsAboveWhatIsKnown) {
  Lease a(*one->client, "T", "ingest-a");
  ASSERT_TRUE(a.take(1'000).ok());
  EXPECT_GT(a.fence(), 1'000U);
  const auto before = a.fence();
  server->kill();
  std::filesystem::remove_all(server->folder().path("store"));
  server->start();
  ASSERT_TRUE(one->is_told(Change::kConnected, 2));
  ASSERT_TRUE(eventually([&] { return a.renew() == Held::kLost; }));
  ASSERT_TRUE(takes(a, before));
  EXPECT_GT(a.fence(), before);
}

TEST_F(LeaseTest, WithoutAConnectionNobodyKnows) {
  server->kill();
  ASSERT_TRUE(one->is_told(Change::kDisconnected));
  Lease a(*one->client, "T", "ingest-a");
  EXPECT_EQ(a.take().status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace tickgate::feeds
