// SPDX-License-Identifier: Apache-2.0
#include "feeds/ingest/lease_link.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/nats_peer.h"

namespace tickgate::feeds {
namespace {

using ::testing::ElementsAre;
using tickgate::testing::eventually;
using tickgate::testing::NatsPeer;
using tickgate::testing::NatsServer;

TEST(LeaseLink, IsToTheOneServerAndWithTlsWhereAnyHadIt) {
  NatsOptions options;
  options.name = "tickgate-ingest a";
  options.urls = {"nats://a:1", "nats://b:2"};
  EXPECT_THAT(only_to(options, "nats://b:2").urls, ElementsAre("nats://b:2"));
  EXPECT_EQ(only_to(options, "nats://b:2").name, "tickgate-ingest a lease");
  options.urls[0] = "tls://a:1";
  EXPECT_THAT(only_to(options, "nats://b:2").urls, ElementsAre("tls://b:2"));
}

TEST(LeaseLink, IsAConnectionOfItsOwnAndIsMadeAnewWithTheOther) {
  if (!NatsServer::is_there()) GTEST_SKIP() << NatsServer::kMissing;
  NatsServer server;
  NatsPeer main(server.url());
  LeaseLink link(*main.client, NatsPeer::quick(server.url()));
  ASSERT_TRUE(main.is_told(NatsClient::Change::kConnected));
  auto& client = link.client();
  EXPECT_NE(&client, main.client.get());
  EXPECT_EQ(&link.client(), &client);
  EXPECT_TRUE(eventually([&] { return link.client().connected(); }));
  server.kill();
  server.start();
  ASSERT_TRUE(main.is_told(NatsClient::Change::kConnected, 2));
  EXPECT_TRUE(eventually([&] { return link.client().connected(); }));
  EXPECT_NE(&link.client(), main.client.get());
}

}  // namespace
}  // namespace tickgate::feeds
