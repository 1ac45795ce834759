// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/config_loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace tickgate::gateway {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint64_t kDescriptors = 1'000'000;
const std::string kFeeds = "feeds: [{venue: simulator}]\n";

LoadResult parse(const std::string& text, std::uint64_t descriptors = kDescriptors) {
  return parse_config(text, "t.yaml", descriptors);
}

TEST(ConfigLoader, AFileWithOnlyAFeedGivesTheDefaults) {
  const auto result = parse("feeds:\n  - venue: kraken\n    symbols: [BTC-USD]\n");
  ASSERT_THAT(result.errors, IsEmpty());
  const auto& config = result.config;
  EXPECT_EQ(config.server.listen.text(), "127.0.0.1:8080");
  EXPECT_EQ(config.server.admin_listen.text(), "127.0.0.1:9100");
  EXPECT_THAT(config.server.origins, ElementsAre("*"));
  EXPECT_EQ(config.limits.connections, 20'000U);
  EXPECT_EQ(config.limits.ping_interval(), seconds(15));
  ASSERT_EQ(config.feeds.size(), 1U);
  EXPECT_EQ(config.feeds[0].name, "kraken");
  EXPECT_EQ(config.feeds[0].book_depth, 25U);
  EXPECT_EQ(config.feeds[0].planned_reconnect, hours(23));
}

TEST(ConfigLoader, ReadsEveryKind) {
  const auto result = parse(R"(
server: {listen: "[::1]:0", shards: 3, origins: ["https://a.example:8443", http://localhost]}
limits: {connections: 7, message_bytes: 4KiB, frame_bytes: 1MiB, idle_time: 2m, min_interval: 0}
log: {level: warning, format: json}
feeds:
- {venue: simulator, name: sim-1, seed: 7, symbol_count: 50000, rate: 1000000, names: generated}
- {venue: binance, symbols: [BTC-USDT, 1000SATS-USDT], book_depth: 5000, reconnect_min: 250ms,
   websocket_url: "ws://127.0.0.1:9000/stream", rest_url: https://api.example.com}
)");
  ASSERT_THAT(result.errors, IsEmpty());
  const auto& config = result.config;
  EXPECT_EQ(config.server.listen, (ListenAddress{"::1", 0}));
  EXPECT_EQ(config.server.shards, 3U);
  EXPECT_THAT(config.server.origins, ElementsAre("https://a.example:8443", "http://localhost"));
  EXPECT_EQ(config.limits.message_bytes, 4096U);
  EXPECT_EQ(config.limits.frame_bytes, 1U << 20U);
  EXPECT_EQ(config.limits.idle_time, seconds(120));
  EXPECT_EQ(config.log.level, feeds::log::Level::kWarning);
  EXPECT_EQ(config.log.format, LogFormat::kJson);
  EXPECT_EQ(config.feeds[0].name, "sim-1");
  EXPECT_EQ(config.feeds[0].source.symbol_count, 50'000U);
  EXPECT_EQ(config.feeds[0].source.names, feeds::SourceNames::kGenerated);
  EXPECT_EQ(config.feeds[1].book_depth, 5000U);
  EXPECT_EQ(config.feeds[1].reconnect_min, milliseconds(250));
}

TEST(ConfigLoader, ACaptureReplacesTheNetworkAndNeedsNoSymbols) {
  const auto result =
      parse("feeds:\n- {venue: kraken, capture: /dev/null, speed: 0.25, loop: true, gaps: warn}");
  ASSERT_THAT(result.errors, IsEmpty());
  EXPECT_EQ(result.config.feeds[0].capture, "/dev/null");
  EXPECT_EQ(result.config.feeds[0].speed, 0.25);
  EXPECT_TRUE(result.config.feeds[0].loop);
  EXPECT_EQ(result.config.feeds[0].gaps, feeds::GapPolicy::kWarn);
}

TEST(ConfigLoader, ReportsAllThatIsWrongInTheOrderOfTheFile) {
  const auto result = parse(R"(server:
  lisen: 127.0.0.1:80
  shards: 65
limits:
  connections: many
  connections: 12
feeds:
  - venue: kraken
    seed: 1
)");
  EXPECT_THAT(
      result.errors,
      ElementsAre("t.yaml:2: server.lisen: unknown key, did you mean \"listen\"?",
                  "t.yaml:3: server.shards: expected a whole number from 0 to 64, got \"65\"",
                  "t.yaml:5: limits.connections: expected a whole number from 1 to "
                  "1000000, got \"many\"",
                  "t.yaml:6: limits.connections: duplicate key, it stands on line 5 already",
                  "t.yaml:8: feeds[0].symbols: missing, expected a list of symbols like "
                  "\"BTC-USD\"",
                  "t.yaml:9: feeds[0].seed: only for the venue simulator"));
}

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
     "1: server.origins[0]: expected an origin like https://trade.example.com, or \"*\", got "
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
    {"limits:\n  connections: 999937",
     "2: limits.connections: expected at most 1000000 open files less 64 (RLIMIT_NOFILE, ulimit "
     "-Hn), got 999937"},
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

TEST(ConfigLoader, EachMistakeInASectionIsOneLine) {
  for (const auto& bad : kBadSections) {
    const auto result = parse(std::string(bad.text) + "\n" + kFeeds);
    EXPECT_THAT(result.errors, ElementsAre(std::string("t.yaml:") + bad.error)) << bad.text;
  }
}

// One feed, as the keys of a map.
const BadCase kBadFeeds[] = {
    {"symbols: [A-B]",
     "1: feeds[0].venue: missing, expected binance, coinbase, kraken or simulator"},
    {"venue: bitfinex",
     "1: feeds[0].venue: expected binance, coinbase, kraken or simulator, got \"bitfinex\""},
    {"venue: simulator, name: Sim",
     "1: feeds[0].name: expected 1 to 32 of a-z, 0-9, - and _, got \"Sim\""},
    {"venue: simulator, name: ''", "1: feeds[0].name: expected a text, got \"\""},
    {"venue: simulator, symbols: [BTC-USD]", "1: feeds[0].symbols: not for the venue simulator"},
    {"venue: simulator, symbol_count: 50001",
     "1: feeds[0].symbol_count: expected a whole number from 1 to 50000, got \"50001\""},
    {"venue: simulator, names: real",
     "1: feeds[0].names: expected market or generated, got \"real\""},
    {"venue: kraken, symbols: [BTC/USD]",
     "1: feeds[0].symbols[0]: expected a symbol like \"BTC-USD\", got \"BTC/USD\""},
    {"venue: kraken, symbols: [KRAKEN:BTC-USD]",
     "1: feeds[0].symbols[0]: expected a symbol like \"BTC-USD\", got \"KRAKEN:BTC-USD\""},
    {"venue: kraken, symbols: [btc-usd]",
     "1: feeds[0].symbols[0]: expected a symbol like \"BTC-USD\", got \"btc-usd\""},
    {"venue: kraken, symbols: [A-B, A-B]",
     "1: feeds[0].symbols[1]: expected each symbol once, got \"A-B\""},
    {"venue: kraken, symbols: [[A]]",
     "1: feeds[0].symbols[0]: expected a symbol like \"BTC-USD\", got a list"},
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
    {"venue: kraken, symbols: [A-B], stale_afer: 5s",
     "1: feeds[0].stale_afer: unknown key, did you mean \"stale_after\"?"},
};

TEST(ConfigLoader, EachMistakeInAFeedIsOneLine) {
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

TEST(ConfigLoader, AFileThatIsNoConfigurationIsRefusedWithItsLine) {
  for (const auto& bad : kBadFiles) {
    const auto result = parse(bad.text);
    ASSERT_FALSE(result.errors.empty()) << bad.text;
    EXPECT_EQ(result.errors[0], std::string("t.yaml:") + bad.error) << bad.text;
  }
}

TEST(ConfigLoader, AnAliasIsRefusedAndNotFollowed) {
  const auto result = parse("log: &l {level: info}\nserver: *l\n" + kFeeds);
  EXPECT_THAT(result.errors,
              ElementsAre("t.yaml:1: log: anchors (&name) are not allowed",
                          "t.yaml:2: server: aliases (*name) are not allowed, write it out"));
}

TEST(ConfigLoader, FeedsMayNotShareANameOrAnInstrument) {
  const auto names = parse(
      "feeds:\n- {venue: kraken, symbols: [A-B]}\n"
      "- {venue: coinbase, name: kraken, symbols: [A-B]}\n");
  EXPECT_THAT(names.errors,
              ElementsAre("t.yaml:3: feeds[1].name: expected a name of its own, the feed on line 2 "
                          "is called \"kraken\" too"));
  const auto symbols = parse(
      "feeds:\n- {venue: kraken, symbols: [A-B, C-D]}\n"
      "- {venue: kraken, name: two, symbols: [C-D]}\n");
  EXPECT_THAT(symbols.errors, ElementsAre("t.yaml:3: feeds[1].symbols: expected no symbol of "
                                          "feeds[0], got \"C-D\""));
  const auto whole = parse("feeds:\n- {venue: simulator}\n- {venue: simulator, name: two}\n");
  EXPECT_THAT(whole.errors, ElementsAre("t.yaml:3: feeds[1].venue: expected another venue than the "
                                        "feed's on line 2, or symbols at both"));
}

TEST(ConfigLoader, AVariableIsReplacedAndItsValueNeverShown) {
  ASSERT_EQ(setenv("TICKGATE_TEST_VALUE", "hush", 1), 0);
  ASSERT_EQ(setenv("TICKGATE_TEST_PORT", "8443", 1), 0);
  const auto good = parse("server: {listen: \"127.0.0.1:${TICKGATE_TEST_PORT}\"}\n" + kFeeds);
  ASSERT_THAT(good.errors, IsEmpty());
  EXPECT_EQ(good.config.server.listen.port, 8443);
  const auto bad = parse("log: {level: \"${TICKGATE_TEST_VALUE}\"}\n" + kFeeds);
  EXPECT_THAT(bad.errors,
              ElementsAre("t.yaml:1: log.level: expected debug, info, warning or error, "
                          "got \"${TICKGATE_TEST_VALUE}\""));
  const auto escaped = parse("log: {level: \"$${TICKGATE_TEST_VALUE}\"}\n" + kFeeds);
  EXPECT_THAT(escaped.errors, ElementsAre(HasSubstr("got \"$${TICKGATE_TEST_VALUE}\"")));
  const auto url = parse(
      "feeds:\n- {venue: kraken, symbols: [A-B], rest_url: "
      "\"ftp://${TICKGATE_TEST_VALUE}\"}\n");
  EXPECT_THAT(url.errors, ElementsAre("t.yaml:2: feeds[0].rest_url: expected "
                                      "https://host[:port][/path]"));
}

TEST(ConfigLoader, TheDefaultOfConnectionsFitsTheDescriptorLimit) {
  const auto result = parse(kFeeds, 1024);
  EXPECT_THAT(result.errors, IsEmpty());
  EXPECT_EQ(result.config.limits.connections, 960U);
}

TEST(ConfigLoader, AFileThatCannotBeReadIsOneLine) {
  EXPECT_THAT(load_config("/nowhere/t.yaml").errors,
              ElementsAre("/nowhere/t.yaml: cannot be opened: No such file or directory"));
  EXPECT_THAT(load_config("/tmp").errors, ElementsAre("/tmp: cannot be read: Is a directory"));
}

TEST(ConfigLoader, AFileOfMoreThanAMegabyteIsRefused) {
  const auto result = parse(std::string((1U << 20U) + 1, '#'));
  EXPECT_THAT(result.errors, ElementsAre("t.yaml:1: expected at most 1MiB of YAML"));
}

std::string deployed_text(const std::string& name) {
  const auto root = std::filesystem::path(TICKGATE_TEST_DATA).parent_path().parent_path();
  const auto path = root / "deploy" / name;
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(ConfigLoader, TheSampleIsTheDefaults) {
  const auto result = parse(deployed_text("tickgate.yaml"));
  ASSERT_THAT(result.errors, IsEmpty());
  ASSERT_EQ(result.config.feeds.size(), 3U);
  EXPECT_EQ(result.config.limits.connections, 20'000U);
}

TEST(ConfigLoader, ThePodsConfigurationIsValid) {
  EXPECT_THAT(parse(deployed_text("base/tickgate.yaml")).errors, IsEmpty());
}

// Whether `line` is a key that the sample shows with its default, not an example.
bool shows_default(const std::string& line) {
  static const std::vector<std::string> kExamples = {"tls",     "certificate", "key",    "_url",
                                                     "ca_file", "- venue",     "capture"};
  if (line.find(": ") == std::string::npos || line.find("#  ") != std::string::npos) return false;
  const auto at = line.find_first_not_of(' ');
  if (at == std::string::npos || line[at] != '#' || line[at + 1] == ' ') return false;
  return std::none_of(kExamples.begin(), kExamples.end(), [&](const std::string& example) {
    return line.find(example) != std::string::npos;
  });
}

TEST(ConfigLoader, TheSamplesCommentsAreTrue) {
  const auto plain = parse(deployed_text("tickgate.yaml")).config;
  std::string text;
  int shown = 0;
  std::istringstream sample(deployed_text("tickgate.yaml"));
  for (std::string line; std::getline(sample, line);) {
    if (shows_default(line)) {
      line.erase(line.find('#'), 1);
      ++shown;
    }
    text.append(line).append("\n");
  }
  const auto result = parse(text);
  ASSERT_THAT(result.errors, IsEmpty());
  EXPECT_EQ(shown, 28);
  const auto& limits = result.config.limits;
  EXPECT_EQ(limits.message_bytes, plain.limits.message_bytes);
  EXPECT_EQ(limits.frame_bytes, plain.limits.frame_bytes);
  EXPECT_EQ(limits.send_buffer_bytes, plain.limits.send_buffer_bytes);
  EXPECT_EQ(limits.notsent_lowat_bytes, plain.limits.notsent_lowat_bytes);
  EXPECT_EQ(limits.idle_time, plain.limits.idle_time);
  EXPECT_EQ(limits.write_deadline, plain.limits.write_deadline);
  EXPECT_EQ(limits.handshake_time, plain.limits.handshake_time);
  EXPECT_EQ(limits.connections, plain.limits.connections);
  EXPECT_EQ(limits.bad_requests, plain.limits.bad_requests);
  EXPECT_EQ(result.config.server.drain_time, plain.server.drain_time);
  EXPECT_EQ(result.config.server.shards, plain.server.shards);
  const auto& feed = result.config.feeds.at(0);
  EXPECT_EQ(feed.name, plain.feeds[0].name);
  EXPECT_EQ(feed.book_depth, plain.feeds[0].book_depth);
  EXPECT_EQ(feed.stale_after, plain.feeds[0].stale_after);
  EXPECT_EQ(feed.planned_reconnect, plain.feeds[0].planned_reconnect);
  EXPECT_EQ(feed.subscribe_ack_timeout, plain.feeds[0].subscribe_ack_timeout);
}

}  // namespace
}  // namespace tickgate::gateway
