// SPDX-License-Identifier: Apache-2.0
// A venue that does wrong, the whole gateway, and a client: what the client saw, and what /metrics
// said of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "feeds/venues/all.h"
#include "gateway/server/server.h"
#include "tests/support/fake_venue.h"
#include "tests/support/stream_client.h"

namespace tickgate::gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::Contains;
using testing::Dialect;
using ::testing::ElementsAre;
using testing::FakeVenue;
using testing::Fault;
using testing::Identity;
using testing::StreamClient;

constexpr seconds kDeadline{30};  // generous: a busy machine is not a fault
constexpr int kText = 1, kPing = 9, kPong = 10;

FeedConfig feed_at(const FakeVenue& venue, const FakeVenue::Options& options) {
  FeedConfig feed;
  feed.name = "fake";
  feed.symbols = options.pairs;
  switch (options.dialect) {
    case Dialect::kKraken:
      feed.venue = feeds::find_venue("kraken");
      feed.book_depth = 25;
      break;
    case Dialect::kBinance:
      feed.venue = feeds::find_venue("binance");
      feed.book_depth = 1000;
      break;
    case Dialect::kCoinbase:
      feed.venue = feeds::find_venue("coinbase");
      break;
  }
  feed.websocket_url = venue.websocket_url();
  feed.rest_url = venue.rest_url();
  feed.ca_file = venue.ca_file();
  feed.stale_after = seconds(2);
  feed.idle_timeout = seconds(4);
  feed.subscribe_ack_timeout = seconds(3);
  feed.reconnect_min = milliseconds(100);
  feed.reconnect_max = seconds(1);
  return feed;
}

// A client of all quotes and books, which holds what it is sent against what it was promised.
class Watcher {
 public:
  struct Seen {
    std::vector<std::string> states;
    std::string reason;          // of the newest status
    std::uint64_t newest = 0;    // the venue's update that a book showed
    std::uint64_t sequence = 0;  // of books
  };

  explicit Watcher(std::uint16_t port) : client_(port) {
    for (const std::string channel : {"quote", "book"}) {
      client_.send_text(R"({"op":"subscribe","symbols":["*"],"channel":")" + channel + "\"}");
    }
  }

  // Reads until it is so; false after the deadline.
  template <typename Condition>
  bool until(Condition condition, std::chrono::steady_clock::duration deadline = kDeadline) {
    const auto end = std::chrono::steady_clock::now() + deadline;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end || client_.ended()) return false;
      const auto frame = client_.next(milliseconds(20));
      if (!frame.has_value()) continue;
      if (frame->opcode == kPing) client_.send_frame(kPong, frame->payload);
      if (frame->opcode == kText) take(frame->payload);
    }
    return true;
  }
  // By symbol without its venue: "BTC-USD".
  Seen& operator[](const std::string& pair) { return seen_[pair]; }
  bool is(const std::string& pair, std::string_view state) {
    return !seen_[pair].states.empty() && seen_[pair].states.back() == state;
  }
  bool goes_on(const std::string& pair) {
    const auto before = seen_[pair].newest;
    return until([&] { return seen_[pair].newest > before + 5; });
  }

 private:
  using Object = simdjson::dom::element;

  void take(const std::string& message) {
    simdjson::dom::array array;
    ASSERT_EQ(parser_.parse(message).get(array), simdjson::SUCCESS) << message.substr(0, 500);
    for (const Object object : array) {
      const std::string type(object["type"].get_string().value());
      if (type != "status" && type != "quote" && type != "book") continue;
      const std::string_view symbol = object["symbol"].get_string();
      Seen& one = seen_[std::string(symbol.substr(symbol.find(':') + 1))];
      if (type == "status") {
        one.states.emplace_back(object["state"].get_string().value());
        one.reason = std::string(object["reason"].get_string().value());
        continue;
      }
      ASSERT_FALSE(one.states.empty()) << "a " << type << " before any status";
      EXPECT_NE(one.states.back(), "recovering") << "a " << type << " as new";
      if (type == "book") take_book(one, object);
    }
  }
  // The n-th update at the venue sets the size of one bid to n * 1e-8 (FakeMarket).
  static void take_book(Seen& one, Object book) {
    const std::uint64_t sequence = book["seq"];
    EXPECT_GT(sequence, one.sequence) << "a book twice, or back";
    one.sequence = sequence;
    const simdjson::dom::array bids = book["bids"];
    EXPECT_GE(bids.size(), 10U) << "a book is whole or not at all";
    std::uint64_t newest = 0;
    for (const Object level : bids) {
      const std::string size(level.at(1).get_string().value());
      newest =
          std::max<std::uint64_t>(newest, std::strtoull(&size[size.find('.') + 1], nullptr, 10));
    }
    EXPECT_GE(newest, one.newest) << "backwards";
    one.newest = newest;
  }

  StreamClient client_;
  simdjson::dom::parser parser_;
  std::map<std::string, Seen> seen_;
};

