// SPDX-License-Identifier: Apache-2.0
// Who comes in at a guarded shard, by what it shows in the handshake.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/support/fake_guard.h"
#include "tests/support/running_shard.h"
#include "tests/support/stream_client.h"

namespace tickgate::gateway {
namespace {

using std::chrono::seconds;
using testing::FakeGuard;
using testing::RunningShard;
using testing::StreamClient;
using testing::wait_until;

constexpr seconds kPatience{20};

class ShardAccessTest : public ::testing::Test {
 protected:
  void put(const FakeGuard& guard) { holder_.replace(std::make_shared<const FakeGuard>(guard)); }
  static Grant of(std::string subject, std::uint32_t connections = 0) {
    Grant grant;
    grant.subject = std::move(subject);
    grant.connections = connections;
    return grant;
  }
  // -> the answer's head and, of a refusal, its body
  std::string knock(StreamClient& client, const std::string& credential,
                    const std::string& path = "/v1/stream") const {
    std::string request(testing::kUpgradeRequest);
    request.replace(4, 10, path);
    request.insert(request.find("Upgrade:"), "Authorization: Bearer " + credential + "\r\n");
    client.send_raw(request);
    return client.read_until("\r\n\r\n", kPatience);
  }
  std::unique_ptr<StreamClient> visitor() const {
    return std::make_unique<StreamClient>(running_.port(),
                                          testing::StreamOptions{.upgrade = false});
  }
  std::uint64_t count(AuthResult result) const { return running_.shard.auth_count(result).value(); }

