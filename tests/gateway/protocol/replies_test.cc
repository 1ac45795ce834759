// SPDX-License-Identifier: Apache-2.0
#include "gateway/protocol/replies.h"

#include <gtest/gtest.h>

namespace tickgate::gateway {
namespace {

using schemas::Channel;

TEST(Replies, EachIsOneObjectOfTheProtocol) {
  const auto written = [](auto add) {
    Replies replies;
    add(replies);
    return replies.text();
  };
  const Acknowledgement ack{"7", Channel::kBook, R"("A:X-Y","A:Z-Y")", {}};
  const Acknowledgement refused{
      "\"a\"",
      Channel::kTrade,
      "",
      {{"no\"pe", ErrorCode::kUnknownSymbol, {"A", "B"}}, {"*", ErrorCode::kTooManySymbols}}};
  EXPECT_EQ(written([&](Replies& r) { r.add_subscribed(ack, 250, "E1"); }),
            R"({"type":"subscribed","id":7,"channel":"book","accepted":["A:X-Y","A:Z-Y"],)"
            R"("rejected":[],"interval_ms":250,"epoch":"E1"})");
  EXPECT_EQ(written([&](Replies& r) { r.add_unsubscribed(refused); }),
            R"({"type":"unsubscribed","id":"a","channel":"trade","accepted":[],)"
            R"("rejected":[{"symbol":"no\"pe","code":"unknown_symbol","did_you_mean":["A","B"]},)"
            R"({"symbol":"*","code":"too_many_symbols"}]})");
  EXPECT_EQ(
      written([](Replies& r) { r.add_error("null", ErrorCode::kBadRequest, "an {odd} \"", true); }),
      R"({"type":"error","id":null,"code":"bad_request","message":"an {odd} \"","fatal":true})");
  EXPECT_EQ(written([](Replies& r) { r.add_rate_limited("7", 101); }),
            R"({"type":"error","id":7,"code":"rate_limited",)"
            R"("message":"too many requests wait already",)"
            R"("retry_after_ms":101,"fatal":false})");
  EXPECT_EQ(written([](Replies& r) {
              r.add_authenticated("7", "a \"b\"", schemas::Timestamp{1700000000000001});
            }),
            R"({"type":"authenticated","id":7,"subject":"a \"b\"","expires":1700000000000001})");
  EXPECT_EQ(written([](Replies& r) { r.add_auth_expiring(30000); }),
            R"({"type":"auth_expiring","in_ms":30000})");
  EXPECT_EQ(written([](Replies& r) { r.add_pong("1", "e\""); }),
            R"({"type":"pong","id":1,"echo":"e\""})");
  EXPECT_EQ(written([](Replies& r) { r.add_heartbeat(schemas::Timestamp{1700000000000001}); }),
            R"({"type":"heartbeat","time":1700000000000001})");
  EXPECT_EQ(written([](Replies& r) { r.add_degraded(500); }),
            R"({"type":"degraded","interval_ms":500,"reason":"slow_consumer"})");
  EXPECT_EQ(written([](Replies& r) { r.add_restored(); }), R"({"type":"restored"})");
  EXPECT_EQ(written([](Replies& r) { r.add_drain(1500); }),
            R"({"type":"drain","reconnect_after_ms":1500})");
}

TEST(Replies, ListHasADepthForBooksOnly) {
  const ListedSubscriptions entries[] = {{Channel::kQuote, 0, 0, {"A:X-Y", "A:Z-Y"}},
                                         {Channel::kBook, 100, 5, {"A:X-Y"}, true}};
  const ListedPattern patterns[] = {{Channel::kQuote, "A:*"}, {Channel::kTrade, "*"}};
  Replies replies;
  replies.add_list("1", entries, patterns);
  EXPECT_EQ(replies.text(),
            R"({"type":"list","id":1,"subscriptions":[)"
            R"({"channel":"quote","interval_ms":0,"symbols":["A:X-Y","A:Z-Y"]},)"
            R"({"channel":"book","interval_ms":100,"depth":5,"stamps":true,"symbols":["A:X-Y"]}],)"
            R"("patterns":[{"channel":"quote","pattern":"A:*"},)"
            R"({"channel":"trade","pattern":"*"}]})");
  Replies none;
  none.add_list("1", {}, {});
  EXPECT_EQ(none.text(), R"({"type":"list","id":1,"subscriptions":[],"patterns":[]})");
}

TEST(Replies, AreJoinedInTheirOrderAndHoldNothingOnceMoved) {
  Replies replies;
  replies.add_pong("1", std::string(100, 'e'));
  replies.add_restored();
  const auto text = replies.text();
  EXPECT_TRUE(text.ends_with(R"(e"},{"type":"restored"})")) << text;
  std::string out = "[";
  replies.move_to(out);
  EXPECT_EQ(out, "[" + text);
  EXPECT_TRUE(replies.empty());
  EXPECT_LT(replies.text().capacity(), 100U) << "an idle client holds no memory for it";
  replies.add_restored();
  EXPECT_EQ(replies.text(), R"({"type":"restored"})") << "no comma before the first";
}

}  // namespace
}  // namespace tickgate::gateway
