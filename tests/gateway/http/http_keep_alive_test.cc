// SPDX-License-Identifier: Apache-2.0
// Several requests on one connection, and those with a body.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "gateway/http/http_request_reader.h"
#include "gateway/http/http_text.h"

namespace tickgate::gateway {
namespace {

using Outcome = HttpRequestReader::Outcome;

const HttpRules& rules() {
  static const HttpRules kRules = [] {
    HttpRules made;
    made.max_header = 1'024;
    made.max_target = 512;
    made.stream_path = "/v1/stream";
    made.body_paths = {"/post"};
    made.max_body = 3'000;
    return made;
  }();
  return kRules;
}

std::string get(const std::string& target, const std::string& more = {}) {
  return "GET " + target + " HTTP/1.1\r\nHost: a\r\n" + more + "\r\n";
}

std::string post(const std::string& body, const std::string& more = {}) {
  return "POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n" + more + "\r\n" + body;
}

// All that is asked in `bytes`, cut into pieces of `size`: "path body", and what came last.
std::vector<std::string> read_all(const std::string& bytes, std::size_t size) {
  HttpRequestReader reader(rules());
  std::vector<std::string> asked;
  for (std::size_t at = 0; at < bytes.size(); at += size) {
    const auto piece = bytes.substr(at, size);
    auto outcome = reader.feed(piece);
    while (outcome == Outcome::kRequest || outcome == Outcome::kAnswered) {
      asked.push_back(reader.request().path + " " + std::string(reader.request().body));
      outcome = reader.next();
    }
    if (outcome == Outcome::kNeedMore) continue;
    asked.push_back(outcome == Outcome::kUpgrade ? "upgrade" : std::string(name(reader.refusal())));
    break;
  }
  return asked;
}

bool keeps_alive(const std::string& bytes) {
  HttpRequestReader reader(rules());
  EXPECT_EQ(reader.feed(bytes), Outcome::kRequest);
  return reader.request().keep_alive;
}

}  // namespace

TEST(HttpKeepAlive, IsWhatHttp11MeansUnlessTheClientWantsToClose) {
  EXPECT_TRUE(keeps_alive(get("/")));
  EXPECT_TRUE(keeps_alive(get("/", "Connection: keep-alive\r\n")));
  EXPECT_FALSE(keeps_alive(get("/", "Connection: close\r\n")));
  EXPECT_FALSE(keeps_alive(get("/", "Connection: foo, CLOSE\r\n")));
  EXPECT_FALSE(keeps_alive(get("/", "Connection: foo\r\nConnection: close\r\n")));
  EXPECT_FALSE(keeps_alive("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
  HttpRequestReader reader(rules());
  ASSERT_EQ(reader.feed(get("/a#b")), Outcome::kRefused);
  EXPECT_FALSE(reader.request().keep_alive);
}

TEST(HttpKeepAlive, RequestsAreReadInTheirOrderHoweverTheyAreCut) {
  const std::string bytes =
      get("/one") + post("two") + post("") + "\r\n" + get("/three") +
      "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n" + post(std::string(2'000, 'x')) + get("/four") +
      get("/v1/stream",
          "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: "
          "13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n");
  const std::vector<std::string> expected{
      "/one ",  "/post two", "/post ", "/three ", " ", "/post " + std::string(2'000, 'x'),
      "/four ", "upgrade"};
  for (const std::size_t size : {1UL, 2UL, 7UL, 64UL, 1'000UL, bytes.size()}) {
    EXPECT_EQ(read_all(bytes, size), expected) << size;
  }
}

TEST(HttpKeepAlive, ABadRequestBehindAGoodOneIsRefused) {
  const std::vector<std::string> expected{"/one ", "malformed"};
  for (const std::size_t size : {1UL, 5UL, 1'000UL}) {
    EXPECT_EQ(read_all(get("/one") + "\x16\x03\x01", size), expected) << size;
    EXPECT_EQ(read_all(get("/one") + "\r\n\r\n\n" + get("/"), size), expected) << size;
  }
  EXPECT_EQ(read_all(get("/one") + get("/", "X: " + std::string(2'000, 'x') + "\r\n"), 100).back(),
            "header_too_large");
}

TEST(HttpKeepAlive, WhatIsKeptEndsWithTheRequest) {
  HttpRequestReader reader(rules());
  EXPECT_TRUE(reader.empty());
  ASSERT_EQ(reader.feed(post(std::string(2'000, 'x')) + "GET"), Outcome::kRequest);
  EXPECT_GT(reader.held(), 2'000U);
  ASSERT_EQ(reader.next(), Outcome::kNeedMore);
  EXPECT_EQ(reader.held(), 3U);
  EXPECT_FALSE(reader.empty());
  EXPECT_TRUE(reader.request().path.empty());
}

TEST(HttpBody, IsAskedForOnceWhenItWaitsForThat) {
  const auto bytes = post("two", "Expect: 100-continue\r\n");
  HttpRequestReader waits(rules()), comes(rules()), early(rules());
  ASSERT_EQ(waits.feed(bytes.substr(0, bytes.size() - 3)), Outcome::kNeedMore);
  EXPECT_TRUE(waits.wants_continue());
  EXPECT_FALSE(waits.wants_continue());
  ASSERT_EQ(waits.feed(std::string("two")), Outcome::kRequest);
  EXPECT_EQ(waits.request().body, "two");
  ASSERT_EQ(comes.feed(bytes), Outcome::kRequest);
  EXPECT_FALSE(comes.wants_continue()) << "it is here";
  ASSERT_EQ(early.feed(post("two").substr(0, 50)), Outcome::kNeedMore);
  EXPECT_FALSE(early.wants_continue()) << "nobody asked";
}

TEST(HttpBody, OneTooLargeIsRefusedByItsLength) {
  HttpRequestReader reader(rules());
  ASSERT_EQ(reader.feed(std::string("POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 3001\r\n"
                                    "Expect: 100-continue\r\n\r\n")),
            Outcome::kRefused);
  EXPECT_NE(reader.response().find("longer than 3000 bytes"), std::string::npos);
  EXPECT_FALSE(reader.wants_continue());
}

TEST(HttpHosts, APageCannotReachUsByANameOfItsOwn) {
  const std::vector<std::string> names{"tickgate.monitoring.svc"};
  for (const auto* host : {"127.0.0.1", "127.0.0.1:9100", "10.1.2.3:80", "[::1]", "[fe80::1]:9100",
                           "localhost", "localhost:9100", "tickgate", "tickgate:9100", "",
                           "tickgate.monitoring.svc", "Tickgate.Monitoring.SVC:9100"}) {
    EXPECT_TRUE(goes_by(host, names)) << host;
  }
  for (const auto* host : {"evil.example", "evil.example:9100", "127.0.0.1.evil.example", "1.2.3",
                           "localhost.", "127.0.0.1.", "x.tickgate.monitoring.svc"}) {
    EXPECT_FALSE(goes_by(host, names)) << host;
  }
  EXPECT_TRUE(goes_by("evil.example", {"*"}));
  HttpRules admin;
  admin.hosts.emplace();
  HttpRequestReader reader(admin);
  ASSERT_EQ(reader.feed(std::string("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n")),
            Outcome::kRefused);
  EXPECT_TRUE(reader.response().starts_with("HTTP/1.1 421 Misdirected Request\r\n"));
  EXPECT_NE(reader.response().find("server.admin_hosts"), std::string::npos);
}

}  // namespace tickgate::gateway
