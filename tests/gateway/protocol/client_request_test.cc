// SPDX-License-Identifier: Apache-2.0
#include "gateway/protocol/client_request.h"

#include <gtest/gtest.h>

namespace tickgate::gateway {
namespace {

struct Refused {
  const char* text;
  const char* id;
  const char* code;
  const char* part;  // of the message
};

const Refused kRefused[] = {
    {"", "null", "bad_request", "one JSON object"},
    {"nonsense", "null", "bad_request", "one JSON object"},
    {"[]", "null", "bad_request", "JSON object"},
    {"{\"op\":\"ping\"} x", "null", "bad_request", "one JSON object"},
    {R"({"id":1})", "1", "bad_request", "op: missing"},
    {R"({"op":7,"id":1})", "1", "bad_request", "op: expected"},
    {R"({"op":"login","id":1})", "1", "unknown_op", "got \"login\""},
    {R"({"op":"auth","id":1})", "1", "bad_request", "token: expected a string of 1 to 8192 bytes"},
    {R"({"op":"auth","id":1,"token":""})", "1", "bad_request", "token: expected"},
    {R"({"op":"auth","id":1,"token":["x"]})", "1", "bad_request", "token: expected"},
    {R"({"op":"auth","id":1,"token":"x","user":"y"})", "1", "bad_request", "unknown key"},
    {R"({"op":"ping","op":"list","id":1})", "null", "bad_request", "op: given twice"},
    {R"({"op":"subscribe","id":1,"channel":"qoute","symbols":["*"]})", "1", "bad_request",
     "channel: expected quote, trade, book, ticker, bar or status, got \"qoute\""},
    {R"({"op":"subscribe","id":1,"channel":"bar","symbols":["*"]})", "1", "bad_request",
     "interval: missing, expected 1s, 1m, 5m, 15m, 1h, 4h or 1d"},
    {R"({"op":"subscribe","id":1,"channel":"bar","symbols":["*"],"interval":60})", "1",
     "bad_request", "interval: expected 1s, 1m, 5m, 15m, 1h, 4h or 1d, got 60"},
    {R"({"op":"subscribe","id":1,"channel":"bar","symbols":["*"],"interval":"1M"})", "1",
     "unknown_interval", "interval: expected 1s, 1m, 5m, 15m, 1h, 4h or 1d, got \"1M\""},
    {R"({"op":"subscribe","id":1,"channel":"bar","symbols":["*"],"interval":""})", "1",
     "unknown_interval", "interval: expected"},
    {R"({"op":"subscribe","id":1,"channel":"bar","symbols":["*"],"interval":"1m","history":1001})",
     "1", "bad_request", "history: expected an integer from 0 to 1000, got 1001"},
    {R"({"op":"subscribe","id":1,"channel":"bar","symbols":["*"],"interval":"1m","history":-1})",
     "1", "bad_request", "history: expected"},
    {R"({"op":"subscribe","id":1,"channel":"bar","symbols":["*"],"interval":"1m","history":"9"})",
     "1", "bad_request", "history: expected an integer"},
    {R"({"op":"subscribe","id":1,"channel":"bar","symbols":["*"],"interval":"1m","depth":5})", "1",
     "bad_request", "depth: only for book"},
    {R"({"op":"subscribe","id":1,"channel":"quote","symbols":["*"],"interval":"1m"})", "1",
     "bad_request", "interval: only for bar"},
    {R"({"op":"subscribe","id":1,"channel":"book","symbols":["*"],"history":5})", "1",
     "bad_request", "history: only for bar"},
    {R"({"op":"unsubscribe","id":1,"channel":"trade","symbols":["*"],"interval":"1m"})", "1",
     "bad_request", "interval: only for bar"},
    {R"({"op":"unsubscribe","id":1,"channel":"bar","symbols":["*"],"interval":"2m"})", "1",
     "unknown_interval", "got \"2m\""},
    {R"({"op":"subscribe","id":1,"channel":"quote","symbols":["*"],"from":{"epoch":"E","seq":{}}})",
     "1", "bad_request", "from: only for trade"},
    {R"({"op":"subscribe","id":1,"channel":"trade","symbols":["*"],"from":7})", "1", "bad_request",
     "from: expected"},
    {R"({"op":"subscribe","id":1,"channel":"trade","symbols":["*"],"from":{"seq":{}}})", "1",
     "bad_request", "from: expected"},
    {R"({"op":"subscribe","id":1,"channel":"trade","symbols":["*"],"from":{"epoch":1,"seq":{}}})",
     "1", "bad_request", "from: expected"},
    {R"({"op":"subscribe","id":1,"channel":"trade","symbols":["*"],)"
     R"("from":{"epoch":"E","seq":{},"more":1}})",
     "1", "bad_request", "from: expected"},
    {R"({"op":"subscribe","id":1,"channel":"trade","symbols":["*"],)"
     R"("from":{"epoch":"E","seq":{"A:B-C":-1}}})",
     "1", "bad_request", "from.seq: \"A:B-C\": expected an integer from 0"},
    {R"({"op":"subscribe","id":1,"channel":"trade","symbols":["*"],)"
     R"("from":{"epoch":"E","seq":{"A:B-C":9007199254740992}}})",
     "1", "bad_request", "got 9007199254740992"},
    {R"({"op":"subscribe","id":1,"channel":"trade","symbols":["*"],)"
     R"("from":{"epoch":"E","seq":{"A:B-C":1,"A:B-C":2}}})",
     "1", "bad_request", "from.seq: \"A:B-C\": given twice"},
    {R"({"op":"subscribe","id":1,"channel":"trade","symbols":["A:*","*:X-Y","B:C-D"],)"
     R"("from":{"epoch":"E","seq":{"A:1-2":1,"Z:X-Y":2,"B:C-D":3,"B:C-E":4}}})",
     "1", "bad_request", "from.seq: \"B:C-E\": not among the symbols"},
    {R"({"op":"unsubscribe","id":1,"channel":"bar","symbols":["*"],"history":5})", "1",
     "bad_request", R"(unknown key "history")"},
    {R"({"op":"subscribe","id":1,"channel":"quote"})", "1", "bad_request", "symbols: expected"},
    {R"({"op":"subscribe","id":1,"channel":"quote","symbols":[]})", "1", "bad_request", "symbols"},
    {R"({"op":"subscribe","id":1,"channel":"quote","symbols":"*"})", "1", "bad_request", "symbols"},
    {R"({"op":"subscribe","id":1,"channel":"quote","symbols":[1]})", "1", "bad_request",
     "one is 1"},
    {R"({"op":"subscribe","id":1,"channel":"quote","symbols":["*"],"interval_ms":-1})", "1",
     "bad_request", "interval_ms: expected an integer from 0 to 60000, got -1"},
    {R"({"op":"subscribe","id":1,"channel":"quote","symbols":["*"],"stamps":1})", "1",
     "bad_request", "stamps: expected true or false, got 1"},
    {R"({"op":"unsubscribe","id":1,"channel":"quote","symbols":["*"],"stamps":true})", "1",
     "bad_request", R"(unknown key "stamps")"},
    {R"({"op":"subscribe","id":1,"channel":"quote","symbols":["*"],"interval_ms":1.5})", "1",
     "bad_request", "interval_ms"},
    {R"({"op":"subscribe","id":1,"channel":"book","symbols":["*"],"depth":26})", "1", "bad_request",
     "depth: expected an integer from 1 to 25, got 26"},
    {R"({"op":"subscribe","id":1,"channel":"quote","symbols":["*"],"depth":5})", "1", "bad_request",
     "depth: only for book"},
    {R"({"op":"subscribe","id":1,"channel":"quote","symbols":["*"],"intervall_ms":5})", "1",
     "bad_request", "unknown key \"intervall_ms\""},
    {"{\"op\":\"subscribe\",\"id\":1,\"channel\":\"quote\",\"symbols\":[\"X:\xE5\xB8-Y\"]}", "null",
     "bad_request", "one JSON object"},
    {R"({"op":"ping","id":1.5})", "null", "bad_request", "id: expected an integer"},
    {R"({"op":"ping","id":{}})", "null", "bad_request", "id: expected an integer"},
    {R"({"op":"ping","id":1,"echo":5})", "1", "bad_request", "echo: expected a string"},
};

}  // namespace

TEST(ClientRequest, RefusalSaysWhatWasExpectedAndEchoesTheId) {
  RequestParser parser;
  for (const auto& wrong : kRefused) {
    const auto parsed = parser.parse(wrong.text);
    const auto* error = std::get_if<RequestError>(&parsed);
    ASSERT_NE(error, nullptr) << wrong.text;
    EXPECT_EQ(error->id, wrong.id) << wrong.text;
    EXPECT_EQ(name(error->code), wrong.code) << wrong.text;
    EXPECT_NE(error->message.find(wrong.part), std::string::npos)
        << wrong.text << " gave " << error->message;
  }
}

TEST(ClientRequest, SubscribeIsReadWhole) {
  RequestParser parser;
  const auto parsed = parser.parse(
      R"({"op":"subscribe","id":"a\"b","channel":"book","symbols":["KRAKEN:BTC-USD","*"],)"
      R"("depth":10,"interval_ms":100,"stamps":true})");
  const auto& request = std::get<ClientRequest>(parsed);
  EXPECT_EQ(request.id, R"("a\"b")");
  const auto& subscribe = std::get<SubscribeRequest>(request.what);
  EXPECT_EQ(subscribe.channel, schemas::Channel::kBook);
  EXPECT_EQ(subscribe.symbols, (std::vector<std::string>{"KRAKEN:BTC-USD", "*"}));
  EXPECT_EQ(subscribe.depth, 10);
  EXPECT_EQ(subscribe.interval_ms, 100U);
  EXPECT_TRUE(subscribe.stamps);
}

