// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/credential.h"

#include <gtest/gtest.h>

#include <string>

namespace tickgate::gateway {
namespace {

using Outcome = HttpRequestReader::Outcome;

struct Read {
  Outcome outcome{};
  std::string credential;
  std::string response;
  HttpRefusal refusal{};
};

Read read(const std::string& target, const std::string& lines, bool upgrade,
          const std::string& method = "GET") {
  HttpRules rules;
  rules.stream_path = "/v1/stream";
  rules.subprotocol = "tickgate.v1.json";
  HttpRequestReader reader(rules);
  std::string bytes = method + " " + target + " HTTP/1.1\r\nHost: a\r\n" + lines;
  if (upgrade) {
    bytes +=
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
  }
  const auto outcome = reader.feed(bytes + "\r\n");
  return {outcome, reader.request().credential, reader.response(), reader.refusal()};
}
Read stream(const std::string& lines) { return read("/v1/stream", lines, true); }
Read plain(const std::string& target) { return read(target, {}, false); }

}  // namespace

TEST(Credential, ComesInTheHeaderOrAsASubprotocolOnAnyLine) {
  const std::string ours = "Sec-WebSocket-Protocol: tickgate.v1.json";
  for (const auto& lines : {
           std::string("Authorization: Bearer a.b-c_d\r\n"),
           std::string("authorization: bEARER \t a.b-c_d \r\n"),
           ours + ", bearer.a.b-c_d\r\n",
           std::string("Sec-WebSocket-Protocol: bearer.a.b-c_d\r\n"),
           ours + "\r\nSec-WebSocket-Protocol: x , bearer.a.b-c_d\r\n",
           "Authorization: Bearer a.b-c_d\r\n" + ours + ", bearer.a.b-c_d\r\n",
           std::string("Authorization: Bearer a.b-c_d\r\nAuthorization: Bearer a.b-c_d\r\n"),
           std::string("Authorization: Basic eA==\r\nSec-WebSocket-Protocol: bearer.a.b-c_d\r\n"),
       }) {
    const auto result = stream(lines);
    EXPECT_EQ(result.outcome, Outcome::kUpgrade) << lines << result.response;
    EXPECT_EQ(result.credential, "a.b-c_d") << lines;
    EXPECT_EQ(result.response.find("a.b-c_d"), std::string::npos) << "never echoed: " << lines;
  }
  EXPECT_EQ(read("/v1/venues", "Authorization: Bearer a.b\r\n", false).credential, "a.b");
}

TEST(Credential, NoneIsNoneAndOtherSchemesAreNotOurs) {
  for (const std::string lines :
       {"", "Authorization: Basic eDp5\r\n", "Authorization: Bearer\r\n",
        "Authorization: Bearer \r\n", "Authorization: Bearerx\r\n", "Authorization:\r\n",
        "Sec-WebSocket-Protocol: bearer.\r\n", "Sec-WebSocket-Protocol: tickgate.v1.json\r\n"}) {
    const auto result = stream(lines);
    EXPECT_EQ(result.outcome, Outcome::kUpgrade) << lines;
    EXPECT_EQ(result.credential, "") << lines;
  }
}

TEST(Credential, TwoThatDifferAreRefusedWhereverTheyStand) {
  for (const std::string lines :
       {"Authorization: Bearer a\r\nAuthorization: Bearer b\r\n",
        "Authorization: Bearer a\r\nSec-WebSocket-Protocol: tickgate.v1.json, bearer.b\r\n",
        "Sec-WebSocket-Protocol: bearer.a, bearer.b, tickgate.v1.json\r\n"}) {
    const auto result = stream(lines);
    EXPECT_EQ(result.outcome, Outcome::kRefused) << lines;
    EXPECT_EQ(result.refusal, HttpRefusal::kCredentials) << lines;
    EXPECT_TRUE(result.response.starts_with("HTTP/1.1 400 ")) << lines;
  }
}

TEST(Credential, InAUrlItIsRefusedAndNotRepeated) {
  for (const std::string target :
       {"/v1/stream?token=abc", "/v1/stream?Access_Token=abc",
        "/v1/stream?key=", "/v1/venues?jwt=a", "/v1/stream?a=1&api_key=abc",
        "/v1/stream?bearer=abc", "/v1/stream?%74oken=abc",
        "/v1/stream?x=eyJhbGciOiJIUzI1NiJ9.abc.abc", "/v1/stream?x=tgk_abc", "/tgk_abc/v1",
        "/v1/stream/eyJhbGciOiJIUzI1NiJ9.abc.abc", "/v1/stream?tgk_abc", "/?authorization=abc",
        // By escapes; a header with blanks before its brace or behind it; behind a word; five
        // parts.
        "/%74gk_abc/v1", "/v1/stream/%65yJhbGciOiJIUzI1NiJ9.abc.abc", "/v1/stream?x=%74gk%5Fabc",
        "/v1/stream?x=eyAiYWxnIjoiSFMyNTYifQ.abc.abc",
        "/v1/stream?x=ewoiYWxnIjoiSFMyNTYifQ.abc.abc",
        "/v1/stream?x=IAp7ImFsZyI6IkhTMjU2In0.abc.abc",
        "/v1/stream?x=Bearer%20eyAiYWxnIjoi.abc.abc",
        "/v1/stream?x=my_eyJhbGciOiJIUzI1NiJ9.abc.abc",
        "/v1/stream?x=a.eyJhbGciOiJkaXIifQ.abc.abc.abc.abc"}) {
    for (const bool upgrade : {true, false}) {
      const auto result = read(target, {}, upgrade);
      EXPECT_EQ(result.outcome, Outcome::kRefused) << target;
      EXPECT_EQ(result.refusal, HttpRefusal::kUrlCredential) << target;
      EXPECT_TRUE(result.response.starts_with("HTTP/1.1 400 ")) << target;
      EXPECT_EQ(result.response.find("abc"), std::string::npos) << target;
    }
  }
}

TEST(Credential, InTheUrlOfOptionsItIsRefusedToo) {
  for (const std::string target : {"/v1/stream?token=abc", "/v1/venues?x=tgk_abc", "/tgk_abc"}) {
    EXPECT_EQ(read(target, {}, false, "OPTIONS").refusal, HttpRefusal::kUrlCredential) << target;
  }
  for (const std::string target : {"*", "/v1/stream", "/v1/venues?x=1"}) {
    const auto result = read(target, {}, false, "OPTIONS");
    EXPECT_EQ(result.outcome, Outcome::kAnswered) << target;
    EXPECT_TRUE(result.response.starts_with("HTTP/1.1 204 ")) << target;
  }
}

TEST(Credential, WhatOnlyLooksALittleLikeOneIsLetIn) {
  for (const std::string target :
       {"/v1/snapshot?channel=quote&symbols=KRAKEN:BTC-USD,*:KEY-USD",
        "/v1/instruments?after=A:B-C", "/v1/venues?tokens=1", "/v1/venues?x=eyJabc",
        "/v1/venues?keyboard=a.b.c", "/v1/venues?x=ezebra.example.com", "/v1/venues?x=1.2.3..",
        "/v1/venues?x=eyJh%20b.c"}) {
    EXPECT_EQ(plain(target).outcome, Outcome::kRequest) << target;
  }
}

}  // namespace tickgate::gateway
