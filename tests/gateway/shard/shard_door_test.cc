// SPDX-License-Identifier: Apache-2.0
// Who is at a shard's door, and what becomes of him.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/support/running_shard.h"
#include "tests/support/stream_client.h"
#include "tests/support/test_certificate.h"

namespace tickgate::gateway {
namespace {

using std::chrono::milliseconds;
using testing::RunningShard;
using testing::StreamClient;
using testing::wait_until;

std::string get(const std::string& path, const std::string& more = {}) {
  return "GET " + path + " HTTP/1.1\r\nHost: a\r\n" + more + "\r\n";
}

std::unique_ptr<StreamClient> visitor(const RunningShard& running, bool tls = false) {
  return std::make_unique<StreamClient>(running.port(),
                                        testing::StreamOptions{.tls = tls, .upgrade = false});
}

// RunningShard answers with the path.
void expect_answer(StreamClient& client, const std::string& path) {
  const auto answer = client.read_until("\r\n\r\n" + path);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n")) << answer;
}

void ask_again_and_again(bool tls) {
  const testing::TemporaryFolder folder;
  const auto made = testing::make_certificate();
  TlsContextHolder context(
      {folder.write("certificate", made.certificate), folder.write("key", made.key)});
  ASSERT_TRUE(context.reload().ok());
  RunningShard running({}, tls ? &context : nullptr);
  const auto client = visitor(running, tls);
  for (const auto* path : {"/one", "/two", "/three"}) {
    client->send_raw(get(path));
    expect_answer(*client, path);
  }
  client->send_raw(get("/four") + get("/five") + get("/six", "Connection: close\r\n"));
  expect_answer(*client, "/four");
  expect_answer(*client, "/five");
  EXPECT_NE(client->read_until("/six").find("Connection: close\r\n"), std::string::npos);
  EXPECT_EQ(client->read_until("anything"), "");
  EXPECT_TRUE(client->ended());
  EXPECT_EQ(running.counters().http_requests.value(), 6U);
}

TEST(ShardDoor, OneMayAskAgain) { ask_again_and_again(false); }

TEST(ShardDoor, OneMayAskAgainOverTls) { ask_again_and_again(true); }

TEST(ShardDoor, AStreamMayFollowRequests) {
  RunningShard running;
  const auto client = visitor(running);
  client->send_raw(get("/one") + std::string(testing::kUpgradeRequest));
  expect_answer(*client, "/one");
  EXPECT_TRUE(client->read_until("\r\n\r\n").starts_with("HTTP/1.1 101"));
  client->send_text(R"({"op":"ping","id":1})");
  client->next_text_with("pong");
}

TEST(ShardDoor, TheBeginningOfTheNextRequestHasTheTimeOfAFirst) {
  LimitsConfig limits;
  limits.handshake_time = milliseconds(200);
  RunningShard running(limits);
  const auto client = visitor(running);
  client->send_raw(get("/one"));
  expect_answer(*client, "/one");
  EXPECT_EQ(client->read_until("anything", milliseconds(600)), "");
  EXPECT_FALSE(client->ended()) << "a rest is longer";
  client->send_raw("GET /two");
  EXPECT_EQ(client->read_until("anything"), "");
  EXPECT_TRUE(client->ended());
  EXPECT_EQ(running.refused(HttpRefusal::kTimeout), 1U);
}

TEST(ShardDoor, WhoRestsYieldsBeforeWhoAsks) {
  LimitsConfig limits;
  limits.connections = 2;
  RunningShard running(limits);
  const auto asks = visitor(running);
  asks->send_raw("GET /lat");
  const auto rests = visitor(running);
  rests->send_raw(get("/one"));
  expect_answer(*rests, "/one");
  const auto comes = visitor(running);
  comes->send_raw(get("/two"));
  expect_answer(*comes, "/two");
  EXPECT_EQ(rests->read_until("anything"), "");
  EXPECT_TRUE(rests->ended());
  asks->send_raw(get("/er").substr(4));
  expect_answer(*asks, "/lat/er");
  EXPECT_EQ(running.refused(HttpRefusal::kYielded), 0U);
}

TEST(ShardDoor, TheOldestWhoAsksForNothingYields) {
  LimitsConfig limits;
  limits.connections = 3;
  RunningShard running(limits);
  std::vector<std::unique_ptr<StreamClient>> silent;
  for (int i = 0; i < 3; ++i) silent.push_back(visitor(running));
  const auto comes = visitor(running);
  comes->send_raw(get("/one"));
  expect_answer(*comes, "/one");
  EXPECT_EQ(silent[0]->read_until("anything"), "");
  EXPECT_TRUE(silent[0]->ended());
  EXPECT_EQ(running.refused(HttpRefusal::kYielded), 1U);
  silent[1]->send_raw(get("/two"));
  expect_answer(*silent[1], "/two");
}

// As many may rest as may be answered.
TEST(ShardDoor, FewRest) {
  LimitsConfig limits;
  limits.http_visitors = 2;
  RunningShard running(limits);
  std::vector<std::unique_ptr<StreamClient>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(visitor(running));
    clients.back()->send_raw(get("/one"));
    expect_answer(*clients.back(), "/one");
  }
  EXPECT_EQ(clients[0]->read_until("anything"), "");
  EXPECT_TRUE(clients[0]->ended());
  clients[1]->send_raw(get("/two"));
  expect_answer(*clients[1], "/two");
}

TEST(ShardDoor, ALargeHeadThatDoesNotFitBesideOthersIsToldToComeLater) {
  LimitsConfig limits;
  limits.http_bytes = 30'000;
  RunningShard running(limits);
  const auto holds = visitor(running), comes = visitor(running), small = visitor(running);
  const auto head = "GET /one HTTP/1.1\r\nHost: a\r\nX: " + std::string(20'000, 'x');
  holds->send_raw(head);
  // Read or not by now, what both send does not fit.
  comes->send_raw(head + "\r\n");
  ASSERT_TRUE(wait_until([&] { return running.refused(HttpRefusal::kBytes) == 1; }, "a refusal"));
  small->send_raw(get("/two"));
  expect_answer(*small, "/two");
  const auto first = holds->read_until("\r\n\r\n", milliseconds(50));
  const auto second = comes->read_until("\r\n\r\n", milliseconds(50));
  EXPECT_TRUE((first + second).starts_with("HTTP/1.1 503 ")) << first << second;
  EXPECT_NE((first + second).find("\r\nRetry-After: 1\r\n"), std::string::npos);
}

}  // namespace
}  // namespace tickgate::gateway