class EndToEnd : public ::testing::Test {
 protected:
  ~EndToEnd() override {
    watcher.reset();
    if (!running_.joinable()) return;
    server_->request_stop();
    running_.join();
  }

  void start(FakeVenue::Options options) {
    venue.emplace(options);
    Config config;
    config.server.listen = config.server.admin_listen = {"127.0.0.1", 0};
    config.server.shards = 1;
    config.server.drain_time = milliseconds(0);
    config.limits.connections = 100;
    config.feeds.push_back(feed_at(*venue, options));
    server_.emplace(config);
    const auto started = server_->start();
    ASSERT_TRUE(started.ok()) << started;
    running_ = std::thread([this] { server_->run(); });
    watcher.emplace(server_->port());
  }
  void start_live(Dialect dialect) {
    start({.dialect = dialect});
    auto& seen = *watcher;
    ASSERT_TRUE(seen.until([&] {
      return seen.is(kA, "live") && seen.is(kB, "live") && seen[kA].newest > 3 &&
             seen[kB].newest > 3;
    }));
    seen[kA].states = seen[kB].states = {"live"};
  }

  // A sample of /metrics; -1 when there is none. `series` as it is written there.
  double metric(const std::string& series) const {
    StreamClient scrape(server_->admin_port(), {.upgrade = false});
    scrape.send_raw("GET /metrics HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    const auto text = scrape.read_until("no such text: to the end");
    const auto line = text.find("\n" + series + " ");
    return line == std::string::npos ? -1 : std::atof(&text[line + series.size() + 2]);
  }
  double reconnects() const {
    double sum = 0;
    for (const std::string reason : {"idle", "closed", "refused", "tls", "dns", "planned",
                                     "venue_asked", "gap", "parse_errors", "timeout"}) {
      sum += metric(R"(tickgate_feed_reconnects_total{feed="fake",reason=")" + reason + "\"}");
    }
    return sum;
  }
  bool becomes(const std::string& series, double least) {
    return watcher->until([&] { return metric(series) >= least; });
  }

  const std::string kA = "BTC-USD", kB = "ETH-USD";
  std::optional<FakeVenue> venue;
  std::optional<Watcher> watcher;

 private:
  std::optional<Server> server_;
  std::thread running_;
};

// What a client sees of a fault in the updates of the first pair.
enum class Notice : std::uint8_t {
  kNone,       // neither pair is disturbed
  kFirstOnly,  // the first is recovering, then live; the second is not disturbed
  kBothDown,   // both are down, then live
};

struct Case {
  const char* name;
  Dialect dialect;
  Fault fault;
  Notice notice;
  std::string metric;  // what /metrics says of it, and how much at least
  double least = 1;
};

std::string anomaly(std::string_view kind) {
  return R"(tickgate_feed_anomalies_total{feed="fake",kind=")" + std::string(kind) + "\"}";
}
std::string reconnect(std::string_view reason) {
  return R"(tickgate_feed_reconnects_total{feed="fake",reason=")" + std::string(reason) + "\"}";
}

class VenueFault : public EndToEnd, public ::testing::WithParamInterface<Case> {};

INSTANTIATE_TEST_SUITE_P(
    EndToEnd, VenueFault,
    ::testing::Values(
        Case{"Gap", Dialect::kBinance, Fault::kGap, Notice::kFirstOnly, anomaly("gap")},
        Case{"GapSeenByTheChecksum", Dialect::kKraken, Fault::kGap, Notice::kFirstOnly,
             anomaly("checksum_failed")},
        Case{"Duplicate", Dialect::kBinance, Fault::kDuplicate, Notice::kNone,
             anomaly("duplicate")},
        Case{"OutOfOrder", Dialect::kBinance, Fault::kOutOfOrder, Notice::kFirstOnly,
             anomaly("gap")},
        Case{"FailedChecksum", Dialect::kKraken, Fault::kWrongChecksum, Notice::kFirstOnly,
             anomaly("checksum_failed")},
        Case{"MalformedJson", Dialect::kKraken, Fault::kMalformedJson, Notice::kNone,
             anomaly("parse_error")},
        Case{"TruncatedJson", Dialect::kKraken, Fault::kTruncatedJson, Notice::kFirstOnly,
             anomaly("parse_error")},
        Case{"GarbageFlood", Dialect::kKraken, Fault::kGarbageFlood, Notice::kBothDown,
             reconnect("parse_errors")},
        Case{"SixMegabyteFrame", Dialect::kCoinbase, Fault::kHugeFrame, Notice::kNone,
             R"(tickgate_feed_bytes_total{feed="fake"})", 6e6},
        Case{"Silence", Dialect::kKraken, Fault::kSilence, Notice::kBothDown, reconnect("idle")},
        Case{"SlowDrip", Dialect::kKraken, Fault::kSlowDrip, Notice::kNone,
             R"(tickgate_feed_checksums_verified_total{feed="fake"})", 10},
        Case{"AbruptClose", Dialect::kKraken, Fault::kAbruptClose, Notice::kBothDown,
             reconnect("closed")}),
    [](const auto& chosen) { return std::string(chosen.param.name); });

