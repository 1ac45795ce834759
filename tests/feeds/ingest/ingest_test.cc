// SPDX-License-Identifier: Apache-2.0
// The whole ingest, with a server: what feeds say and what arrives.
#include "feeds/ingest/ingest.h"

#include <fmt/format.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "feeds/ingest/stored_words.h"
#include "feeds/nats/subject.h"
#include "tests/support/nats_peer.h"
#include "tests/support/test_ticks.h"

namespace tickgate::feeds {
namespace {

using namespace std::chrono_literals;
using schemas::InstrumentId;
using std::chrono::steady_clock;
using tickgate::testing::eventually;
using tickgate::testing::NatsPeer;
using tickgate::testing::NatsServer;
namespace make = tickgate::testing;

Beat::Moment steady_now() {
  return std::chrono::duration_cast<Beat::Moment>(steady_clock::now().time_since_epoch());
}

// An ingest with one feed thread, which beats, and says what the venue does.
class Site {
 public:
  // `venue`: how many trades it has made; every site says the same ones. `shard`: another that the
  // feed's thread has a ring to.
  Site(const std::string& url, const std::string& name, std::atomic<std::uint64_t>& venue,
       std::vector<ShardLink> shard = {})
      : venue_(venue) {
    IngestSettings settings;
    settings.nats = NatsPeer::quick(url);
    settings.name = name;
    settings.epoch = "EPOCH-OF-" + name;
    settings.bars = {schemas::Interval::k1m};
    settings.trades_bytes = 128U << 20U;
    settings.trades_waiting = 5'000;
    IngestHooks hooks;
    hooks.book = [](const std::string& symbol, std::uint32_t depth, const auto& answer) {
      answer(fmt::format(R"({{"type":"book","symbol":"{}","seq":5,"depth":{}}})", symbol, depth));
    };
    hooks.bars = [](InstrumentId, schemas::Interval, BarsAnswer answer) {
      answer(std::make_shared<const std::vector<schemas::Bar>>(2));
    };
    hooks.venues = [] { return std::string("[]"); };
    auto made = Ingest::make(std::move(settings), std::move(hooks));
    EXPECT_TRUE(made.ok()) << made.status();
    ingest = *std::move(made);
    shard.push_back(ingest->add_source());
    fan = std::make_unique<RingFan>(shard);
    publisher = std::make_unique<Publisher>(*fan);
    fan->attach(publisher->cache());
    ingest->watch(beat);
    for (int i = 0; i < 3; ++i) publisher->announce(registry.add("sim", fmt::format("A{}-USD", i)));
    for (std::uint32_t i = 0; i < 3; ++i) {
      publisher->set_state(InstrumentId(i), schemas::State::kLive, "", {});
    }
    ingest->start();
    feed = std::thread([this] { run(); });
  }
  ~Site() { end(); }

  void end() {
    stops = true;
    if (feed.joinable()) feed.join();
    ingest->stop();
  }
  ::testing::AssertionResult leads() {
    if (eventually([this] { return ingest->status().leading; }, 10s)) {
      return ::testing::AssertionSuccess();
    }
    return ::testing::AssertionFailure() << ingest->status().reason;
  }

  schemas::InstrumentRegistry registry;
  std::unique_ptr<Ingest> ingest;
  std::unique_ptr<RingFan> fan;
  std::unique_ptr<Publisher> publisher;
  Beat beat;
  std::atomic<bool> stops{false}, hangs{false};
  std::atomic<std::uint64_t> given{0};  // of what the venue has made
  std::thread feed;

 private:
  void run() {
    while (!stops) {
      if (!hangs) {
        for (const auto until = venue_.load(); given < until; ++given) trade(given + 1);
        fan->flush();
        beat.strike(steady_now());
      }
      std::this_thread::sleep_for(1ms);
    }
  }
  void trade(std::uint64_t id) {
    const InstrumentId instrument(static_cast<std::uint32_t>(id % 3));
    auto one = make::trade(registry.at(instrument), 0);
    one.header.venue_time = schemas::Timestamp{static_cast<std::int64_t>(id) * 1'000};
    one.header.receive_time =
        schemas::Timestamp{std::chrono::duration_cast<std::chrono::microseconds>(
                               std::chrono::system_clock::now().time_since_epoch())
                               .count()};
    const auto text = fmt::format("{}", id);
    one.id = std::string_view(text);
    publisher->publish(one);
    auto quote = make::quote(registry.at(instrument), 0);
    quote.bid = schemas::Price({static_cast<std::int64_t>(id), 0});
    publisher->publish(quote);
  }

  std::atomic<std::uint64_t>& venue_;
};

class IngestTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!NatsServer::is_there()) GTEST_SKIP() << NatsServer::kMissing;
    server = std::make_unique<NatsServer>();
    peer = std::make_unique<NatsPeer>(server->url());
    ASSERT_TRUE(peer->is_connected());
    peer->follow("tickgate.v1.>");
  }
  void TearDown() override {
    peer.reset();
    server.reset();
  }
  // A venue trades so often, until the test ends it.
  void trade_until(const std::function<bool()>& done, std::chrono::seconds patience = 30s) {
    const auto deadline = steady_clock::now() + patience;
    while (!done()) {
      ASSERT_LT(steady_clock::now(), deadline);
      venue += 2;
      std::this_thread::sleep_for(1ms);
    }
  }

