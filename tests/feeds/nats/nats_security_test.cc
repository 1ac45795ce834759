// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "feeds/nats/nats_client.h"
#include "tests/support/nats_peer.h"

namespace tickgate::feeds {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using tickgate::testing::CertificateOptions;
using tickgate::testing::eventually;
using tickgate::testing::make_certificate;
using tickgate::testing::NatsPeer;
using tickgate::testing::NatsServer;
using tickgate::testing::TemporaryFolder;
using Change = NatsClient::Change;

class NatsSecurityTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!NatsServer::is_there()) GTEST_SKIP() << NatsServer::kMissing;
  }

  TemporaryFolder folder;
};

TEST_F(NatsSecurityTest, ItIsRefusedForEverUntilTheRightPasswordIsInTheFile) {
  const NatsServer server("authorization { user: ann, password: \"correct-horse\" }");
  auto options = NatsPeer::options(server.url());
  options.user = "ann";
  options.password_file = folder.write("password", "hunter2\n");
  NatsPeer peer(options);
  ASSERT_TRUE(eventually([&] { return peer.client->errors() > 3; }));  // beyond a second refusal
  EXPECT_FALSE(peer.was_told(Change::kConnected));
  EXPECT_THAT(peer.client->reason(), HasSubstr("uthorization"));
  EXPECT_THAT(peer.client->reason(), Not(HasSubstr("hunter2")));
  folder.write("password", "correct-horse\n");
  EXPECT_TRUE(peer.is_told(Change::kConnected));
}

// As when an operator takes a password back: the server ends the connection, and refuses the next.
TEST_F(NatsSecurityTest, APasswordThatChangedIsReadAnewAtTheNextConnection) {
  NatsServer server("authorization { user: ann, password: \"first\" }");
  auto options = NatsPeer::options(server.url());
  options.user = "ann";
  options.password_file = folder.write("password", "first");
  NatsPeer peer(options);
  ASSERT_TRUE(peer.is_told(Change::kConnected));
  server.kill();
  server.change("authorization { user: ann, password: \"second\" }");
  server.start();
  ASSERT_TRUE(eventually([&] { return peer.client->errors() > 4; }));
  EXPECT_FALSE(peer.client->connected());
  folder.write("password", "second");
  EXPECT_TRUE(peer.is_told(Change::kConnected, 2));
}

TEST_F(NatsSecurityTest, AnNkeyIsKnownByItsPublicPart) {
  const NatsServer server(
      "authorization { users: [ { nkey: "
      "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4 } ] }");
  auto options = NatsPeer::options(server.url());
  options.nkey_file =
      folder.write("user.nk", "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY\n");
  NatsPeer peer(options), stranger(server.url());
  EXPECT_TRUE(peer.is_told(Change::kConnected));
  EXPECT_TRUE(eventually([&] { return stranger.client->errors() > 1; }));
  EXPECT_FALSE(stranger.was_told(Change::kConnected));
}

TEST_F(NatsSecurityTest, WhatTheServerDoesNotPermitIsCounted) {
  const NatsServer server(
      "authorization { users: [ { user: ann, password: pass, "
      "permissions: { publish: \"mine.>\" } } ] }");
  auto options = NatsPeer::options(server.url());
  options.user = "ann";
  options.password_file = folder.write("password", "pass");
  NatsPeer peer(options);
  ASSERT_TRUE(peer.is_told(Change::kConnected));
  EXPECT_EQ(peer.client->errors(), 0U);
  EXPECT_TRUE(peer.client->publish("others.a", "x").ok());  // it is no receipt
  EXPECT_TRUE(eventually([&] { return peer.client->errors() > 0; }));
  EXPECT_TRUE(peer.client->connected());
}

class NatsTlsTest : public NatsSecurityTest {
 protected:
  void SetUp() override {
    NatsSecurityTest::SetUp();
    if (IsSkipped()) return;
    CertificateOptions of_authority;
    of_authority.authority = true;
    of_authority.host = "authority";
    authority = make_certificate(of_authority);
    CertificateOptions of_server;
    of_server.issuer = &authority;
    const auto certificate = make_certificate(of_server);
    ca_file = folder.write("ca.pem", authority.certificate);
    const auto file = folder.write("server.pem", certificate.certificate);
    const auto key = folder.write("server.key", certificate.key);
    tls = "cert_file: \"" + file + "\", key_file: \"" + key + "\"";
  }

  NatsOptions to(const NatsServer& server, const std::string& host = "localhost") const {
    auto options = NatsPeer::options("tls://" + host + ":" + server.port());
    options.ca_file = ca_file;
    return options;
  }

  tickgate::testing::TestCertificate authority;
  std::string ca_file, tls;
};

TEST_F(NatsTlsTest, TheServerIsKnownByItsAuthorityAndItsName) {
  const NatsServer server("tls { " + tls + " }");
  NatsPeer by_name(to(server)), by_address(to(server, "127.0.0.1"));
  EXPECT_TRUE(by_name.is_told(Change::kConnected));
  EXPECT_TRUE(by_address.is_told(Change::kConnected));
  by_name.follow("t.a");
  ASSERT_TRUE(by_name.client->flush(std::chrono::seconds(5)).ok());
  ASSERT_TRUE(by_address.client->publish("t.a", "1").ok());
  EXPECT_TRUE(by_name.receives("t.a 1"));
}

TEST_F(NatsTlsTest, AnotherNameAnotherAuthorityAndNoTlsAtAllAreRefused) {
  const NatsServer server("tls { " + tls + " }"), plain;
  auto of_the_system = to(server);
  of_the_system.ca_file.clear();
  NatsPeer wrong_name(to(server, "127.0.0.2")), wrong_authority(of_the_system);
  NatsPeer no_tls(to(plain)), plain_client(server.url());
  for (auto* const peer : {&wrong_name, &wrong_authority, &no_tls, &plain_client}) {
    EXPECT_TRUE(eventually([&] { return peer->client->errors() > 1; }));
    EXPECT_FALSE(peer->was_told(Change::kConnected)) << peer->client->reason();
    EXPECT_NE(peer->client->reason(), "");
  }
}

TEST_F(NatsTlsTest, AServerThatAsksForACertificateGetsOurs) {
  const NatsServer server("tls { " + tls + ", ca_file: \"" + ca_file + "\", verify: true }");
  CertificateOptions of_us;
  of_us.issuer = &authority;
  const auto ours = make_certificate(of_us);
  auto options = to(server);
  options.certificate = folder.write("us.pem", ours.certificate);
  options.key = folder.write("us.key", ours.key);
  NatsPeer with(options), without(to(server));
  EXPECT_TRUE(with.is_told(Change::kConnected));
  EXPECT_TRUE(eventually([&] { return without.client->errors() > 1; }));
  EXPECT_FALSE(without.was_told(Change::kConnected));
}

}  // namespace
}  // namespace tickgate::feeds
