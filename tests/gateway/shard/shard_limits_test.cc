// SPDX-License-Identifier: Apache-2.0
// How a shard ends what is not as it should be, and what it says then.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/running_shard.h"
#include "tests/support/stream_client.h"

namespace tickgate::gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::RunningShard;
using testing::StreamClient;
using testing::wait_until;

constexpr int kPing = 9;

// What ends a stream, and with which code.
struct Ending {
  const char* name;
  int opcode;
  std::string payload;
  int code;
  CloseReason reason;
};

TEST(ShardLimits, WhatAClientDoesWrongEndsItWithTheCodeForIt) {
  LimitsConfig limits;
  limits.message_bytes = 1024;
  const std::vector<Ending> endings{
      {"binary", 2, "bytes", 1003, CloseReason::kUnsupportedData},
      {"bad UTF-8", 1, "\xC3\x28", 1007, CloseReason::kBadUtf8},
      {"oversize", 1, std::string(1025, 'x'), 1009, CloseReason::kMessageTooLarge},
      {"reserved opcode", 3, "", 1002, CloseReason::kProtocolError},
  };
  RunningShard running(limits);
  for (const auto& ending : endings) {
    StreamClient client(running.port());
    client.send_frame(ending.opcode, ending.payload);
    const auto close = client.next_close();
    ASSERT_TRUE(close.has_value()) << ending.name;
    EXPECT_EQ(close->close_code(), ending.code) << ending.name;
    EXPECT_FALSE(client.next().has_value()) << ending.name;
    EXPECT_TRUE(client.ended()) << ending.name;
    EXPECT_EQ(running.closed(ending.reason), 1U) << ending.name;
  }
}

TEST(ShardLimits, TooManyBadRequestsEndAStreamAfterEachWasAnswered) {
  LimitsConfig limits;
  limits.bad_requests = 3;
  RunningShard running(limits);
  StreamClient client(running.port());
  for (int i = 0; i < 4; ++i) client.send_text("nonsense");
  EXPECT_NE(client.next_text_with("\"fatal\":true").find("bad_request"), std::string::npos);
  const auto close = client.next_close();
  ASSERT_TRUE(close.has_value());
  EXPECT_EQ(close->close_code(), 4400);
  EXPECT_EQ(running.counters().bad_requests.value(), 4U);
}

// A page that mounts its rows one by one, say.
TEST(ShardLimits, WhatIsOverTheRateWaitsForItsTurnAndIsAnsweredInOrder) {
  LimitsConfig limits;
  limits.requests_per_second = 20;
  limits.request_burst = 10;
  RunningShard running(limits);
  StreamClient client(running.port());
  std::string segment;
  for (int i = 0; i < 20; ++i) {
    segment += testing::client_frame(fmt::format(R"({{"op":"ping","id":{}}})", i));
  }
  client.send_raw(segment);
  std::string all;
  while (all.find(R"("id":19,)") == all.npos) {
    const auto frame = client.next();
    ASSERT_TRUE(frame.has_value()) << all;
    all += frame->payload;
  }
  std::size_t at = 0;
  for (int i = 0; i < 20; ++i) {
    at = all.find(fmt::format(R"("type":"pong","id":{},)", i), at);
    ASSERT_NE(at, all.npos) << i << ": " << all;
  }
  EXPECT_EQ(running.counters().rate_limited.value(), 0U);
}

TEST(ShardLimits, BeyondWhatMayWaitARequestIsRefusedByItsIdAndThatIsNoBadRequest) {
  LimitsConfig limits;
  limits.requests_per_second = 1;
  limits.request_burst = 2;
  limits.bad_requests = 1;
  RunningShard running(limits);
  StreamClient client(running.port());
  std::string segment;  // read at one time, however busy the machine is
  for (int i = 0; i < 9; ++i) {
    segment += testing::client_frame(fmt::format(R"({{"op":"ping","id":"p{}"}})", i));
  }
  client.send_raw(segment);
  const auto refusals = client.next_text_with("rate_limited");
  for (int i = 4; i < 9; ++i) {
    const auto expected = fmt::format(
        R"({{"type":"error","id":"p{}","code":"rate_limited","message":"too many requests wait )"
        R"(already","retry_after_ms":1001,"fatal":false}})",
        i);
    EXPECT_NE(refusals.find(expected), std::string::npos) << refusals;
  }
  EXPECT_EQ(running.counters().rate_limited.value(), 5U);
  EXPECT_EQ(running.counters().bad_requests.value(), 0U);
  client.next_text_with(R"("type":"pong","id":"p3")");
}

TEST(ShardLimits, OneThatSaysNothingIsClosedWithNoPong) {
  LimitsConfig limits;
  limits.idle_time = seconds(2);
  RunningShard running(limits);
  StreamClient client(running.port());
  const auto ping = client.next();
  ASSERT_TRUE(ping.has_value()) << "asked before its time is over";
  EXPECT_EQ(ping->opcode, kPing);
  const auto close = client.next_close();
  ASSERT_TRUE(close.has_value());
  EXPECT_EQ(close->close_code(), 4010);
  EXPECT_EQ(running.closed(CloseReason::kNoPong), 1U);
}

TEST(ShardLimits, OneTooManyIsToldToComeLater) {
  LimitsConfig limits;
  limits.connections = 2;
  RunningShard running(limits);
  StreamClient first(running.port());
  auto second = std::make_unique<StreamClient>(running.port());
  {
    StreamClient third(running.port(), {0, false, false});
    third.send_raw(testing::kUpgradeRequest);
    const auto refusal = third.read_until("\r\n\r\n");
    EXPECT_TRUE(refusal.starts_with("HTTP/1.1 503")) << refusal;
    EXPECT_NE(refusal.find("\r\nRetry-After: 5\r\n"), std::string::npos) << refusal;
  }
  EXPECT_EQ(running.refused(HttpRefusal::kConnections), 1U);
  second.reset();
  ASSERT_TRUE(wait_until([&] { return running.counters().connections.value() == 1; }, "room"));
  StreamClient fourth(running.port());
}

TEST(ShardLimits, OneThatStaysAtTheDoorIsSentAway) {
  LimitsConfig limits;
  limits.handshake_time = milliseconds(200);
  RunningShard running(limits);
  StreamClient client(running.port(), {0, false, false});
  client.send_raw("GET /v1/stream HTTP/1.1\r\nHost: ");
  EXPECT_EQ(client.read_until("anything"), "");
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(running.refused(HttpRefusal::kTimeout), 1U);
}

TEST(ShardLimits, WithoutDescriptorsItWaitsAndThenAcceptsAgain) {
  RunningShard running;
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const rlimit none{static_cast<rlim_t>(client) + 1, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &none);
  std::vector<int> fillers;
  for (int filler = 0; (filler = ::dup(0)) >= 0;) fillers.push_back(filler);
  auto stream = std::make_unique<StreamClient>(running.port(),
                                               testing::StreamOptions{0, false, false, client});
  stream->send_raw(testing::kUpgradeRequest);
  EXPECT_TRUE(wait_until([&] { return running.counters().accept_failures.value() >= 2; },
                         "accepts that fail"));
  EXPECT_LT(running.counters().accept_failures.value(), 50U) << "it backs off";
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_TRUE(stream->read_until("\r\n\r\n").starts_with("HTTP/1.1 101"));
  for (const int filler : fillers) ::close(filler);
}

}  // namespace
}  // namespace tickgate::gateway