  // What arrived of trades, by instrument: numbers without a hole or a double, and ids likewise.
  // With gaps: only those trades may be missing that a gap has the number of.
  void expect_each_trade_once() {
    WordReader reader;
    std::map<std::string, std::map<std::uint64_t, StoredWord>> told;
    for (const auto& line : peer->received()) {
      const auto text = line.substr(line.find(' ') + 1);
      const auto word = reader.stored(text);
      if (!word || (word->kind != StoredWord::Kind::kTrade && word->kind != StoredWord::Kind::kGap))
        continue;
      told[word->symbol].try_emplace(word->number, *word);  // of doubles the first, as an edge does
    }
    ASSERT_EQ(told.size(), 3U);
    for (const auto& [symbol, all] : told) {
      std::uint64_t before = 0, id_before = 0;
      for (const auto& [number, word] : all) {
        ASSERT_EQ(word.kind, StoredWord::Kind::kTrade) << symbol << " " << number;
        const auto id = std::stoull(std::string(word.trade.id.view()));
        if (before != 0) {
          ASSERT_EQ(number, before + 1) << symbol;
          ASSERT_EQ(id, id_before + 3) << symbol << " " << number;
        }
        before = number;
        id_before = id;
      }
    }
  }
  static std::uint64_t newest_id(const std::string& text) {
    WordReader reader;
    const auto word = reader.stored(text);
    const bool trade = word.has_value() && word->kind == StoredWord::Kind::kTrade;
    return trade ? std::stoull(std::string(word->trade.id.view())) : 0;
  }
  // What is stored: gaps there may be, but no number that nobody speaks of.
  void expect_numbers_without_a_hole(const std::string& stream) {
    WordReader reader;
    std::map<std::string, std::uint64_t> last;
    std::size_t gaps = 0;
    ReadSpec spec;
    spec.stream = stream;
    spec.subject = "tickgate.v1.>";
    spec.from = ReadSpec::From::kFirst;
    std::vector<std::string> texts;
    const auto done = peer->client->read(
        spec, [&](const NatsClient::Message& message) { texts.emplace_back(message.payload); });
    EXPECT_TRUE(done.ok()) << done;
    for (const auto& text : texts) {
      const auto word = reader.stored(text);
      ASSERT_TRUE(word.has_value()) << text;
      auto& number = last[word->symbol];
      if (word->kind == StoredWord::Kind::kGap) {
        ++gaps;
        number = word->number;
        continue;
      }
      if (number != 0 && word->number > number) {
        EXPECT_EQ(word->number, number + 1) << word->symbol;
      }
      number = std::max(number, word->number);
    }
    EXPECT_EQ(last.size(), 3U);
    EXPECT_GE(gaps, 3U);
  }
  std::size_t count(const std::string& subject) const {
    const auto all = peer->received();
    return static_cast<std::size_t>(std::count_if(
        all.begin(), all.end(), [&](const auto& line) { return line.starts_with(subject + " "); }));
  }

  std::unique_ptr<NatsServer> server;
  std::unique_ptr<NatsPeer> peer;
  std::atomic<std::uint64_t> venue{0};
};

