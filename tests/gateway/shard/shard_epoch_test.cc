// SPDX-License-Identifier: Apache-2.0
// A shard whose ring names the run that its numbers belong to, as its clients see it.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/running_shard.h"
#include "tests/support/stream_client.h"

namespace tickgate::gateway {
namespace {

using testing::kUpgradeRequest;
using testing::RunningShard;
using testing::StreamClient;

constexpr std::string_view kQuotes =
    R"({"op":"subscribe","id":1,"channel":"quote","symbols":["*"]})";

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

feeds::Epoch epoch(std::string_view name) { return {name}; }

class ShardEpoch : public ::testing::Test {
 protected:
  void name(std::string_view epoch_name) {
    running.push(epoch(epoch_name));
    running.drained();
  }

  RunningShard running{{}, nullptr, nullptr, ""};
};

TEST_F(ShardEpoch, NobodyIsLetInBeforeItHasAName) {
  running.add("BTC-USD");
  StreamClient early(running.port(), {.upgrade = false});
  early.send_raw(kUpgradeRequest);
  const auto refusal = early.read_until("try again\n");
  EXPECT_TRUE(refusal.starts_with("HTTP/1.1 503 ")) << refusal;
  EXPECT_TRUE(has(refusal, "Retry-After: 1\r\n")) << refusal;
  EXPECT_EQ(running.refused(HttpRefusal::kStarting), 1U);
  EXPECT_FALSE(running.shard.is_named());
  name("ONE");
  EXPECT_TRUE(running.shard.is_named());
  StreamClient client(running.port());
  client.send_text(kQuotes);
  EXPECT_TRUE(has(client.next_text_with("\"epoch\""), R"("epoch":"ONE")"));
}

TEST_F(ShardEpoch, WhoWasThereIsClosedWithoutASightOfTheNextOne) {
  const auto& btc = running.add("BTC-USD");
  name("ONE");
  running.push(testing::quote(btc, 900));
  std::vector<std::unique_ptr<StreamClient>> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<StreamClient>(running.port()));
    clients.back()->send_text(kQuotes);
    clients.back()->next_text_with(R"("seq":900)");
  }
  running.push(epoch("TWO"));
  running.push(feeds::Removal{&btc, {}});
  running.push(&btc);
  running.push(testing::status(btc, 1, schemas::State::kLive));
  running.push(testing::quote(btc, 1));
  StreamClient late(running.port());
  late.send_text(kQuotes);
  const auto begun = late.next_text_with(R"("type":"quote")");
  EXPECT_TRUE(has(begun, R"("seq":1)")) << begun;
  EXPECT_FALSE(has(begun, R"("seq":900)")) << begun;
  for (const auto& client : clients) {
    client->send_text(R"({"op":"subscribe","id":2,"channel":"book","symbols":["*"]})");
    bool told = false;
    while (const auto frame = client->next()) {
      if (frame->opcode == 8) {
        EXPECT_EQ(frame->close_code(), 1012);
        break;
      }
      told = told || has(frame->payload, R"("state":"down")");
      EXPECT_FALSE(has(frame->payload, "TWO")) << frame->payload;
      EXPECT_FALSE(has(frame->payload, R"("seq":1,)")) << frame->payload;
      EXPECT_FALSE(has(frame->payload, "unsubscribed")) << frame->payload;
      EXPECT_FALSE(has(frame->payload, R"("id":2)")) << frame->payload;
    }
    EXPECT_TRUE(told) << "what it shows is live no more";
  }
  EXPECT_EQ(running.closed(CloseReason::kRestart), clients.size());
}

}  // namespace
}  // namespace tickgate::gateway
