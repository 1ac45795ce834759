// SPDX-License-Identifier: Apache-2.0
#include "gateway/websocket/end_log.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

#include "feeds/log/log.h"

namespace tickgate::gateway {
namespace {

namespace log = feeds::log;
using std::chrono::milliseconds;
using std::chrono::seconds;

std::vector<std::string>* lines = nullptr;

void keep_line(log::Level level, std::string_view component, std::string_view message,
               std::span<const log::Field> fields) {
  auto line = fmt::format("{} {} {}", name(level), component, message);
  for (const auto& field : fields) {
    std::visit([&](const auto& value) { line += fmt::format(" {}={}", field.key, value); },
               field.value);
  }
  lines->push_back(line);
}

class EndLogTest : public ::testing::Test {
 protected:
  EndLogTest() {
    lines = &lines_;
    log::install(keep_line, log::Level::kInfo);
  }
  ~EndLogTest() override { log::install(nullptr, log::Level::kInfo); }

  void note(Monotonic now) {
    log_.note({CloseReason::kSlowConsumer, "gateway", 4008, "slow"},
              {"192.0.2.1:5000", 1'500, 20, 12'345}, now);
  }

  std::vector<std::string> lines_;
  EndLog log_;
};

TEST_F(EndLogTest, SaysWhoHowLongHowMuchAndWhy) {
  note(seconds(10));
  log_.note({CloseReason::kPeerLost, "network", 0, ""}, {"unknown", 0, 0, 0}, seconds(10));
  EXPECT_EQ(lines_,
            (std::vector<std::string>{
                "info gateway.client connection ended address=192.0.2.1:5000 lasted_ms=1500 "
                "subprotocol=tickgate.v1.json subscriptions=20 bytes_sent=12345 by=gateway "
                "reason=slow_consumer code=4008 detail=slow",
                "info gateway.client connection ended address=unknown lasted_ms=0 "
                "subprotocol=tickgate.v1.json subscriptions=0 bytes_sent=0 by=network "
                "reason=peer_lost"}));
}

TEST_F(EndLogTest, SaysWhoseItWasWhereThatIsKnown) {
  log_.note({CloseReason::kPeerLost, "network", 0, ""}, {"unknown", 0, 0, 0, "alice", "jwt"},
            seconds(10));
  ASSERT_EQ(lines_.size(), 1U);
  EXPECT_NE(lines_[0].find(" subject=alice credential_kind=jwt"), std::string::npos) << lines_[0];
}

TEST_F(EndLogTest, WhatIsTooManyForASecondIsANumberInTheNextLine) {
  for (std::uint32_t i = 0; i < EndLog::kMost + 7; ++i) note(seconds(10));
  EXPECT_EQ(lines_.size(), EndLog::kMost);
  note(seconds(10) + milliseconds(999));
  EXPECT_EQ(lines_.size(), EndLog::kMost);
  note(seconds(11));
  ASSERT_EQ(lines_.size(), EndLog::kMost + 1);
  EXPECT_NE(lines_.back().find(" suppressed=8"), std::string::npos) << lines_.back();
  note(seconds(11));
  EXPECT_EQ(lines_.back().find("suppressed"), std::string::npos);
}

TEST_F(EndLogTest, CostsNothingWhereNobodyWantsIt) {
  log::install(keep_line, log::Level::kWarning);
  note(seconds(10));
  EXPECT_TRUE(lines_.empty());
}

}  // namespace
}  // namespace tickgate::gateway