TEST_F(IngestTest, WhatFeedsSayArrivesAndIsStored) {
  Site site(server->url(), "a", venue);
  ASSERT_TRUE(site.leads());
  trade_until([&] { return count("tickgate.v1.trade.SIM.A0-USD") > 20; });
  EXPECT_TRUE(eventually([&] { return count("tickgate.v1.heartbeat") > 2; }));
  EXPECT_TRUE(eventually([&] { return count("tickgate.v1.venues") > 0; }));
  expect_each_trade_once();
  NatsPeer late(server->url());
  ASSERT_TRUE(late.is_connected());
  ReadSpec spec;
  spec.stream = "TICKGATE_V1_LAST";
  spec.subject = "tickgate.v1.>";
  ASSERT_TRUE(late.client->read(spec, late.keep()).ok());
  std::string all;
  for (const auto& line : late.received()) all += line + "\n";
  for (const auto* const topic : {"instrument", "status", "quote"}) {
    EXPECT_THAT(all, ::testing::HasSubstr(fmt::format("tickgate.v1.{}.SIM.A1-USD ", topic)));
  }
  EXPECT_THAT(all, ::testing::HasSubstr(R"("epoch":"EPOCH-OF-a","fence":)"));
}

TEST_F(IngestTest, QuestionsAreAnswered) {
  Site site(server->url(), "a", venue);
  ASSERT_TRUE(site.leads());
  ASSERT_TRUE(eventually([&] { return count("tickgate.v1.heartbeat") > 0; }));
  const auto ask = [&](const std::string& subject, const std::string& question) {
    const auto answer = peer->client->request(subject, question, 2s);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? *answer : "";
  };
  EXPECT_THAT(ask("tickgate.v1.ask.book", R"({"symbol":"SIM:A1-USD","depth":7})"),
              ::testing::HasSubstr(R"("seq":5,"depth":7,"epoch":"EPOCH-OF-a","fence":)"));
  EXPECT_THAT(ask("tickgate.v1.ask.bars", R"({"symbol":"SIM:A1-USD","interval":"1h"})"),
              ::testing::StartsWith(R"({"bars":[{"type":"bar","symbol":"SIM:A1-USD")"));
  EXPECT_THAT(ask("tickgate.v1.ask.book", R"({"symbol":"SIM:NONE","depth":7})"),
              ::testing::HasSubstr(R"("code":"unknown_symbol")"));
  EXPECT_THAT(ask("tickgate.v1.ask.bars", "nonsense"),
              ::testing::HasSubstr(R"("code":"bad_request")"));
}

TEST_F(IngestTest, WhenTheLeaderEndsTheOtherTakesOverAndNoTradeIsLostOrDouble) {
  auto first = std::make_unique<Site>(server->url(), "a", venue);
  ASSERT_TRUE(first->leads());
  Site second(server->url(), "b", venue);
  ASSERT_TRUE(eventually([&] { return second.ingest->status().leader == "a"; }))
      << second.ingest->status().leader;
  trade_until([&] { return count("tickgate.v1.trade.SIM.A0-USD") > 50; });
  std::thread ending([&] { first->end(); });
  trade_until([&] { return second.ingest->status().leading; });
  ending.join();
  const auto before = count("tickgate.v1.trade.SIM.A0-USD");
  trade_until([&] { return count("tickgate.v1.trade.SIM.A0-USD") > before + 50; });
  EXPECT_EQ(second.ingest->status().epoch, "EPOCH-OF-a");
  expect_each_trade_once();
}

// Its thread of feeds hangs: it neither renews nor gives a sign of life, and another goes on.
TEST_F(IngestTest, WhenTheLeadersFeedHangsTheOtherTakesOver) {
  Site first(server->url(), "a", venue);
  ASSERT_TRUE(first.leads());
  Site second(server->url(), "b", venue);
  trade_until([&] { return count("tickgate.v1.trade.SIM.A0-USD") > 50; });
  first.hangs = true;
  trade_until([&] { return second.ingest->status().leading; });
  first.hangs = false;
  EXPECT_TRUE(eventually([&] { return !first.ingest->status().leading; }));
  const auto before = count("tickgate.v1.trade.SIM.A0-USD");
  trade_until([&] { return count("tickgate.v1.trade.SIM.A0-USD") > before + 50; });
  expect_each_trade_once();
}