TEST(ClientRequest, ATokenIsReadAndNeverRepeated) {
  RequestParser parser;
  const auto parsed = parser.parse(R"({"op":"auth","id":7,"token":"a.b-c"})");
  EXPECT_EQ(std::get<AuthRequest>(std::get<ClientRequest>(parsed).what).token, "a.b-c");
  const auto refused =
      parser.parse(R"({"op":"auth","id":7,"token":")" + std::string(kMaxToken + 1, 'x') + R"("})");
  EXPECT_EQ(std::get<RequestError>(refused).message.find("xx"), std::string::npos);
}

TEST(ClientRequest, BarsAreOfAnInterval) {
  RequestParser parser;
  const auto ask = [&](const char* json) {
    return std::get<ClientRequest>(parser.parse(json)).what;
  };
  const auto bars = std::get<SubscribeRequest>(
      ask(R"({"op":"subscribe","channel":"bar","symbols":["*"],"interval":"4h","history":1000})"));
  EXPECT_EQ(bars.channel, schemas::Channel::kBar);
  EXPECT_EQ(bars.interval, schemas::Interval::k4h);
  EXPECT_EQ(bars.history, 1'000U);
  const auto all =
      std::get<UnsubscribeRequest>(ask(R"({"op":"unsubscribe","channel":"bar","symbols":["*"]})"));
  EXPECT_EQ(all.interval, std::nullopt);
  const auto one = std::get<UnsubscribeRequest>(
      ask(R"({"op":"unsubscribe","channel":"bar","symbols":["*"],"interval":"1s"})"));
  EXPECT_EQ(one.interval, schemas::Interval::k1s);
}

TEST(ClientRequest, WhatWasSeenOfTradesIsReadWithItsNumbers) {
  RequestParser parser;
  const auto parsed =
      parser.parse(R"({"op":"subscribe","channel":"trade","symbols":["A:*","B:C-D"],)"
                   R"("from":{"epoch":"E","seq":{"A:1-2":0,"B:C-D":9007199254740991}}})");
  const auto& subscribe = std::get<SubscribeRequest>(std::get<ClientRequest>(parsed).what);
  ASSERT_TRUE(subscribe.from.has_value());
  EXPECT_EQ(subscribe.from->epoch, "E");
  EXPECT_EQ(subscribe.from->seq.at("A:1-2"), 0U);
  EXPECT_EQ(subscribe.from->seq.at("B:C-D"), kMaxSequence);
}

TEST(ClientRequest, TheOtherRequestsAreRead) {
  RequestParser parser;
  const auto text = [&](const char* json) { return std::get<ClientRequest>(parser.parse(json)); };
  EXPECT_TRUE(std::holds_alternative<UnsubscribeRequest>(
      text(R"({"op":"unsubscribe","id":4,"channel":"quote","symbols":["BINANCE:*"]})").what));
  EXPECT_TRUE(std::holds_alternative<ListRequest>(text(R"({"op":"list"})").what));
  const auto ping = text(R"({"op":"ping","id":18446744073709551615,"echo":"any text"})");
  EXPECT_EQ(ping.id, "18446744073709551615");
  EXPECT_EQ(std::get<PingRequest>(ping.what).echo, "any text");
}

TEST(ClientRequest, DeepNestingIsRefusedNotFollowed) {
  RequestParser parser;
  const std::string deep = std::string(20'000, '[') + std::string(20'000, ']');
  EXPECT_TRUE(std::holds_alternative<RequestError>(parser.parse(deep)));
  EXPECT_TRUE(std::holds_alternative<ClientRequest>(parser.parse(R"({"op":"list"})")));
}

}  // namespace tickgate::gateway
