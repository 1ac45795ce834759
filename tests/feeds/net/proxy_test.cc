// SPDX-License-Identifier: Apache-2.0
#include "feeds/net/proxy.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace tickgate::feeds {
namespace {

std::map<std::string, std::string>& variables() {
  static std::map<std::string, std::string> all;
  return all;
}
std::string variable(const char* name) { return variables()[name]; }

Url url(const char* text) { return *parse_url(text); }

TEST(Proxy, IsTakenApart) {
  const auto proxy = parse_proxy("http://us%65r:p%40ss:w@proxy.example:3128/");
  ASSERT_TRUE(proxy.ok());
  EXPECT_EQ(proxy->name(), "proxy.example:3128");
  EXPECT_EQ(proxy->authorization, "Basic dXNlcjpwQHNzOnc=");
  EXPECT_EQ(proxy->connect_request(url("wss://[::1]:9443/x")),
            "CONNECT [::1]:9443 HTTP/1.1\r\nHost: [::1]:9443\r\nUser-Agent: tickgate\r\n"
            "Proxy-Authorization: Basic dXNlcjpwQHNzOnc=\r\n\r\n");
  EXPECT_EQ(parse_proxy("10.0.0.1:8080")->name(), "10.0.0.1:8080");
}

TEST(Proxy, IsRefusedWithoutATraceOfItsSecret) {
  for (const auto* const text :
       {"https://a:secret@p:1", "socks5://a:secret@p:1", "http://secret@p:1", "http://a:secret@",
        "http://a:secret@p:x", "http://a:secret@p/path", "http://a:%secret@p",
        "http://a:secret@p?"}) {
    const auto proxy = parse_proxy(text);
    ASSERT_FALSE(proxy.ok()) << text;
    EXPECT_EQ(proxy.status().ToString().find("secret"), std::string::npos) << proxy.status();
  }
}

TEST(NoProxy, MatchesNamesAddressesAndNetworks) {
  const char* const list = "example.com, .a.org *.b.org,10.0.0.0/8,192.168.1.1,[::1],c.net:8443";
  for (const auto* const host : {"example.com", "WS.Example.com", "x.a.org", "a.org", "y.b.org",
                                 "10.1.2.3", "192.168.1.1", "::1", "d.c.net"}) {
    EXPECT_TRUE(is_in_no_proxy(list, host, "8443")) << host;
  }
  for (const auto* const host : {"badexample.com", "example.com.org", "11.0.0.1", "192.168.1.2"}) {
    EXPECT_FALSE(is_in_no_proxy(list, host, "8443")) << host;
  }
  EXPECT_FALSE(is_in_no_proxy(list, "c.net", "443")) << "another port";
  EXPECT_TRUE(is_in_no_proxy("*", "anything", "1"));
  EXPECT_FALSE(is_in_no_proxy(",, / : [ ]:1 :5 10.0.0.0/99", "10.0.0.1", "1"));
}

TEST(ProxyRules, TheConfigurationGoesBeforeTheEnvironmentWhichSparesThisHost) {
  variables() = {{"HTTPS_PROXY", "http://upper:1"}, {"NO_PROXY", "kraken.com"}};
  const auto rules = ProxyRules::create("", variable);
  ASSERT_TRUE(rules.ok());
  EXPECT_EQ(rules->for_url(url("wss://a.com"))->name(), "upper:1");
  EXPECT_EQ(rules->for_url(url("wss://ws.kraken.com")), nullptr);
  EXPECT_EQ(rules->for_url(url("ws://127.0.0.1:5")), nullptr);
  variables()["https_proxy"] = "lower:2";
  EXPECT_EQ(ProxyRules::create("", variable)->for_url(url("wss://a.com"))->name(), "lower:2");
  const auto set = ProxyRules::create("http://set:3", variable);
  EXPECT_EQ(set->for_url(url("ws://127.0.0.1:5"))->name(), "set:3");
  EXPECT_EQ(set->for_url(url("wss://ws.kraken.com")), nullptr);
  EXPECT_EQ(ProxyRules::create("none", variable)->for_url(url("wss://a.com")), nullptr);
  variables() = {{"ALL_PROXY", "socks5://p:1"}};
  EXPECT_FALSE(ProxyRules::create("", variable).ok());
}

TEST(Proxy, TheStatusOfItsAnswer) {
  EXPECT_EQ(status_of_head("HTTP/1.1 200 OK\r\n\r\n"), 200);
  EXPECT_EQ(status_of_head("HTTP/1.0 407\r\n\r\n"), 407);
  for (const auto* const head :
       {"", "HTTP/1.1", "SSH-2.0-x\r\n\r\n", "HTTP/1.1 2000 x", "HTTP/1.1 -20 "}) {
    EXPECT_EQ(status_of_head(head), 0) << head;
  }
}

}  // namespace
}  // namespace tickgate::feeds
