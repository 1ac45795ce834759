// SPDX-License-Identifier: Apache-2.0
#include "feeds/nats/nats_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
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

constexpr auto kPatience = 5'000ms;

class NatsClientTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!NatsServer::is_there()) GTEST_SKIP() << NatsServer::kMissing;
    server = std::make_unique<NatsServer>();
  }

  std::unique_ptr<NatsServer> server;
};

TEST_F(NatsClientTest, WhatIsPublishedArrivesInItsOrderOverAllSubscriptions) {
  NatsPeer ingest(server->url()), edge(server->url());
  ASSERT_TRUE(ingest.is_connected() && edge.is_connected());
  EXPECT_EQ(edge.client->reason(), "");
  EXPECT_EQ(edge.client->server(), server->url());
  EXPECT_EQ(edge.client->max_payload(), 1'048'576);
  edge.follow("t.status.*");
  edge.follow("t.quote.*");
  ASSERT_TRUE(edge.client->flush(kPatience).ok());
  std::vector<std::string> expected;
  for (int i = 0; i < 1'000; ++i) {
    const auto subject = (i % 2 == 0 ? "t.status." : "t.quote.") + std::to_string(i % 7);
    ASSERT_TRUE(ingest.client->publish(subject, std::to_string(i)).ok());
    expected.push_back(subject + " " + std::to_string(i));
  }
  ASSERT_TRUE(edge.receives(expected.back()));
  EXPECT_EQ(edge.received(), expected);
}

TEST_F(NatsClientTest, AServerThatComesLaterIsFound) {
  server->kill();
  NatsPeer peer(server->url());
  peer.follow("t.>");
  EXPECT_TRUE(eventually([&] { return peer.client->errors() > 2; }));
  EXPECT_FALSE(peer.client->connected());
  EXPECT_NE(peer.client->reason(), "");
  EXPECT_EQ(peer.client->publish("t.a", "lost").code(), absl::StatusCode::kUnavailable);
  server->start();
  ASSERT_TRUE(peer.is_told(Change::kConnected));
  ASSERT_TRUE(peer.client->publish("t.a", "1").ok());
  EXPECT_TRUE(peer.receives("t.a 1"));
}

TEST_F(NatsClientTest, ItComesBackWithItsSubscriptionsAndSendsNothingLater) {
  NatsPeer peer(server->url()), other(server->url());
  peer.follow("t.>");
  other.follow("t.>");
  ASSERT_TRUE(peer.is_told(Change::kConnected) && other.is_told(Change::kConnected));
  server->kill();
  ASSERT_TRUE(peer.is_told(Change::kDisconnected));
  EXPECT_FALSE(peer.client->connected());
  const auto begin = steady_clock::now();
  for (int i = 0; i < 1'000; ++i) {
    ASSERT_EQ(peer.client->publish("t.old", "x").code(), absl::StatusCode::kUnavailable);
  }
  EXPECT_LT(steady_clock::now() - begin, 2s);
  server->start();
  ASSERT_TRUE(peer.is_told(Change::kConnected, 2) && other.is_told(Change::kConnected, 2));
  ASSERT_TRUE(peer.client->publish("t.new", "1").ok());
  ASSERT_TRUE(other.receives("t.new 1"));
  EXPECT_EQ(other.received().size(), 1U);
  EXPECT_EQ(peer.client->connects(), 2U);
  peer.unfollow();
  ASSERT_TRUE(peer.client->publish("t.new", "2").ok());
  ASSERT_TRUE(other.receives("t.new 2"));
  EXPECT_EQ(peer.received().size(), 1U);
}

