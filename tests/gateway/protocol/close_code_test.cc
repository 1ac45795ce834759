// SPDX-License-Identifier: Apache-2.0
#include "gateway/protocol/close_code.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "gateway/protocol/utf8_checker.h"

namespace tickgate::gateway {

TEST(CloseCode, EveryReasonHasALegalCodeAndAShortText) {
  for (const auto reason : all_close_reasons()) {
    const auto& info = close_info(reason);
    EXPECT_TRUE(may_be_sent(info.code) || reason == CloseReason::kPeerLost) << info.name;
    EXPECT_LE(info.text.size(), 123U) << info.name;
    EXPECT_TRUE(is_utf8(info.text)) << info.name;
  }
}

TEST(CloseCode, NamesAreDistinctAndSnakeCase) {
  std::set<std::string_view> names;
  for (const auto reason : all_close_reasons()) {
    const auto name = close_info(reason).name;
    EXPECT_TRUE(names.insert(name).second) << name << " is there twice";
    EXPECT_FALSE(name.empty());
    EXPECT_TRUE(std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || c == '_' || (c >= '0' && c <= '9');
    })) << name;
  }
}

// The table of schemas/protocol.md.
TEST(CloseCode, CodesAreTheProtocols) {
  const struct {
    CloseReason reason;
    std::uint16_t code;
    ComeBack come_back;
  } table[] = {
      {CloseReason::kNormal, 1000, ComeBack::kYes},
      {CloseReason::kGoingAway, 1001, ComeBack::kYes},
      {CloseReason::kProtocolError, 1002, ComeBack::kNo},
      {CloseReason::kUnsupportedData, 1003, ComeBack::kNo},
      {CloseReason::kBadUtf8, 1007, ComeBack::kNo},
      {CloseReason::kMessageTooLarge, 1009, ComeBack::kNo},
      {CloseReason::kRestart, 1012, ComeBack::kYes},
      {CloseReason::kOverloaded, 1013, ComeBack::kLater},
      {CloseReason::kSlowConsumer, 4008, ComeBack::kYes},
      {CloseReason::kNoPong, 4010, ComeBack::kYes},
      {CloseReason::kTooManyBadRequests, 4400, ComeBack::kNo},
      {CloseReason::kNotAuthenticated, 4401, ComeBack::kNo},
      {CloseReason::kNotEntitled, 4403, ComeBack::kNo},
      {CloseReason::kConnectionLimit, 4429, ComeBack::kLater},
  };
  for (const auto& row : table) {
    EXPECT_EQ(close_info(row.reason).code, row.code);
    EXPECT_EQ(close_info(row.reason).come_back, row.come_back) << row.code;
  }
}

TEST(CloseCode, OnlyRegisteredAndPrivateCodesMayBeSent) {
  const auto allowed = [](int code) { return may_be_sent(static_cast<std::uint16_t>(code)); };
  for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535}) {
    EXPECT_FALSE(allowed(code)) << code;
  }
  for (const int code : {1000, 1003, 1007, 1011, 1012, 1014, 3000, 3999, 4000, 4999}) {
    EXPECT_TRUE(allowed(code)) << code;
  }
}

}  // namespace tickgate::gateway
