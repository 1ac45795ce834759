// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/forwarded.h"

#include <gtest/gtest.h>

namespace tickgate::gateway {
namespace {

// Whom it comes from, of a proxy at 10.0.0.1, where 10.0.0.0/8 and 2001:db8:a::/48 are trusted.
std::string client(ForwardedHeader header, std::string_view list) {
  ServerConfig server;
  server.forwarded_header = header;
  server.trusted_proxies = {"10.0.0.0/8", "2001:db8:a::/48"};
  const auto peer = forwarded_client(proxy_rules(server), list, *parse_peer("10.0.0.1:7"));
  return peer_text(peer.address, peer.port);
}
std::string old(std::string_view list) { return client(ForwardedHeader::kXForwardedFor, list); }
std::string rfc(std::string_view list) { return client(ForwardedHeader::kForwarded, list); }

}  // namespace

TEST(Forwarded, TheFirstFromTheRightThatIsNotTrustedIsTheClient) {
  EXPECT_EQ(old("192.0.2.1"), "192.0.2.1:0");
  EXPECT_EQ(old("203.0.113.9, 192.0.2.1"), "192.0.2.1:0") << "what stands before is his own word";
  EXPECT_EQ(old("203.0.113.9, 192.0.2.1, 10.2.3.4"), "192.0.2.1:0");
  EXPECT_EQ(old("192.0.2.1,10.2.3.4 ,\t10.9.9.9"), "192.0.2.1:0");
  EXPECT_EQ(old("10.0.0.9, 10.2.3.4"), "10.0.0.9:0") << "all of them are trusted";
  EXPECT_EQ(old(""), "10.0.0.1:7");
  EXPECT_EQ(old(" , ,"), "10.0.0.1:7");
}

TEST(Forwarded, AddressesAreWrittenInManyWays) {
  EXPECT_EQ(old("192.0.2.1:5000"), "192.0.2.1:5000");
  EXPECT_EQ(old("[2001:db8::1]:5000"), "[2001:db8::1]:5000");
  EXPECT_EQ(old("192.0.2.1:00080"), "192.0.2.1:80");
  EXPECT_EQ(old("2001:db8::1"), "[2001:db8::1]:0");
  EXPECT_EQ(old("[2001:db8::1]"), "[2001:db8::1]:0");
  EXPECT_EQ(old("\"[2001:db8::1]:5\""), "[2001:db8::1]:5");
  EXPECT_EQ(old("192.0.2.1, ::ffff:10.0.0.3"), "192.0.2.1:0") << "IPv4 as IPv6 maps it";
  EXPECT_EQ(old("192.0.2.1, 2001:db8:a::7"), "192.0.2.1:0");
}

TEST(Forwarded, WhatCannotBeReadEndsAtTheLastProxyThatIsKnown) {
  for (const char* last :
       {"unknown", "_hidden", "192.0.2.256", "192.0.2.1:65536", "192.0.2.1:", "[2001:db8::1",
        "[192.0.2.1]", "2001:db8::1]:5", "for=192.0.2.1", "\"", "a b", "192.0.2.1:000080",
        "192.0.2.1:_", "192.0.2.1:_a b", "192.0.2.1:x"}) {
    EXPECT_EQ(old(std::string("192.0.2.1, ") + last + ", 10.2.3.4"), "10.2.3.4:0") << last;
    EXPECT_EQ(old(std::string("192.0.2.1, ") + last), "10.0.0.1:7") << last;
  }
}

TEST(Forwarded, Rfc7239) {
  EXPECT_EQ(rfc("for=192.0.2.43"), "192.0.2.43:0");
  EXPECT_EQ(rfc("For=\"[2001:db8:cafe::17]:4711\""), "[2001:db8:cafe::17]:4711");
  EXPECT_EQ(rfc("for=192.0.2.60;proto=http;by=203.0.113.43"), "192.0.2.60:0");
  EXPECT_EQ(rfc("for=\"192.0.2.60:_port\""), "192.0.2.60:0") << "an obfuscated port";
  EXPECT_EQ(rfc("for=\"[2001:db8::4]:_gazonk-1.x\""), "[2001:db8::4]:0");
  EXPECT_EQ(rfc(R"(for=192.0.2.60;ext="a\"b")"), "192.0.2.60:0") << "a quote that is quoted";
  EXPECT_EQ(rfc(R"(for=192.0.2.60;ext="a\\")"), "192.0.2.60:0") << "a backslash that is";
  EXPECT_EQ(rfc(R"(for=192.0.2.43;ext="\", for=1.2.3.4;\"")"), "192.0.2.43:0");
  EXPECT_EQ(rfc("proto=http; FOR=192.0.2.60"), "192.0.2.60:0");
  EXPECT_EQ(rfc("for=192.0.2.43, for=198.51.100.17, for=10.1.1.1"), "198.51.100.17:0");
  EXPECT_EQ(rfc("for=192.0.2.43;ext=\"a, for=1.2.3.4;\""), "192.0.2.43:0") << "quoted";
  for (const char* bad :
       {"for=unknown", "for=_gazonk", "by=192.0.2.1", "for=192.0.2.1;for=192.0.2.2", "for=", "for",
        "192.0.2.1", "for=\"_mdn\""}) {
    EXPECT_EQ(rfc(bad), "10.0.0.1:7") << bad;
  }
}

// A client that opens a quote hides nothing of what a proxy writes behind it.
TEST(Forwarded, AQuoteLeftOpenHidesNothing) {
  EXPECT_EQ(rfc("for=\"203.0.113.9, for=192.0.2.1"), "192.0.2.1:0");
  EXPECT_EQ(rfc("for=\"203.0.113.9, for=192.0.2.1, for=10.1.1.1"), "192.0.2.1:0");
  EXPECT_EQ(old("\"203.0.113.9, 192.0.2.1, 10.1.1.1"), "192.0.2.1:0");
  EXPECT_EQ(rfc(R"(for="203.0.113.9\, for="192.0.2.1")"), "192.0.2.1:0");
  EXPECT_EQ(rfc(R"(for="203.0.113.9\", for="192.0.2.1")"), "192.0.2.1:0");
}

}  // namespace tickgate::gateway