TEST_F(IngestTest, AStreamThatIsDeletedIsMadeAgainWithAllValues) {
  Site site(server->url(), "a", venue);
  ASSERT_TRUE(site.leads());
  trade_until([&] { return count("tickgate.v1.heartbeat") > 2; });
  for (const auto* const stream : {"TICKGATE_V1_LAST", "TICKGATE_V1_TRADES"}) {
    const auto gone =
        peer->client->request(fmt::format("$JS.API.STREAM.DELETE.{}", stream), "", 2s);
    ASSERT_TRUE(gone.ok()) << gone.status();
  }
  EXPECT_TRUE(eventually([&] {
    const auto last = peer->client->stream_info("TICKGATE_V1_LAST");
    const auto trades = peer->client->stream_info("TICKGATE_V1_TRADES");
    return last.ok() && last->subjects >= 10 && trades.ok() && trades->subjects == 3;
  }));
  EXPECT_EQ(site.ingest->counters().streams_made.value(), 4U);
  trade_until([&] { return venue > 1'000; });
  expect_each_trade_once();
}

TEST_F(IngestTest, AServerThatIsKilledIsGivenAllWhenItIsBack) {
  Site site(server->url(), "a", venue);
  ASSERT_TRUE(site.leads());
  trade_until([&] { return count("tickgate.v1.trade.SIM.A0-USD") > 50; });
  server->kill();
  EXPECT_TRUE(eventually([&] { return !site.ingest->status().connected; }));
  EXPECT_NE(site.ingest->status().reason, "");
  for (int i = 0; i < 500; ++i) {
    ++venue;
    std::this_thread::sleep_for(1ms);
  }
  server->start();
  ASSERT_TRUE(peer->is_told(NatsClient::Change::kConnected, 2));
  trade_until([&] { return site.ingest->status().leading && site.ingest->status().connected; });
  const auto before = count("tickgate.v1.trade.SIM.A0-USD");
  trade_until([&] { return count("tickgate.v1.trade.SIM.A0-USD") > before + 50; });
  EXPECT_EQ(site.ingest->status().epoch, "EPOCH-OF-a");
  EXPECT_EQ(site.ingest->counters().trades_lost.value(), 0U);
  // Who came back later than the ingest has the rest from the stream.
  ReadSpec spec;
  spec.stream = "TICKGATE_V1_TRADES";
  spec.subject = "tickgate.v1.>";
  spec.from = ReadSpec::From::kFirst;
  ASSERT_TRUE(peer->client->read(spec, peer->keep()).ok());
  expect_each_trade_once();
}

// What another shard of the same feed gets: every trade.
struct EveryTrade {
  std::map<std::uint32_t, std::uint64_t> last;
  void on_instrument(const schemas::Instrument&) {}
  void on_removed(const schemas::Instrument&, schemas::Timestamp) {}
  void on_trade_gap(const schemas::TradeGap&) { ADD_FAILURE() << "a gap"; }
  void on_tick(const schemas::Trade& trade) {
    auto& number = last[trade.header.instrument.value()];
    EXPECT_EQ(trade.header.sequence.value(), ++number);
  }
  template <typename Other>
  void on_tick(const Other&) {}
  void on_forgotten(const Forgotten&) {}
  void on_epoch(const Epoch&) {}
};

// The server stands still while trades go on as fast as they can. The pen holds what it holds, and
// the rest is a gap; another shard of the feed's thread has every trade.
TEST_F(IngestTest, AServerThatFreezesCostsABoundAndOthersNothing) {
  peer->unfollow();
  TickRing ring(std::size_t{8} << 20U);
  Doorbell bell;
  LinkCounters no_room;
  Site site(server->url(), "a", venue, {{&ring, &bell, &no_room}});
  ASSERT_TRUE(site.leads());
  EveryTrade shard;
  const auto trade_until_it = [&](const std::function<bool()>& is_so) {
    return eventually([&] {
      if (site.given == venue) venue += 200;
      ring.drain(shard);
      return is_so();
    });
  };
  const auto& counters = site.ingest->counters();
  const auto& published = counters.published[static_cast<std::size_t>(schemas::Channel::kTrade)];
  ASSERT_TRUE(trade_until_it([&] { return published.value() > 1'000; }));
  server->freeze();
  EXPECT_TRUE(trade_until_it([&] { return !site.ingest->status().connected; }));
  EXPECT_TRUE(trade_until_it([&] { return counters.trades_lost.value() > 5'000; }));
  server->go_on();
  EXPECT_TRUE(trade_until_it([&] {
    const auto status = site.ingest->status();
    return status.connected && status.leading;
  }));
  const auto before = published.value();
  EXPECT_TRUE(trade_until_it([&] { return published.value() > before + 10'000; }));
  EXPECT_EQ(no_room.trades_lost.value(), 0U);
  const auto end = venue.load();
  EXPECT_TRUE(eventually([&] {
    const auto stored =
        peer->client->last_stored("TICKGATE_V1_TRADES", "tickgate.v1.trade.SIM.A0-USD", 400ms);
    return stored.ok() && newest_id(stored->payload) + 3 > end;
  }));
  expect_numbers_without_a_hole("TICKGATE_V1_TRADES");
}

}  // namespace
}  // namespace tickgate::feeds
