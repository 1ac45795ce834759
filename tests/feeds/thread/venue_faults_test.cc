// SPDX-License-Identifier: Apache-2.0
// The real adapters, feeds, TLS and rings against a venue that does wrong: what came out of the
// ring, and what the counters said.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <map>
#include <thread>

#include "absl/strings/str_cat.h"
#include "feeds/thread/feed_thread.h"
#include "feeds/venues/binance.h"
#include "feeds/venues/coinbase.h"
#include "feeds/venues/kraken.h"
#include "tests/support/fake_venue.h"

namespace tickgate::feeds {
namespace {

using schemas::State;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Dialect;
using testing::FakeVenue;
using testing::Fault;
using testing::Identity;

constexpr seconds kDeadline{30};  // generous: a busy machine is not a fault

// What a shard would see, with the promises that hold whatever the venue does.
class Shard {
 public:
  void on_instrument(const schemas::Instrument& instrument) {
    names_[instrument.id.value()] = instrument.symbol.substr(instrument.symbol.find(':') + 1);
  }
  void on_tick(const schemas::InstrumentStatus& status) {
    auto& one = of(status.header);
    // What is noted beside it may change.
    if (one.states.empty() || one.states.back() != status.state) one.states.push_back(status.state);
    one.reason = std::string(status.reason.view());
  }
  void on_tick(const schemas::Quote& quote) { price(quote.header); }
  void on_tick(const schemas::Bar&) {}
  void on_tick(const schemas::Book& book) {
    auto& one = price(book.header);
    EXPECT_GE(book.bid_count, 10U) << "a book is whole or not at all";
    std::uint64_t newest = 0;
    for (const auto& level : book.bid_levels()) {
      newest = std::max(newest, static_cast<std::uint64_t>(level.size.value().mantissa));
    }
    EXPECT_GE(newest, one.newest) << "backwards";
    one.newest = newest;
    ++one.books;
  }
  void on_tick(const schemas::Trade&) {}
  void on_tick(const schemas::Ticker&) {}
  void on_removed(const schemas::Instrument&, schemas::Timestamp) {}
  void on_epoch(const Epoch&) {}
  void on_forgotten(const Forgotten&) {}
  void on_trade_gap(const schemas::TradeGap&) {}

  struct Seen {
    std::vector<State> states;
    std::string reason;
    std::uint64_t newest = 0;  // update that a book showed
    std::uint64_t books = 0;
    std::uint64_t last_sequence = 0;
  };
  Seen& operator[](const std::string& pair) { return seen_[pair]; }

 private:
  Seen& of(const schemas::TickHeader& header) { return seen_[names_[header.instrument.value()]]; }
  Seen& price(const schemas::TickHeader& header) {
    auto& one = of(header);
    const auto state = one.states.empty() ? State::kDown : one.states.back();
    EXPECT_TRUE(state == State::kLive || state == State::kStale || state == State::kHalted)
        << "a price while " << name(state);
    return one;
  }

  std::map<std::uint32_t, std::string> names_;
  std::map<std::string, Seen> seen_;
};

class VenueFaults : public ::testing::Test {
 protected:
  // `url`: in place of the fake venue's.
  void start(FakeVenue::Options options, const std::string& url = "") {
    venue.emplace(options);
    FeedSettings settings;
    settings.options.name = "fake";
    settings.options.pairs = settings.adapter.pairs = options.pairs;
    settings.options.stale_after = milliseconds(2000);
    settings.options.idle_timeout = seconds(4);
    settings.options.ack_timeout = seconds(3);
    settings.options.backoff = {milliseconds(100), milliseconds(1000), seconds(60)};
    settings.options.seed = 1;
    if (planned.count() > 0) settings.options.planned_reconnect = planned;
    settings.adapter.websocket_url = url.empty() ? venue->websocket_url() : url;
    settings.adapter.rest_url = venue->rest_url();
    settings.ca_file = venue->ca_file();
    switch (options.dialect) {
      case Dialect::kKraken:
        settings.options.venue = "kraken";
        settings.make_adapter = kraken::make_adapter;
        break;
      case Dialect::kBinance:
        settings.options.venue = "binance";
        settings.make_adapter = binance::make_adapter;
        break;
      case Dialect::kCoinbase:
        settings.options.venue = "coinbase";
        settings.make_adapter = coinbase::make_adapter;
        break;
    }
    const std::vector<ShardLink> links{{&ring, &bell}};
    thread.emplace(std::vector<FeedSettings>{settings}, registry, links);
    ASSERT_TRUE(thread->start().ok());
  }
  void start_live(Dialect dialect) {
    start({.dialect = dialect});
    ASSERT_TRUE(until([&] { return is(kA, State::kLive) && is(kB, State::kLive); }));
    ASSERT_TRUE(until([&] { return shard[kA].books > 5 && shard[kB].books > 5; }));
    // The feed's own state follows at its next tick.
    ASSERT_TRUE(until([&] { return thread->feed(0).status().reason.empty(); }));
    shard[kA].states = shard[kB].states = {State::kLive};
  }