  GuardHolder holder_;
  RunningShard running_{{}, nullptr, &holder_};
};

}  // namespace

TEST_F(ShardAccessTest, AGoodCredentialIsLetInAndAnyOtherGetsOneText) {
  FakeGuard guard;
  guard.give("good", of("alice"));
  guard.expired.insert("old");
  put(guard);
  const auto good = visitor();
  EXPECT_TRUE(knock(*good, "good").starts_with("HTTP/1.1 101 "));
  good->send_text(R"({"op":"list","id":1})");
  good->next_text_with(R"("list","id":1)", kPatience);
  for (const std::string credential : {"bad", "worse.than.bad"}) {
    const auto client = visitor();
    const auto answer = knock(*client, credential);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 401 Unauthorized\r\n")) << answer;
    EXPECT_NE(answer.find("\r\nWWW-Authenticate: Bearer error=\"invalid_token\"\r\n"),
              std::string::npos);
    EXPECT_EQ(client->read_until("not accepted\n", kPatience), "the credential is not accepted\n");
  }
  const auto old = visitor();
  EXPECT_TRUE(knock(*old, "old").starts_with("HTTP/1.1 401 "));
  EXPECT_EQ(old->read_until("expired\n", kPatience), "the credential has expired\n");
  EXPECT_EQ(count(AuthResult::kGranted), 1U);
  EXPECT_EQ(count(AuthResult::kRefused), 2U);
  EXPECT_EQ(count(AuthResult::kExpired), 1U);
  EXPECT_EQ(running_.refused(HttpRefusal::kUnauthenticated), 2U);
}

TEST_F(ShardAccessTest, APlainRequestIsRefusedInTheFormOfItsErrors) {
  put({});
  const auto client = visitor();
  client->send_raw("GET /v1/x HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer bad\r\n\r\n");
  const auto answer = client->read_until(R"("fatal":false})", kPatience);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 401 ")) << answer;
  EXPECT_NE(answer.find(R"("code":"unauthenticated")"), std::string::npos) << answer;
}

TEST_F(ShardAccessTest, WhoShowsNothingMaySayItInBand) {
  put(FakeGuard().give("good", of("alice")));
  StreamClient client(running_.port());
  client.send_text(R"({"op":"auth","id":7,"token":"good"})");
  client.next_text_with(R"("subject":"alice")", kPatience);
}

TEST_F(ShardAccessTest, AHandshakeWaitsForItsKeyToBeFetched) {
  FakeGuard guard;
  guard.unknown.insert("new");
  put(guard);
  const auto late = visitor();
  std::string request(testing::kUpgradeRequest);
  request.insert(request.find("Upgrade:"), "Authorization: Bearer new\r\n");
  late->send_raw(request);
  const auto never = visitor();
  EXPECT_TRUE(knock(*never, "new").starts_with("HTTP/1.1 401 ")) << "after two seconds";
  EXPECT_EQ(late->read_until("\r\n\r\n", kPatience).substr(0, 13), "HTTP/1.1 401 ");
  EXPECT_EQ(count(AuthResult::kUnknownKey), 2U);
  const auto comes = visitor();
  comes->send_raw(request);
  wait_until([&] { return running_.shard.parked() == 1; }, "it waits");
  put(FakeGuard().give("new", of("alice")));
  EXPECT_TRUE(comes->read_until("\r\n\r\n", kPatience).starts_with("HTTP/1.1 101 "));
}

TEST_F(ShardAccessTest, ASubjectsStreamsAreCountedUntilTheyEnd) {
  put(FakeGuard().give("good", of("alice", 1)));
  auto first = visitor();
  EXPECT_TRUE(knock(*first, "good").starts_with("HTTP/1.1 101 "));
  const auto second = visitor();
  const auto answer = knock(*second, "good");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 429 ")) << answer;
  EXPECT_NE(answer.find("\r\nRetry-After: "), std::string::npos);
  first.reset();
  wait_until([&] { return running_.counters().connections.value() == 0; }, "the first has ended");
  const auto third = visitor();
  EXPECT_TRUE(knock(*third, "good").starts_with("HTTP/1.1 101 "));
}

TEST_F(ShardAccessTest, StreamsThatAreNobodysYetAreFewAndKeepNobodyOutWhoSaysWhoHeIs) {
  put(FakeGuard().give("good", of("alice")));
  LimitsConfig limits;
  limits.unauthenticated_connections = 1;
  RunningShard running(limits, nullptr, &holder_);
  const auto comes = [&](const std::string& header) {
    auto client =
        std::make_unique<StreamClient>(running.port(), testing::StreamOptions{.upgrade = false});
    std::string request(testing::kUpgradeRequest);
    request.insert(request.find("Upgrade:"), header);
    client->send_raw(request);
    auto answer = client->read_until("\r\n\r\n", kPatience);
    return std::pair(std::move(client), std::move(answer));
  };
  const auto first = comes("");
  EXPECT_TRUE(first.second.starts_with("HTTP/1.1 101 ")) << first.second;
  const auto second = comes("");
  EXPECT_TRUE(second.second.starts_with("HTTP/1.1 503 ")) << second.second;
  EXPECT_NE(second.second.find("\r\nRetry-After: 1\r\n"), std::string::npos) << second.second;
  EXPECT_EQ(running.refused(HttpRefusal::kUnnamed), 1U);
  const auto third = comes("Authorization: Bearer good\r\n");
  EXPECT_TRUE(third.second.starts_with("HTTP/1.1 101 ")) << third.second;
  first.first->send_text(R"({"op":"auth","id":7,"token":"good"})");
  first.first->next_text_with(R"("subject":"alice")", kPatience);
  // Its place is free once it is somebody's, and once it has ended.
  for (int i = 0; i < 3; ++i) {
    const auto before = running.counters().connections.value();
    const auto next = comes("");
    EXPECT_TRUE(next.second.starts_with("HTTP/1.1 101 ")) << next.second;
    next.first->send_text(R"({"op":"auth","id":7,"token":"bad"})");
    EXPECT_EQ(next.first->next_close(kPatience)->close_code(), 4401);
    wait_until([&] { return running.counters().connections.value() == before; }, "it has ended");
  }
}

TEST_F(ShardAccessTest, ARevokedCredentialEndsItsStreamsAndNoOthers) {
  put(FakeGuard().give("a", of("alice")).give("b", of("bob")));
  std::vector<std::unique_ptr<StreamClient>> alices;
  for (int i = 0; i < 20; ++i) {
    alices.push_back(visitor());
    EXPECT_TRUE(knock(*alices.back(), "a").starts_with("HTTP/1.1 101 "));
  }
  const auto bob = visitor();
  EXPECT_TRUE(knock(*bob, "b").starts_with("HTTP/1.1 101 "));
  put(FakeGuard().give("b", of("bob")));
  for (const auto& alice : alices) {
    const auto close = alice->next_close(kPatience);
    ASSERT_TRUE(close.has_value());
    EXPECT_EQ(close->close_code(), 4401);
  }
  bob->send_text(R"({"op":"ping","id":1})");
  bob->next_text_with("pong", kPatience);
}

}  // namespace tickgate::gateway
