// SPDX-License-Identifier: Apache-2.0
#include "feeds/net/url.h"

#include <gtest/gtest.h>

namespace tickgate::feeds {
namespace {

struct Good {
  const char* text;
  bool tls, websocket;
  const char *host, *port, *target, *authority;
};

TEST(Url, IsTakenApart) {
  const Good cases[] = {
      {"wss://ws.kraken.com/v2", true, true, "ws.kraken.com", "443", "/v2", "ws.kraken.com"},
      {"wss://stream.binance.com:9443/stream?streams=a/b", true, true, "stream.binance.com", "9443",
       "/stream?streams=a/b", "stream.binance.com:9443"},
      {"https://api.binance.com", true, false, "api.binance.com", "443", "/", "api.binance.com"},
      {"http://127.0.0.1:80?x=1", false, false, "127.0.0.1", "80", "/?x=1", "127.0.0.1"},
      {"ws://[::1]:9001/a", false, true, "::1", "9001", "/a", "[::1]:9001"},
      {"wss://[::1]", true, true, "::1", "443", "/", "[::1]"},
  };
  for (const auto& c : cases) {
    const auto url = parse_url(c.text);
    ASSERT_TRUE(url) << c.text;
    EXPECT_EQ(url->tls, c.tls);
    EXPECT_EQ(url->websocket, c.websocket);
    EXPECT_EQ(url->host, c.host);
    EXPECT_EQ(url->port, c.port);
    EXPECT_EQ(url->target, c.target);
    EXPECT_EQ(url->authority(), c.authority);
  }
}

TEST(Url, WhatIsNoneIsRefused) {
  for (const char* text :
       {"", "wss://", "ftp://a", "wss:/a", "a.b", "wss://a:port", "wss://a:0", "wss://a:70000",
        "wss://a:", "wss://user@a", "wss://a b", "wss://a/b c", "wss://a/\r\nX: y", "wss://[::1",
        "wss://a/#f", "wss://:443", "wss://[::1]x9"}) {
    const auto url = parse_url(text);
    EXPECT_FALSE(url) << text;
  }
}

TEST(Url, OnlyTheHostItselfIsLoopback) {
  for (const char* host : {"localhost", "127.0.0.1", "127.1.2.3", "::1"}) {
    EXPECT_TRUE(is_loopback(host)) << host;
  }
  for (const char* host : {"127.0.0.1.example.com", "localhost.example", "10.0.0.1", "128.0.0.1"}) {
    EXPECT_FALSE(is_loopback(host)) << host;
  }
}

}  // namespace
}  // namespace tickgate::feeds