  // Reads the ring until it is so; false after the deadline.
  template <class Predicate>
  bool until(Predicate predicate, std::chrono::steady_clock::duration deadline = kDeadline) {
    const auto end = std::chrono::steady_clock::now() + deadline;
    while (true) {
      ring.drain(shard);
      if (predicate()) return true;
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(milliseconds(2));
    }
  }
  bool is(const std::string& pair, State state) {
    return !shard[pair].states.empty() && shard[pair].states.back() == state;
  }
  bool was(const std::string& pair, State state) {
    return std::ranges::find(shard[pair].states, state) != shard[pair].states.end();
  }
  // It was `state` and is live again, with newer books than before.
  bool mended(const std::string& pair, State state) {
    return until([&] { return was(pair, state) && is(pair, State::kLive); }) && goes_on(pair);
  }
  bool goes_on(const std::string& pair) {
    const auto before = shard[pair].newest;
    return until([&] { return shard[pair].newest > before + 5; });
  }
  std::uint64_t anomalies(Anomaly anomaly) {
    return thread->feed(0).counters().anomalies[static_cast<std::size_t>(anomaly)].value();
  }
  std::uint64_t reconnects(ReconnectReason reason) {
    return thread->feed(0).counters().reconnects[static_cast<std::size_t>(reason)].value();
  }
  std::uint64_t all_reconnects() {
    std::uint64_t sum = 0;
    for (const auto& one : thread->feed(0).counters().reconnects) sum += one.value();
    return sum;
  }
  // One instrument recovered on the same connection; the other never noticed.
  void expect_only_a_recovered() {
    EXPECT_TRUE(mended(kA, State::kRecovering));
    EXPECT_THAT(shard[kB].states, ::testing::ElementsAre(State::kLive));
    EXPECT_TRUE(goes_on(kB));
    EXPECT_EQ(all_reconnects(), 0U);
    EXPECT_GE(thread->feed(0).counters().resyncs.value(), 1U);
    EXPECT_GE(venue->snapshots(kA), 2U);
    EXPECT_EQ(venue->snapshots(kB), 1U);
  }
  void expect_nobody_noticed() {
    EXPECT_TRUE(goes_on(kA));
    EXPECT_TRUE(goes_on(kB));
    EXPECT_THAT(shard[kA].states, ::testing::ElementsAre(State::kLive));
    EXPECT_THAT(shard[kB].states, ::testing::ElementsAre(State::kLive));
    EXPECT_EQ(all_reconnects(), 0U);
  }
  // Its planned end is made before break: nobody notices.
  void expect_replaced(Dialect dialect) {
    planned = seconds(2);
    start_live(dialect);
    EXPECT_TRUE(until([&] { return reconnects(ReconnectReason::kPlanned) >= 1; }));
    EXPECT_GE(venue->upgrades(), 2U);
    EXPECT_TRUE(goes_on(kA));
    EXPECT_TRUE(goes_on(kB));
    EXPECT_THAT(shard[kA].states, ::testing::ElementsAre(State::kLive));
    EXPECT_THAT(shard[kB].states, ::testing::ElementsAre(State::kLive));
    EXPECT_EQ(all_reconnects(), reconnects(ReconnectReason::kPlanned));
  }
  void expect_both_were(State state) {
    EXPECT_TRUE(mended(kA, state));
    EXPECT_TRUE(mended(kB, state));
  }