TEST_P(VenueFault, IsSeenForWhatItIsAndMended) {
  const Case& one = GetParam();
  ASSERT_NO_FATAL_FAILURE(start_live(one.dialect));
  auto& seen = *watcher;
  venue->inject(one.fault, kA);
  EXPECT_TRUE(becomes(one.metric, one.least)) << one.metric << " is " << metric(one.metric);
  const auto mended = [&](const std::string& pair) {
    return seen.until([&] { return seen[pair].states.size() > 1 && seen.is(pair, "live"); });
  };
  switch (one.notice) {
    case Notice::kNone:
      EXPECT_TRUE(seen.goes_on(kA));
      EXPECT_TRUE(seen.goes_on(kB));
      EXPECT_THAT(seen[kA].states, ElementsAre("live"));
      EXPECT_THAT(seen[kB].states, ElementsAre("live"));
      EXPECT_EQ(reconnects(), 0);
      break;
    case Notice::kFirstOnly:
      EXPECT_TRUE(mended(kA));
      EXPECT_TRUE(seen.goes_on(kA));
      EXPECT_TRUE(seen.goes_on(kB));
      EXPECT_THAT(seen[kA].states, ElementsAre("live", "recovering", "live"));
      EXPECT_THAT(seen[kB].states, ElementsAre("live"));
      EXPECT_EQ(reconnects(), 0);
      EXPECT_GE(metric(R"(tickgate_feed_resyncs_total{feed="fake"})"), 1);
      break;
    case Notice::kBothDown:
      EXPECT_TRUE(mended(kA));
      EXPECT_TRUE(mended(kB));
      EXPECT_TRUE(seen.goes_on(kA));
      EXPECT_TRUE(seen.goes_on(kB));
      EXPECT_THAT(seen[kA].states, Contains("down"));
      EXPECT_THAT(seen[kB].states, Contains("down"));
      EXPECT_GE(metric(R"(tickgate_feed_connections_total{feed="fake"})"), 2);
      break;
  }
}

TEST_F(EndToEnd, SilenceIsStaleBeforeItIsDown) {
  ASSERT_NO_FATAL_FAILURE(start_live(Dialect::kKraken));
  auto& seen = *watcher;
  venue->inject(Fault::kSilence, kA);
  EXPECT_TRUE(seen.until([&] { return seen.is(kA, "stale") && seen.is(kB, "stale"); }));
  EXPECT_EQ(metric(R"(tickgate_feed_instruments{feed="fake",state="stale"})"), 2);
}

TEST_F(EndToEnd, ARefusedSubscriptionLeavesTheOthersAlone) {
  ASSERT_NO_FATAL_FAILURE(start({.refused = {kB}}));
  auto& seen = *watcher;
  EXPECT_TRUE(seen.until([&] { return seen.is(kA, "live"); }));
  EXPECT_TRUE(seen.until([&] { return seen[kB].reason.starts_with("refused: "); }));
  EXPECT_TRUE(seen.is(kB, "down"));
  EXPECT_EQ(seen[kB].sequence, 0U);
  EXPECT_TRUE(seen.goes_on(kA));
  EXPECT_TRUE(becomes(R"(tickgate_feed_refused_total{feed="fake"})", 1));
}

TEST_F(EndToEnd, AWrongCertificateIsNotBelieved) {
  ASSERT_NO_FATAL_FAILURE(start({.identity = Identity::kWrongName}));
  auto& seen = *watcher;
  EXPECT_TRUE(becomes(reconnect("tls"), 2));
  EXPECT_TRUE(seen.until([&] { return seen[kA].reason.find("tls: ") == 0; }));
  EXPECT_TRUE(seen.is(kA, "down"));
  EXPECT_EQ(seen[kA].sequence, 0U);
  EXPECT_EQ(venue->upgrades(), 0U);
  EXPECT_EQ(metric(R"(tickgate_feed_connected{feed="fake"})"), 0);
}

TEST_F(EndToEnd, AStormOfClosedConnectionsIsMetWithBackoffAndNothingIsLive) {
  ASSERT_NO_FATAL_FAILURE(start({.hangs_up = true}));
  auto& seen = *watcher;
  EXPECT_TRUE(becomes(reconnect("closed"), 3));
  const auto began = std::chrono::steady_clock::now();
  EXPECT_TRUE(becomes(reconnect("closed"), metric(reconnect("closed")) + 4));
  EXPECT_GT(std::chrono::steady_clock::now() - began, milliseconds(300));
  EXPECT_EQ(seen[kA].sequence, 0U);
  EXPECT_THAT(seen[kA].states, ::testing::Not(Contains("live")));
}

}  // namespace
}  // namespace tickgate::gateway