TEST_F(NatsClientTest, AServerThatStandsStillIsNoticedWhileOneReadsAndWhileOneWrites) {
  NatsPeer reader(NatsPeer::quick(server->url())), writer(NatsPeer::quick(server->url()));
  ASSERT_TRUE(reader.is_told(Change::kConnected) && writer.is_told(Change::kConnected));
  server->freeze();
  const auto frozen = steady_clock::now();
  const std::string payload(10'000, 'x');
  auto longest = steady_clock::duration::zero();
  ASSERT_TRUE(eventually([&] {
    const auto begin = steady_clock::now();
    for (int i = 0; i < 100; ++i) (void)writer.client->publish("t.a", payload);
    longest = std::max(longest, steady_clock::now() - begin);
    return writer.was_told(Change::kDisconnected);
  }));
  ASSERT_TRUE(reader.is_told(Change::kDisconnected));
  EXPECT_LT(steady_clock::now() - frozen, 5s);
  EXPECT_LT(longest, 4s);
  // Also while it dials the one that does not answer.
  EXPECT_EQ(reader.client->publish("t.a", "1").code(), absl::StatusCode::kUnavailable);
  server->go_on();
  EXPECT_TRUE(reader.is_told(Change::kConnected, 2) && writer.is_told(Change::kConnected, 2));
}

TEST_F(NatsClientTest, OneOfSeveralServersIsEnough) {
  NatsServer second;
  auto options = NatsPeer::options(server->url());
  options.urls.push_back(second.url());
  NatsPeer peer(options);
  ASSERT_TRUE(peer.is_told(Change::kConnected));
  auto& first_used = peer.client->server() == server->url() ? *server : second;
  first_used.kill();
  ASSERT_TRUE(peer.is_told(Change::kConnected, 2));
  EXPECT_NE(peer.client->server(), first_used.url());
}

TEST_F(NatsClientTest, WhoReceivesTooSlowlyIsToldAndOthersAreNot) {
  NatsPeer peer(server->url()), fast(server->url());
  ASSERT_TRUE(peer.is_told(Change::kConnected) && fast.is_told(Change::kConnected));
  std::atomic<bool> blocked{true};
  std::atomic<int> seen{0};
  auto slow = peer.client->subscribe("t.>", [&](const NatsClient::Message&) {
    ++seen;
    while (blocked.load()) std::this_thread::sleep_for(1ms);
  });
  ASSERT_TRUE(slow.ok());
  ASSERT_TRUE(peer.client->flush(kPatience).ok());
  for (int i = 0; i < 80'000; ++i) {
    ASSERT_TRUE(fast.client->publish("t.a", "x").ok());
    if (i % 10'000 == 0) {
      ASSERT_TRUE(fast.client->flush(kPatience).ok());
    }
  }
  EXPECT_TRUE(peer.is_told(Change::kSlow));
  EXPECT_GT(peer.client->dropped(), 0U);
  EXPECT_TRUE(peer.client->connected());
  EXPECT_FALSE(fast.was_told(Change::kSlow));
  blocked = false;
}

TEST_F(NatsClientTest, ASubscriptionThatIsGoneIsNotCalledAny) {
  NatsPeer peer(server->url()), other(server->url());
  ASSERT_TRUE(peer.is_told(Change::kConnected) && other.is_told(Change::kConnected));
  std::atomic<bool> flooding{true};
  std::thread flood([&] {
    while (flooding.load()) (void)other.client->publish("t.a", "x");
  });
  for (int i = 0; i < 200; ++i) {
    auto alive = std::make_unique<std::atomic<int>>(0);
    auto made = peer.client->subscribe(
        "t.>", [count = alive.get()](const NatsClient::Message&) { ++*count; });
    ASSERT_TRUE(made.ok());
    ASSERT_TRUE(eventually([&] { return alive->load() > 0; }));
    made->reset();
    alive.reset();  // a call behind it would be one into what is freed
  }
  flooding = false;
  flood.join();
}

TEST_F(NatsClientTest, ASubscriptionMayEndItself) {
  NatsPeer peer(server->url());
  ASSERT_TRUE(peer.is_told(Change::kConnected));
  std::unique_ptr<NatsClient::Subscription> subscription;
  std::atomic<int> seen{0};
  auto made = peer.client->subscribe("t.>", [&](const NatsClient::Message&) {
    ++seen;
    subscription.reset();
  });
  ASSERT_TRUE(made.ok());
  subscription = *std::move(made);
  peer.follow("t.>");
  ASSERT_TRUE(peer.client->publish("t.a", "1").ok());
  ASSERT_TRUE(peer.client->publish("t.a", "2").ok());
  ASSERT_TRUE(peer.receives("t.a 2"));
  EXPECT_EQ(seen.load(), 1);
}

TEST_F(NatsClientTest, ARequestIsAnsweredByWhoeverListens) {
  NatsPeer asking(server->url()), answering(server->url());
  ASSERT_TRUE(asking.is_told(Change::kConnected) && answering.is_told(Change::kConnected));
  EXPECT_EQ(asking.client->request("t.ask", "?", kPatience).status().code(),
            absl::StatusCode::kUnavailable);  // nobody is there: at once
  auto made = answering.client->subscribe("t.ask", [&](const NatsClient::Message& message) {
    (void)answering.client->publish(message.reply, "to " + std::string(message.payload));
  });
  ASSERT_TRUE(made.ok() && answering.client->flush(kPatience).ok());
  const auto answer = asking.client->request("t.ask", "?", kPatience);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(*answer, "to ?");
  asking.follow("t.silent");
  ASSERT_TRUE(asking.client->flush(kPatience).ok());
  EXPECT_EQ(answering.client->request("t.silent", "?", 50ms).status().code(),
            absl::StatusCode::kDeadlineExceeded);
}

TEST_F(NatsClientTest, WhatIsTooLongIsRefusedAndTheConnectionStays) {
  NatsPeer peer(server->url());
  ASSERT_TRUE(peer.is_told(Change::kConnected));
  const std::string payload(2'000'000, 'x');
  EXPECT_EQ(peer.client->publish("t.a", payload).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(peer.client->flush(kPatience).ok());
}

TEST_F(NatsClientTest, ItStopsWhileItDialsAndBeforeItBegan) {
  server->freeze();
  {
    NatsPeer dialling(NatsPeer::quick(server->url()));
    NatsPeer idle(NatsPeer::quick(server->url()), false);
    EXPECT_TRUE(eventually([&] { return dialling.client->errors() > 0; }));
    EXPECT_EQ(idle.client->publish("t.a", "x").code(), absl::StatusCode::kUnavailable);
    dialling.client->stop();
    dialling.client->stop();
  }
  server->go_on();
}

// Who says who it is and nothing more.
TEST_F(NatsClientTest, AServerThatStandsStillBehindItsFirstLineIsLeftAlone) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const raw = reinterpret_cast<sockaddr*>(&address);
  ASSERT_TRUE(::bind(socket, raw, size) == 0 && ::listen(socket, 1) == 0);
  ASSERT_EQ(::getsockname(socket, raw, &size), 0);
  NatsPeer peer(NatsPeer::quick("nats://127.0.0.1:" + std::to_string(ntohs(address.sin_port))));
  const int connection = ::accept(socket, nullptr, nullptr);
  const std::string info = "INFO {\"server_id\":\"x\",\"version\":\"2.9.10\",\"proto\":1}\r\n";
  ASSERT_EQ(::write(connection, info.data(), info.size()), std::ssize(info));
  EXPECT_TRUE(eventually([&] { return peer.client->errors() > 0; }));
  peer.client->stop();
  ::close(connection);
  ::close(socket);
}

}  // namespace
}  // namespace tickgate::feeds