  const std::string kA = "BTC-USD", kB = "ETH-USD";
  seconds planned{0};  // end of a connection; 0: as configured by default
  std::optional<FakeVenue> venue;
  schemas::InstrumentRegistry registry;
  TickRing ring{std::size_t{1} << 20U};
  Doorbell bell;
  Shard shard;
  std::optional<FeedThread> thread;  // goes first
};

TEST_F(VenueFaults, AFailedChecksumIsResyncedAlone) {
  start_live(Dialect::kKraken);
  venue->inject(Fault::kWrongChecksum, kA);
  expect_only_a_recovered();
  EXPECT_EQ(anomalies(Anomaly::kChecksumFailed), 1U);
  EXPECT_GT(thread->feed(0).counters().checksums_verified.value(), 10U);
}

TEST_F(VenueFaults, AChecksumFindsALostUpdate) {
  start_live(Dialect::kKraken);
  venue->inject(Fault::kGap, kA);
  expect_only_a_recovered();
  EXPECT_EQ(anomalies(Anomaly::kChecksumFailed), 1U);
}

TEST_F(VenueFaults, AMalformedFrameIsCountedAndChangesNothing) {
  start_live(Dialect::kKraken);
  venue->inject(Fault::kMalformedJson, kA);
  EXPECT_TRUE(until([&] { return anomalies(Anomaly::kParseError) == 1; }));
  expect_nobody_noticed();
}

TEST_F(VenueFaults, ATruncatedFrameCostsAResync) {
  start_live(Dialect::kKraken);
  venue->inject(Fault::kTruncatedJson, kA);
  expect_only_a_recovered();
  EXPECT_EQ(anomalies(Anomaly::kParseError), 1U);
}

TEST_F(VenueFaults, AFloodOfGarbageEndsTheConnection) {
  start_live(Dialect::kKraken);
  venue->inject(Fault::kGarbageFlood, kA);
  expect_both_were(State::kDown);
  EXPECT_EQ(reconnects(ReconnectReason::kParseErrors), 1U);
}

TEST_F(VenueFaults, SilenceIsStaleThenANewConnection) {
  start_live(Dialect::kKraken);
  venue->inject(Fault::kSilence, kA);
  EXPECT_TRUE(until([&] { return was(kA, State::kStale) && was(kB, State::kStale); }));
  expect_both_were(State::kDown);
  EXPECT_GE(reconnects(ReconnectReason::kIdle), 1U);
}

TEST_F(VenueFaults, ASlowDripIsWaitedFor) {
  start_live(Dialect::kKraken);
  venue->inject(Fault::kSlowDrip, kA);
  expect_nobody_noticed();
}

TEST_F(VenueFaults, AnAbruptCloseIsAReconnect) {
  start_live(Dialect::kKraken);
  venue->inject(Fault::kAbruptClose, kA);
  expect_both_were(State::kDown);
  EXPECT_EQ(reconnects(ReconnectReason::kClosed), 1U);
  EXPECT_EQ(venue->upgrades(), 2U);
}

TEST_F(VenueFaults, ARefusedSubscriptionLeavesTheOthersAlone) {
  start({.dialect = Dialect::kKraken, .refused = {kB}});
  EXPECT_TRUE(until([&] { return is(kA, State::kLive); }));
  EXPECT_TRUE(until([&] { return shard[kB].reason.starts_with("refused: "); }));
  EXPECT_EQ(shard[kB].states.back(), State::kDown);
  EXPECT_EQ(shard[kB].books, 0U);
  EXPECT_TRUE(goes_on(kA));
  EXPECT_GE(thread->feed(0).counters().refused.value(), 1U);
}

TEST_F(VenueFaults, ACertificateForAnotherNameIsNotBelieved) {
  start({.identity = Identity::kWrongName});
  EXPECT_TRUE(until([&] { return reconnects(ReconnectReason::kTls) >= 2; }));
  EXPECT_TRUE(until([&] { return shard[kA].reason.find("tls: ") == 0; }));
  EXPECT_THAT(shard[kA].reason, ::testing::HasSubstr("not for localhost"));
  EXPECT_EQ(venue->upgrades(), 0U);
  EXPECT_EQ(shard[kA].books, 0U);
}

TEST_F(VenueFaults, ACertificateOfAnUnknownAuthorityIsNotBelieved) {
  start({.identity = Identity::kUnknownAuthority});
  EXPECT_TRUE(until([&] { return reconnects(ReconnectReason::kTls) >= 2; }));
  EXPECT_TRUE(until([&] { return shard[kA].reason.find("subject") != std::string::npos; }));
  EXPECT_EQ(venue->upgrades(), 0U);
}

TEST_F(VenueFaults, WithoutTlsNobodyButThisHostIsSpokenTo) {
  start({}, "ws://192.0.2.1:9");
  EXPECT_TRUE(until([&] { return reconnects(ReconnectReason::kTls) >= 2; }));
  EXPECT_TRUE(
      until([&] { return shard[kA].reason == "tls: without TLS only to this host itself"; }));
}

TEST_F(VenueFaults, AClosedPortIsARefusal) {
  start({}, "wss://127.0.0.1:1");
  EXPECT_TRUE(until([&] { return reconnects(ReconnectReason::kRefused) >= 2; }));
  EXPECT_TRUE(until([&] { return shard[kA].reason.starts_with("refused: 127.0.0.1"); }));
}

TEST_F(VenueFaults, AStormOfClosedConnectionsIsMetWithBackoff) {
  start({.hangs_up = true});
  EXPECT_TRUE(until([&] { return venue->upgrades() >= 3; }));
  const auto before = venue->upgrades();
  const auto began = std::chrono::steady_clock::now();
  EXPECT_TRUE(until([&] { return venue->upgrades() >= before + 5; }));
  // From the third failure on a step is 400 ms or more, and full jitter leaves half of it.
  EXPECT_GT(std::chrono::steady_clock::now() - began, milliseconds(300));
  EXPECT_EQ(shard[kA].books, 0U);
  EXPECT_FALSE(was(kA, State::kLive));
}

TEST_F(VenueFaults, AGapIsMendedByTheSnapshotBesideTheStream) {
  start_live(Dialect::kBinance);
  venue->inject(Fault::kGap, kA);
  expect_only_a_recovered();
  EXPECT_EQ(anomalies(Anomaly::kGap), 1U);
}

TEST_F(VenueFaults, ADuplicateIsDroppedAndCounted) {
  start_live(Dialect::kBinance);
  venue->inject(Fault::kDuplicate, kA);
  EXPECT_TRUE(until([&] { return anomalies(Anomaly::kDuplicate) == 1; }));
  expect_nobody_noticed();
}

TEST_F(VenueFaults, OutOfOrderIsAGapNotAMixture) {
  start_live(Dialect::kBinance);
  venue->inject(Fault::kOutOfOrder, kA);
  expect_only_a_recovered();
  EXPECT_GE(anomalies(Anomaly::kGap), 1U);
}

TEST_F(VenueFaults, ARefusedFetchIsTriedAgainAfterTheVenuesTime) {
  start_live(Dialect::kBinance);
  const auto fetches = venue->fetches();
  venue->refuse_fetches(2);
  venue->inject(Fault::kGap, kA);
  expect_only_a_recovered();
  EXPECT_GE(venue->fetches(), fetches + 3);
}

TEST_F(VenueFaults, APauseThatTheVenueAskedForIsShownWhileItLasts) {
  start_live(Dialect::kBinance);
  const auto paused = [&] { return thread->feed(0).status().paused_until != schemas::kNoTime; };
  EXPECT_FALSE(paused());
  venue->refuse_fetches(1);
  venue->inject(Fault::kGap, kA);
  EXPECT_TRUE(until(paused));
  EXPECT_EQ(thread->feed(0).status().pause_reason, "HTTP 429");
  EXPECT_TRUE(until([&] { return !paused(); }));
  EXPECT_TRUE(mended(kA, State::kRecovering));
}

TEST_F(VenueFaults, APlannedEndGoesUnnoticedAtBinance) { expect_replaced(Dialect::kBinance); }
TEST_F(VenueFaults, APlannedEndGoesUnnoticedAtCoinbase) { expect_replaced(Dialect::kCoinbase); }
TEST_F(VenueFaults, APlannedEndGoesUnnoticedAtKraken) { expect_replaced(Dialect::kKraken); }

TEST_F(VenueFaults, ASixMegabyteFrameIsReadWhole) {
  start_live(Dialect::kCoinbase);
  const auto bytes = thread->feed(0).counters().bytes.value();
  venue->inject(Fault::kHugeFrame, kA);
  EXPECT_TRUE(until([&] { return thread->feed(0).counters().bytes.value() > bytes + 6'000'000; }));
  EXPECT_TRUE(goes_on(kA));
  EXPECT_TRUE(goes_on(kB));
  EXPECT_EQ(all_reconnects(), 0U);
  std::promise<std::size_t> depth;
  thread->with_book(registry.find("COINBASE:BTC-USD")->id, [&](const OrderBook* book) {
    depth.set_value(book == nullptr ? 0 : book->depth(BookSide::kBid));
  });
  EXPECT_GT(depth.get_future().get(), 60'000U);
}

TEST_F(VenueFaults, AGapInTheConnectionsSequenceIsANewConnection) {
  start_live(Dialect::kCoinbase);
  venue->inject(Fault::kGap, kA);
  EXPECT_TRUE(until([&] { return anomalies(Anomaly::kGap) >= 1; }));
  // Each was something else in between, however short.
  EXPECT_TRUE(until([&] { return shard[kA].states.size() > 1 && is(kA, State::kLive); }));
  EXPECT_TRUE(until([&] { return shard[kB].states.size() > 1 && is(kB, State::kLive); }));
  EXPECT_TRUE(goes_on(kA));
  EXPECT_TRUE(goes_on(kB));
}

}  // namespace
}  // namespace tickgate::feeds
