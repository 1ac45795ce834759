// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/http_request_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "gateway/http/http_text.h"

namespace tickgate::gateway {
namespace {

using namespace std::string_literals;
using Outcome = HttpRequestReader::Outcome;

HttpRules rules() {
  HttpRules rules;
  rules.stream_path = "/v1/stream";
  rules.subprotocol = "tickgate.v1.json";
  rules.allowed_origins = {"https://good.example", "http://good.example:8080"};
  rules.max_header = 4'096;
  rules.max_target = 2'048;
  rules.body_paths = {"/v1/snapshot"};
  rules.max_body = 100;
  return rules;
}

// The handshake of RFC 6455, 1.3, with `changes` made to its text.
std::string upgrade(std::initializer_list<std::pair<const std::string, std::string>> changes = {}) {
  std::string text =
      "GET /v1/stream HTTP/1.1\r\n"
      "Host: server.example.com\r\n"
      "Upgrade: websocket\r\n"
      "Connection: Upgrade\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
      "Sec-WebSocket-Version: 13\r\n"
      "\r\n";
  for (const auto& [from, to] : changes) {
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
  }
  return text;
}

// One more header line.
std::string with(const std::string& line) {
  return upgrade({{"\r\n\r\n", "\r\n" + line + "\r\n\r\n"}});
}

std::string get(const std::string& target, const std::string& more = {}) {
  return "GET " + target + " HTTP/1.1\r\nHost: a\r\n" + more + "\r\n";
}

std::string post(const std::string& target, const std::string& rest) {
  return "POST " + target + " HTTP/1.1\r\nHost: a\r\n" + rest;
}

struct Result {
  Outcome outcome;
  std::string response;
  std::string path;
  std::string refusal;  // its name, if refused
  friend bool operator==(const Result&, const Result&) = default;
};

// Feeds pieces that end at `cuts`, until the reader has decided.
Result feed_cut(const std::string& bytes, const std::vector<std::size_t>& cuts) {
  static const HttpRules kRules = rules();
  HttpRequestReader reader(kRules);
  auto outcome = Outcome::kNeedMore;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= cuts.size() && outcome == Outcome::kNeedMore; ++i) {
    const std::size_t end = i < cuts.size() ? cuts[i] : bytes.size();
    const std::string piece = bytes.substr(begin, end - begin);
    outcome = reader.feed(std::vector<char>(piece.begin(), piece.end()));
    begin = end;
  }
  return {outcome, reader.response(), reader.request().path,
          outcome == Outcome::kRefused ? std::string(name(reader.refusal())) : ""};
}

Result feed(const std::string& bytes) { return feed_cut(bytes, {}); }

struct Refused {
  const char* what;
  std::string bytes;
  const char* status;
  const char* refusal;
};

std::vector<Refused> refused_upgrades() {
  const std::string key_line = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  const std::string key = "dGhlIHNhbXBsZSBub25jZQ==";
  return {
      {"no key", upgrade({{key_line, ""}}), "400", "stream_key"},
      {"empty key", upgrade({{key, ""}}), "400", "stream_key"},
      {"key of 15 bytes", upgrade({{key, "eHh4eHh4eHh4eHh4eHh4"}}), "400", "stream_key"},
      {"key that is not base64", upgrade({{key, "!!!!!!!!!!!!!!!!!!!!!!=="}}), "400", "stream_key"},
      {"key whose last character is not canonical", upgrade({{"ZQ==", "ZR=="}}), "400",
       "stream_key"},
      {"two keys", with(key_line.substr(0, key_line.size() - 2)), "400", "stream_key"},
      {"no version", upgrade({{"Sec-WebSocket-Version: 13\r\n", ""}}), "426", "stream_version"},
      {"version 8", upgrade({{"Version: 13", "Version: 8"}}), "426", "stream_version"},
      {"version 13x", upgrade({{"Version: 13", "Version: 13x"}}), "426", "stream_version"},
      {"two versions", with("Sec-WebSocket-Version: 13"), "426", "stream_version"},
      {"a plain GET", get("/v1/stream"), "426", "no_upgrade"},
      {"h2c", upgrade({{"websocket", "h2c"}}), "426", "no_upgrade"},
      {"websocket as part of a word", upgrade({{"websocket", "websockets"}}), "426", "no_upgrade"},
      {"Connection without upgrade", upgrade({{": Upgrade", ": keep-alive"}}), "426", "no_upgrade"},
      {"POST", upgrade({{"GET", "POST"}}), "405", "method"},
      {"HEAD", upgrade({{"GET", "HEAD"}}), "405", "method"},
      {"HTTP/1.0", upgrade({{"HTTP/1.1", "HTTP/1.0"}}), "505", "version"},
      {"another subprotocol", with("Sec-WebSocket-Protocol: zz"), "400", "subprotocol"},
      {"a longer subprotocol", with("Sec-WebSocket-Protocol: tickgate.v1.jsonx"), "400",
       "subprotocol"},
      {"a token and another subprotocol", with("Sec-WebSocket-Protocol: bearer.x, graphql-ws"),
       "400", "subprotocol"},
      {"foreign Origin", with("Origin: https://evil.example"), "403", "origin"},
      {"Origin null", with("Origin: null"), "403", "origin"},
      {"Origin with a good prefix", with("Origin: https://good.example.evil.example"), "403",
       "origin"},
      {"Origin with another port", with("Origin: https://good.example:444"), "403", "origin"},
      {"Origin with another scheme", with("Origin: http://good.example"), "403", "origin"},
      {"two Origins", with("Origin: https://good.example\r\nOrigin: https://good.example"), "403",
       "origin"},
  };
}

std::vector<Refused> refused_requests() {
  return {
      {"no Host", "GET / HTTP/1.1\r\n\r\n", "400", "host"},
      {"two Hosts", get("/", "Host: b\r\n"), "400", "host"},
      {"a body", get("/", "Content-Length: 5\r\n"), "413", "body"},
      {"a chunked body", get("/", "Transfer-Encoding: chunked\r\n"), "413", "body"},
      {"an absurd length", get("/", "Content-Length: 1x\r\n"), "400", "malformed"},
      {"space before a colon", get("/", "X-A : b\r\n"), "400", "malformed"},
      {"NUL in a header", get("/", "X-A: a\0b\r\n"s), "400", "malformed"},
      {"garbage", "\xff\xfe\x00garbage\r\n\r\n"s, "400", "malformed"},
      {"a TLS hello", "\x16\x03\x01\x02\x00\x01"s, "400", "malformed"},
      {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505", "version"},
      {"a POST where none is", post("/v1/book", "Content-Length: 2\r\n\r\n{}"), "405", "method"},
      {"a body too large", post("/v1/snapshot", "Content-Length: 101\r\n\r\n"), "413", "body"},
      {"a body beyond all numbers",
       post("/v1/snapshot", "Content-Length: 99999999999999999999\r\n\r\n"), "400", "malformed"},
      {"a POST without a length", post("/v1/snapshot", "\r\n"), "411", "body_length"},
      {"a chunked POST",
       post("/v1/snapshot", "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"), "411",
       "body_length"},
      {"a length and chunks",
       post("/v1/snapshot", "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}"), "400",
       "malformed"},
      {"two lengths", post("/v1/snapshot", "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
       "400", "malformed"},
      {"a negative length", post("/v1/snapshot", "Content-Length: -2\r\n\r\n{}"), "400",
       "malformed"},
      {"unknown method", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", "405", "method"},
      {"absolute target of another scheme", get("ftp://a/"), "400", "malformed"},
      {"absolute target without a host", get("http:///a"), "400", "malformed"},
      {"a star that is no OPTIONS", get("*"), "400", "malformed"},
      {"two Hosts of HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", "400", "host"},
      {"fragment in the target", get("/a#b"), "400", "malformed"},
      {"bytes over 7F in the target", get("/\xc3\xa4"), "400", "malformed"},
      {"bad escape in the query", get("/?a=%2"), "400", "malformed"},
      {"bad hex in the query", get("/?a=%zz"), "400", "malformed"},
      {"NUL in the query", get("/?a=%00"), "400", "malformed"},
      {"bad UTF-8 in the query", get("/?a=%ff"), "400", "malformed"},
      {"long target", get("/" + std::string(2'048, 'a')), "414", "target_too_long"},
      {"target longer than any header", get("/" + std::string(16'384, 'a')), "414",
       "target_too_long"},
      {"long header", get("/", "X-A: " + std::string(65'536, 'a') + "\r\n"), "431",
       "header_too_large"},
  };
}

std::vector<Refused> all_refused() {
  auto all = refused_upgrades();
  for (auto& refused : refused_requests()) all.push_back(std::move(refused));
  return all;
}

}  // namespace

TEST(HttpRequestReader, GoodHandshakeIsAnsweredWithTheRightAccept) {
  const auto result = feed(upgrade());
  EXPECT_EQ(result.outcome, Outcome::kUpgrade);
  EXPECT_EQ(result.response,
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
}

TEST(HttpRequestReader, NamesAndTokensAreCaseInsensitiveAndListed) {
  const auto result = feed(upgrade({{"websocket", "h2c, WebSocket"},
                                    {": Upgrade", ": keep-alive ,\tuPGRADE"},
                                    {"Host", "HOST"},
                                    {"Sec-WebSocket-Key", "sec-websocket-KEY"}}));
  EXPECT_EQ(result.outcome, Outcome::kUpgrade);
}

TEST(HttpRequestReader, AllowedOriginIsLetIn) {
  EXPECT_EQ(feed(with("Origin: https://good.example")).outcome, Outcome::kUpgrade);
  EXPECT_EQ(feed(with("Origin: http://good.example:8080")).outcome, Outcome::kUpgrade);
}

TEST(HttpRequestReader, StarAllowsAnyOrigin) {
  HttpRules any = rules();
  any.allowed_origins = {"*"};
  HttpRequestReader reader(any);
  EXPECT_EQ(reader.feed(with("Origin: https://evil.example")), Outcome::kUpgrade);
  EXPECT_EQ(reader.request().origin, "https://evil.example");
}

TEST(HttpRequestReader, OnlyOurSubprotocolIsChosenAndOnlyWhenOffered) {
  const std::string chosen = "Sec-WebSocket-Protocol: tickgate.v1.json\r\n";
  const auto answer = [](const std::string& line) { return feed(with(line)).response; };
  EXPECT_TRUE(absl::StrContains(answer("Sec-WebSocket-Protocol: zz, tickgate.v1.json"), chosen));
  EXPECT_TRUE(absl::StrContains(
      answer("Sec-WebSocket-Protocol: zz\r\nSec-WebSocket-Protocol: tickgate.v1.json"), chosen));
  EXPECT_TRUE(
      absl::StrContains(answer("Sec-WebSocket-Protocol: bearer.x, tickgate.v1.json"), chosen));
  const auto token = answer("Sec-WebSocket-Protocol: bearer.abc");
  EXPECT_TRUE(token.starts_with("HTTP/1.1 101 "));
  EXPECT_FALSE(absl::StrContains(token, "Protocol:"));
}

TEST(HttpRequestReader, NoExtensionIsEverAgreed) {
  const auto result =
      feed(with("Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits"));
  EXPECT_EQ(result.outcome, Outcome::kUpgrade);
  EXPECT_FALSE(absl::StrContains(result.response, "Extensions"));
}

TEST(HttpRequestReader, BadRequestsAreRefusedWithTheirStatus) {
  for (const auto& c : all_refused()) {
    const auto result = feed(c.bytes);
    EXPECT_EQ(result.outcome, Outcome::kRefused) << c.what;
    EXPECT_EQ(result.response.substr(0, 13), std::string("HTTP/1.1 ") + c.status + " ") << c.what;
    EXPECT_EQ(result.refusal, c.refusal) << c.what;
  }
}

TEST(HttpRequestReader, UpgradeRequiredNamesTheVersion) {
  const auto response = feed(upgrade({{"Version: 13", "Version: 8"}})).response;
  EXPECT_TRUE(absl::StrContains(response, "\r\nSec-WebSocket-Version: 13\r\n"));
}

TEST(HttpRequestReader, EveryCutOfARequestGivesTheSameDecision) {
  std::vector<std::string> requests = {upgrade(), with("Origin: https://good.example"),
                                       get("/a?b=c")};
  for (const auto& c : all_refused()) requests.push_back(c.bytes);
  for (const auto& request : requests) {
    const auto expected = feed(request);
    const std::size_t step = request.size() > 2'000 ? 61 : 1;
    std::vector<std::size_t> each_byte;
    for (std::size_t cut = 0; cut <= request.size(); cut += step) {
      ASSERT_EQ(feed_cut(request, {cut}), expected) << request.substr(0, 200) << "\ncut at " << cut;
      if (cut > 0 && cut < request.size()) each_byte.push_back(cut);
    }
    EXPECT_EQ(feed_cut(request, each_byte), expected) << request.substr(0, 200);
  }
}

TEST(HttpRequestReader, FramesGluedToTheUpgradeAreRefused) {
  const auto request = upgrade();
  const auto bytes = request + "\x89\x80\x01\x02\x03\x04";
  EXPECT_EQ(feed(bytes).refusal, "early_bytes");
  for (std::size_t cut = 0; cut < request.size(); ++cut) {
    EXPECT_EQ(feed_cut(bytes, {cut}).refusal, "early_bytes") << "cut at " << cut;
  }
}

TEST(HttpRequestReader, PlainRequestIsTakenApart) {
  static const HttpRules kRules = rules();
  HttpRequestReader reader(kRules);
  const auto request =
      get("/v1/snapshot?channel=quote&symbols=KRAKEN%3ABTC-USD,*&empty=&flag&x=a+b%2B&x=2");
  ASSERT_EQ(reader.feed(request), Outcome::kRequest);
  EXPECT_EQ(reader.request().path, "/v1/snapshot");
  EXPECT_EQ(reader.request().host, "a");
  EXPECT_FALSE(reader.request().head_only);
  EXPECT_EQ(reader.request().parameter("channel"), "quote");
  EXPECT_EQ(reader.request().parameter("symbols"), "KRAKEN:BTC-USD,*");
  EXPECT_EQ(reader.request().parameter("empty"), "");
  EXPECT_EQ(reader.request().parameter("flag"), "");
  EXPECT_EQ(reader.request().parameter("x"), "a b+");
  EXPECT_FALSE(reader.request().parameter("none").has_value());
}

TEST(HttpRequestReader, ListsOfSeveralFieldsAreOne) {
  static const HttpRules kRules = rules();
  HttpRequestReader reader(kRules), bare(kRules);
  ASSERT_EQ(reader.feed(get("/",
                            "accept-encoding: br\r\nIf-None-Match: \"a\"\r\n"
                            "Accept-Encoding: gzip;q=0.5\r\nAccept: text/html\r\n"
                            "If-None-Match: W/\"b,c\"\r\n")),
            Outcome::kRequest);
  EXPECT_EQ(reader.request().accept, "text/html");
  EXPECT_EQ(reader.request().accept_encoding, "br, gzip;q=0.5");
  EXPECT_EQ(reader.request().if_none_match, "\"a\", W/\"b,c\"");
  ASSERT_EQ(bare.feed(get("/")), Outcome::kRequest);
  EXPECT_EQ(bare.request().accept_encoding, "");
}

TEST(HttpRequestReader, TheChecksOfLoadBalancersAreRequests) {
  for (const auto& [bytes, path] : std::vector<std::pair<std::string, std::string>>{
           {"GET /livez HTTP/1.0\r\n\r\n", "/livez"},
           {"HEAD /livez HTTP/1.0\r\n\r\n", "/livez"},
           {"GET /livez HTTP/1.0\r\nHost: 10.0.0.1\r\nUser-Agent: ELB-HealthChecker/2.0\r\n\r\n",
            "/livez"},
           {"GET /livez HTTP/1.1\r\nHost: \r\nConnection: Close\r\n\r\n", "/livez"},  // an F5's
           {"GET /livez HTTP/1.1\r\nHost:\r\nHost:\r\n\r\n", ""},
           {"GET /livez HTTP/1.1\r\nhost: envoy\r\n:\r\n\r\n", ""},  // not a header
           {get("http://10.0.0.1:8080/livez"), "/livez"},
           {get("HTTP://gateway/readyz?x=1"), "/readyz"},
           {get("http://gateway"), "/"},
           {get("http://gateway?x=1"), "/"}}) {
    const auto result = feed(bytes);
    if (path.empty()) {
      EXPECT_EQ(result.outcome, Outcome::kRefused) << bytes;
      continue;
    }
    EXPECT_EQ(result.outcome, Outcome::kRequest) << bytes << result.response;
    EXPECT_EQ(result.path, path) << bytes;
  }
  // HAProxy's preset.
  for (const auto* bytes : {"OPTIONS / HTTP/1.0\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
                            "OPTIONS /v1/stream HTTP/1.1\r\nHost: a\r\n\r\n"}) {
    const auto result = feed(bytes);
    EXPECT_EQ(result.outcome, Outcome::kAnswered) << bytes;
    EXPECT_TRUE(result.response.starts_with("HTTP/1.1 204 No Content\r\n")) << result.response;
    EXPECT_TRUE(absl::StrContains(result.response, absl::StrContains(bytes, "stream")
                                                       ? "\r\nAllow: GET, OPTIONS\r\n"
                                                       : "\r\nAllow: GET, HEAD, OPTIONS\r\n"));
    EXPECT_FALSE(absl::StrContains(result.response, "Content-Length")) << "RFC 9110, 8.6";
  }
}

TEST(HttpRequestReader, APreflightSaysWhatAPageMayAsk) {
  const auto result = feed(
      "OPTIONS /v1/snapshot HTTP/1.1\r\nHost: a\r\nOrigin: https://good.example\r\n"
      "Access-Control-Request-Method: GET\r\n\r\n");
  EXPECT_EQ(result.outcome, Outcome::kAnswered);
  EXPECT_TRUE(absl::StrContains(result.response,
                                "Access-Control-Allow-Methods: GET, HEAD, OPTIONS, POST\r\n"));
}

TEST(HttpRequestReader, AnAnswerIsForPagesFromWhereTheyMayCome) {
  std::string response = "HTTP/1.1 200 OK\r\nX: y\r\n\r\nbody";
  finish_http_response(response, false, "");
  EXPECT_EQ(response, "HTTP/1.1 200 OK\r\nConnection: close\r\nX: y\r\n\r\nbody");
  response = "HTTP/1.1 200 OK\r\nX: y\r\n\r\nbody";
  finish_http_response(response, true, "https://good.example");
  EXPECT_EQ(
      response,
      "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n"
      "Access-Control-Allow-Origin: https://good.example\r\nVary: Origin\r\nX: y\r\n\r\nbody");
  static const HttpRules kRules = rules();
  HttpRequestReader good(kRules), foreign(kRules);
  ASSERT_EQ(good.feed(get("/", "Origin: https://good.example\r\n")), Outcome::kRequest);
  EXPECT_EQ(good.request().origin, "https://good.example");
  ASSERT_EQ(foreign.feed(get("/", "Origin: https://evil.example\r\n")), Outcome::kRequest);
  EXPECT_EQ(foreign.request().origin, "");
}

TEST(HttpText, AWildcardIsForWhatIsBelowAHost) {
  EXPECT_TRUE(allows_origin("https://*.example.com", "https://a.example.com"));
  EXPECT_TRUE(allows_origin("https://*.example.com", "https://a.b.example.com"));
  EXPECT_TRUE(allows_origin("https://*.example.com:8443", "https://a.example.com:8443"));
  for (const auto* origin : {"https://example.com", "https://.example.com", "http://a.example.com",
                             "https://a.example.com:8443", "https://aexample.com", "null", "",
                             "https://evil.example/.example.com", "https://me@x.example.com",
                             "https://a.example.com.evil.example"}) {
    EXPECT_FALSE(allows_origin("https://*.example.com", origin)) << origin;
  }
}

TEST(HttpRequestReader, HeadIsToldApart) {
  static const HttpRules kRules = rules();
  HttpRequestReader reader(kRules);
  ASSERT_EQ(reader.feed("HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"s),
            Outcome::kRequest);
  EXPECT_TRUE(reader.request().head_only);
}

TEST(HttpRequestReader, WithoutAStreamPathNothingIsUpgraded) {
  const HttpRules none;
  HttpRequestReader reader(none);
  EXPECT_EQ(reader.feed(upgrade()), Outcome::kRequest);
}

TEST(HttpRequestReader, RefusalNamesAreDistinct) {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < kHttpRefusals; ++i) {
    names.push_back(name(static_cast<HttpRefusal>(i)));
  }
  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::unique(names.begin(), names.end()), names.end());
  EXPECT_FALSE(names.front().empty());
}

TEST(HttpResponse, BodyIsLeftOutForHeadButItsLengthIsNot) {
  const HttpHeader retry[] = {{"Retry-After", "5"}};
  const std::string head =
      "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n"
      "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
      "Retry-After: 5\r\n\r\n";
  EXPECT_EQ(compose_http_response(503, "text/plain", "wait", false, retry), head + "wait");
  EXPECT_EQ(compose_http_response(503, "text/plain", "wait", true, retry), head);
}

TEST(HttpResponse, WhatMayBeStoredSaysSo) {
  const HttpHeader headers[] = {{"Cache-Control", "no-cache"}, {"ETag", "\"1\""}};
  EXPECT_EQ(compose_http_response(304, {}, {}, false, headers),
            "HTTP/1.1 304 Not Modified\r\n"
            "X-Content-Type-Options: nosniff\r\nCache-Control: no-cache\r\nETag: \"1\"\r\n\r\n");
}

}  // namespace tickgate::gateway
