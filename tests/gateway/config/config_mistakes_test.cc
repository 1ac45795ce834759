// SPDX-License-Identifier: Apache-2.0
// Each mistake that a configuration can hold, and the one line that is said of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "gateway/config/config_loader.h"
#include "gateway/config/words.h"

namespace tickgate::gateway {
namespace {

using testing::ElementsAre;

constexpr std::uint64_t kDescriptors = 1'000'000;
const std::string kFeeds = "feeds: [{venue: simulator}]\n";

LoadResult parse(const std::string& text) { return parse_config(text, "t.yaml", kDescriptors); }

struct BadCase {
  const char* text;
  const char* error;  // the one line, after "t.yaml:"
};

// Sections, to which a good feed is added.
const BadCase kBadSections[] = {
    {"colour: red", "1: colour: unknown key"},
    {"server: 5", "1: server: expected a map of keys and values, got \"5\""},
    {"server: [a]", "1: server: expected a map of keys and values, got a list"},
    {"server: {listen: localhost:80}",
     "1: server.listen: expected an address in digits and a port, like 127.0.0.1:8080, got "
     "\"localhost:80\""},
    {"server: {listen: 1.2.3.4:65536}",
     "1: server.listen: expected an address in digits and a port, like 127.0.0.1:8080, got "
     "\"1.2.3.4:65536\""},
    {"server: {trusted_proxies: [10.0.0.1/8]}",
     "1: server.trusted_proxies[0]: expected a network like 10.0.0.0/8 or 2001:db8::/32, or an "
     "address, got \"10.0.0.1/8\""},
    {"server: {proxy_protocol: required}",
     "1: server.proxy_protocol: expected server.trusted_proxies beside it: nobody's word would be "
     "taken"},
    {"server: {forwarded_header: forwarded, trusted_proxies: []}",
     "1: server.forwarded_header: expected server.trusted_proxies beside it: nobody's word would "
     "be "
     "taken"},
    {"server: {proxy_protocol: required, forwarded_header: forwarded, trusted_proxies: "
     "[10.0.0.0/8]}",
     "1: server.forwarded_header: expected none beside server.proxy_protocol: required"},
    {"server: {proxy_protocol: on}",
     "1: server.proxy_protocol: expected off or required, got \"on\""},
    {"server: {listen: ::1:80}",
     "1: server.listen: expected an address in digits and a port, like 127.0.0.1:8080, got "
     "\"::1:80\""},
    {"server:\n  admin_listen: 127.0.0.1:8080",
     "2: server.admin_listen: expected another address than server.listen, got the same"},
    {"server: {shards: 010}",
     "1: server.shards: expected a whole number from 0 to 64, got \"010\""},
    {"server: {shards: 0x4}",
     "1: server.shards: expected a whole number from 0 to 64, got \"0x4\""},
    {"server: {shards: -1}", "1: server.shards: expected a whole number from 0 to 64, got \"-1\""},
    {"server: {shards: 1e1}",
     "1: server.shards: expected a whole number from 0 to 64, got \"1e1\""},
    {"server: {shards: \"4\"}",
     "1: server.shards: expected a whole number from 0 to 64 without quotes, got \"4\""},
    {"server: {shards: }", "1: server.shards: expected a whole number from 0 to 64, got nothing"},
    {"server: {shards: 99999999999999999999}",
     "1: server.shards: expected a whole number from 0 to 64, got \"99999999999999999999\""},
    {"server: {ready_quorum: 2}",
     "1: server.ready_quorum: expected at most the number of feeds, 1, got 2"},
    {"server: {drain_time: 10}",
     "1: server.drain_time: expected a duration from 0s to 5m, written like 500ms, 10s, 5m or 1h, "
     "got \"10\""},
    {"server: {drain_time: 301s}",
     "1: server.drain_time: expected a duration from 0s to 5m, written like 500ms, 10s, 5m or 1h, "
     "got \"301s\""},
    {"server: {origins: a.example}",
     "1: server.origins: expected a list of origins, 1 to 1000 of them, got \"a.example\""},
    {"server: {origins: []}",
     "1: server.origins: expected a list of origins, 1 to 1000 of them, got 0"},
    {"server: {origins: [https://a.example/path]}",
     "1: server.origins[0]: expected an origin like https://trade.example.com or "
     "https://*.example.com, or \"*\", got "
     "\"https://a.example/path\""},
    {"server: {tls: {certificate: /dev/null}}",
     "1: server.tls.key: missing, certificate and key belong together"},
    {"server: {tls: {certificate: /dev/null, key: /nowhere/key.pem}}",
     "1: server.tls.key: expected a readable file, got \"/nowhere/key.pem\": No such file or "
     "directory"},
    {"limits: {message_bytes: 64KB}",
     "1: limits.message_bytes: expected bytes from 1KiB to 1MiB, written like 65536, 64KiB or "
     "1MiB, got \"64KB\""},
    {"limits: {frame_bytes: 5MiB}",
     "1: limits.frame_bytes: expected bytes from 4KiB to 4MiB, written like 65536, 64KiB or 1MiB, "
     "got \"5MiB\""},
    {"server: {shards: 1}\nlimits:\n  connections: 999800",
     "3: limits.connections: expected at most 999764, as 1000000 open files are allowed "
     "(RLIMIT_NOFILE, ulimit -Hn) and 236 are kept for feeds, ports and files, got 999800"},
    {"limits: {request_burst: 5}",
     "1: limits.request_burst: expected requests_per_second (20) not to be more than request_burst "
     "(5)"},
    {"limits: {notsent_lowat_bytes: 128KiB}",
     "1: limits.notsent_lowat_bytes: expected notsent_lowat_bytes (131072) not to be more than "
     "send_buffer_bytes (65536)"},
    {"log: {level: no}", "1: log.level: expected debug, info, warning or error, got \"no\""},
    {"log: {format: Json}", "1: log.format: expected auto, json or text, got \"Json\""},
    {"log: &l {level: info}", "1: log: anchors (&name) are not allowed"},
    {"log: !!map {level: info}", "1: log: tags (!name) are not allowed"},
    {"log:\n  level: ${TICKGATE_TEST_MISSING}",
     "2: log.level: expected the environment variable TICKGATE_TEST_MISSING to be set"},
    {"log: {level: \"${a b}\"}",
     "1: log.level: expected ${NAME}, a name of letters, digits and _, got \"${a b}\""},
    {"log: {level: \"${A\"}",
     "1: log.level: expected ${NAME}, a name of letters, digits and _, got \"${A\""},
};

TEST(ConfigMistakes, EachMistakeInASectionIsOneLine) {
  for (const auto& bad : kBadSections) {
    const auto result = parse(std::string(bad.text) + "\n" + kFeeds);
    EXPECT_THAT(result.errors, ElementsAre(std::string("t.yaml:") + bad.error)) << bad.text;
  }
}

TEST(ConfigMistakes, BytesThatAreNotUtf8AreToldWithTheirLine) {
  for (const std::string bad : {"\xE5\xB8", "\xC0\xAF", "\xED\xA0\x80", "\xFF"}) {
    EXPECT_THAT(parse("log:\n  level: info\n# " + bad + "\n" + kFeeds).errors,
                ElementsAre("t.yaml:3: expected UTF-8, got other bytes"));
  }
}

TEST(ConfigMistakes, AVenueThatIsNoneIsToldAllThereAre) {
  auto names = venue_names([](const auto&) { return true; });
  names.push_back("nats");
  const auto venues = either(names);
  EXPECT_THAT(parse("feeds: [{symbols: [A-B]}]").errors,
              ElementsAre("t.yaml:1: feeds[0].venue: missing, expected " + venues));
  EXPECT_THAT(parse("feeds: [{venue: nasqad}]").errors,
              ElementsAre("t.yaml:1: feeds[0].venue: expected " + venues + ", got \"nasqad\""));
}

// One feed, as the keys of a map.
const BadCase kBadFeeds[] = {
    {"venue: simulator, name: Sim",
     "1: feeds[0].name: expected 1 to 32 of a-z, 0-9, - and _, got \"Sim\""},
    {"venue: simulator, name: ''", "1: feeds[0].name: expected a text, got \"\""},
    {"venue: simulator, symbols: [BTC-USD]", "1: feeds[0].symbols: not for the venue simulator"},
    {"venue: simulator, symbol_count: 50001",
     "1: feeds[0].symbol_count: expected a whole number from 1 to 50000, got \"50001\""},
    {"venue: simulator, names: real",
     "1: feeds[0].names: expected market or generated, got \"real\""},
    {"venue: simulator, drama: true, names: generated",
     "1: feeds[0].drama: expected names: market beside it"},
    {"venue: kraken, symbols: [BTC/USD]",
     "1: feeds[0].symbols[0]: expected a symbol like \"BTC-USD\" of at most 40 bytes, of visible "
     "characters in UTF-8, got \"BTC/USD\""},
    {"venue: kraken, symbols: [KRAKEN:BTC-USD]",
     "1: feeds[0].symbols[0]: expected a symbol like \"BTC-USD\" of at most 40 bytes, of visible "
     "characters in UTF-8, got \"KRAKEN:BTC-USD\""},
    {"venue: kraken, symbols: [btc-usd]",
     "1: feeds[0].symbols[0]: expected a symbol like \"BTC-USD\" of at most 40 bytes, of visible "
     "characters in UTF-8, got \"btc-usd\""},
    {"venue: binance, symbols: [币\u3000安-USDT]",
     "1: feeds[0].symbols[0]: expected a symbol like \"BTC-USD\" of at most 40 bytes, of visible "
     "characters in UTF-8, got "
     "\"币\u3000安-USDT\""},
    {"venue: binance, symbols: [币安人生币安人生币安人生-USDT]",
     "1: feeds[0].symbols[0]: expected a symbol like \"BTC-USD\" of at most 40 bytes, of visible "
     "characters in UTF-8, got "
     "\"币安人生币安人生币安人生-USDT\""},
    {"venue: kraken, symbols: [A-B, A-B]",
     "1: feeds[0].symbols[1]: expected each symbol once, got \"A-B\""},
    {"venue: kraken, symbols: [[A]]",
     "1: feeds[0].symbols[0]: expected a symbol like \"BTC-USD\" of at most 40 bytes, of visible "
     "characters in UTF-8, got a list"},
    {"venue: kraken, symbols: [A-B], book_depth: 20",
     "1: feeds[0].book_depth: expected 10, 25, 100, 500 or 1000, got \"20\""},
    {"venue: binance, symbols: [A-B], book_depth: 50",
     "1: feeds[0].book_depth: expected a whole number from 100 to 5000, got \"50\""},
    {"venue: coinbase, symbols: [A-B], book_depth: 25",
     "1: feeds[0].book_depth: only for the venues binance and kraken"},
    {"venue: kraken, symbols: [A-B], speed: 2", "1: feeds[0].speed: only together with capture"},
    {"venue: kraken, symbols: [A-B], loop: false", "1: feeds[0].loop: only together with capture"},
    {"venue: kraken, symbols: [A-B], gaps: warn", "1: feeds[0].gaps: only together with capture"},
    {"venue: kraken, capture: /dev/null, websocket_url: wss://a",
     "1: feeds[0].websocket_url: not together with capture"},
    {"venue: kraken, capture: /dev/null, loop: yes",
     "1: feeds[0].loop: expected true or false, in lower case without quotes, got \"yes\""},
    {"venue: kraken, capture: /dev/null, speed: 1e3",
     "1: feeds[0].speed: expected a number from 0.01 to 1000, got \"1e3\""},
    {"venue: kraken, capture: /nowhere/a.gz",
     "1: feeds[0].capture: expected a readable file, got \"/nowhere/a.gz\": No such file or "
     "directory"},
    {"venue: kraken, symbols: [A-B], websocket_url: ws://ws.example.com",
     "1: feeds[0].websocket_url: expected wss://host[:port][/path], and ws:// only to a loopback "
     "host"},
    {"venue: kraken, symbols: [A-B], websocket_url: ws://127.0.0.1.evil.example",
     "1: feeds[0].websocket_url: expected wss://host[:port][/path], and ws:// only to a loopback "
     "host"},
    {"venue: kraken, symbols: [A-B], rest_url: wss://a.example",
     "1: feeds[0].rest_url: expected https://host[:port][/path]"},
    {"venue: kraken, symbols: [A-B], rest_url: https://me:secret@a.example",
     "1: feeds[0].rest_url: expected https://host[:port][/path] without user and password"},
    {"venue: kraken, symbols: [A-B], reconnect_min: 40s",
     "1: feeds[0].reconnect_min: expected reconnect_min (40s) not to be longer than reconnect_max "
     "(30s)"},
    {"venue: kraken, symbols: [A-B], planned_reconnect: 10ms",
     "1: feeds[0].planned_reconnect: expected 0 (never) or a duration from 1s to 24h"},
    {"venue: kraken, symbols: [A-B], price_factor: 1",
     "1: feeds[0].price_factor: expected 0 (off) or at least 2"},
    {"venue: kraken, symbols: [A-B], lines: 3",
     "1: feeds[0].lines: expected a whole number from 1 to 2, got \"3\""},
    {"venue: kraken, symbols: [A-B], lines: 1, second_websocket_url: wss://a.example",
     "1: feeds[0].lines: expected 2 beside an endpoint of the second line"},
    {"venue: kraken, symbols: [A-B], second_websocket_url: https://a.example",
     "1: feeds[0].second_websocket_url: expected wss://host[:port][/path]"},
    {"venue: kraken, capture: /dev/null, lines: 2", "1: feeds[0].lines: not together with capture"},
    {"venue: kraken, symbols: [A-B], stale_afer: 5s",
     "1: feeds[0].stale_afer: unknown key, did you mean \"stale_after\"?"},
};

TEST(ConfigMistakes, EachMistakeInAFeedIsOneLine) {
  for (const auto& bad : kBadFeeds) {
    const auto result = parse(std::string("feeds: [{") + bad.text + "}]\n");
    EXPECT_THAT(result.errors, ElementsAre(std::string("t.yaml:") + bad.error)) << bad.text;
  }
}

const BadCase kBadFiles[] = {
    {"", "1: feeds: missing, expected a list of feeds"},
    {"[]", "1: expected a map of keys and values, got a list"},
    {"feeds:", "1: feeds: expected a list of feeds, 1 to 64 of them, got nothing"},
    {"feeds: [7]", "1: feeds[0]: expected a map of keys and values, got \"7\""},
    {"feeds: [{venue: simulator}]\n---\na: b",
     "2: not valid YAML: expected one document, got another"},
    {"feeds:\n  - a: 1\n b: 2", "3: not valid YAML: end of map not found"},
    {"a: [1, 2", "1: not valid YAML: end of sequence flow not found"},
    {"[a]: b", "1: not valid YAML: expected a plain word as key"},
    {"a: [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]",
     "1: not valid YAML: expected at most 16 levels of nesting"},
};

TEST(ConfigMistakes, AFileThatIsNoConfigurationIsRefusedWithItsLine) {
  for (const auto& bad : kBadFiles) {
    const auto result = parse(bad.text);
    ASSERT_FALSE(result.errors.empty()) << bad.text;
    EXPECT_EQ(result.errors[0], std::string("t.yaml:") + bad.error) << bad.text;
  }
}

}  // namespace
}  // namespace tickgate::gateway
