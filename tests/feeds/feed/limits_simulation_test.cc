// SPDX-License-Identifier: Apache-2.0
// Two feeds of one venue that limits, bans and refuses by seed, in virtual time: what it permits is
// kept, its bans are sat out, and everything it would give is had in the end.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>

#include "feeds/feed/feed.h"
#include "tests/support/seeds.h"
#include "tests/support/toy_venue.h"

namespace tickgate::feeds {
namespace {

using schemas::Channel;
using schemas::State;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Monotonic kStep = milliseconds(50);
constexpr Monotonic kTroubled = seconds(300), kCalm = seconds(300);
constexpr std::size_t kSymbols = 7, kAttempts = 20;
constexpr seconds kAttemptsWithin{60};

// The venue's side of both feeds: what it counts by address, and its dice.
struct Venue {
  explicit Venue(std::uint64_t seed) : random(seed) {
    books_per_connection = 1 + random() % kSymbols;
    bans = random() % 2 == 0;
    refuses = random() % 2 == 0;
    loses = random() % 2 == 0;
  }
  bool happens(bool kind, unsigned one_in) { return kind && troubled && random() % one_in == 0; }
  bool banned() const { return now.steady < banned_until; }
  void ban() {
    const auto wait = seconds(10 + random() % 60);
    banned_until = std::max(banned_until, now.steady + wait);
  }
  seconds left() const {
    return std::chrono::ceil<seconds>(std::max(Monotonic{}, banned_until - now.steady));
  }

  std::mt19937_64 random;
  std::size_t books_per_connection;
  bool bans, refuses, loses, troubled = true;
  Moment now;
  Monotonic banned_until{};
  Monotonic told{};  // when the last ban was told to somebody
  std::deque<Monotonic> attempts;
  std::uint64_t hash = 0;
  std::size_t learned = 0, sat_out = 0, refused = 0;
};

// One connection to it. Everything is answered at the next step.
class Socket final : public FeedIo {
 public:
  Socket(Venue& venue, Connection& connection, std::vector<Socket*>& all)
      : venue_(venue), connection_(connection), all_(all) {
    all_.push_back(this);
  }
  ~Socket() override { std::erase(all_, this); }

  void connect(const std::string&) override {
    auto& attempts = venue_.attempts;
    attempts.push_back(venue_.now.steady);
    while (venue_.now.steady - attempts.front() >= kAttemptsWithin) attempts.pop_front();
    EXPECT_LE(attempts.size(), kAttempts) << "more attempts than permitted";
    EXPECT_FALSE(knows_of_ban()) << "an attempt during a ban";
    note(1);
    reset();
    phase_ = Phase::kOpening;
  }
  void send(std::string text) override {
    note(text.size());
    waiting_.push_back(std::move(text));
  }
  void close() override { reset(); }
  void fetch(const std::string& url) override {
    EXPECT_FALSE(knows_of_ban()) << "a request during a ban";
    fetches_.push_back(url);
  }

  void step() {
    if (phase_ == Phase::kOpening) return open();
    if (phase_ != Phase::kUp) return;
    if (venue_.happens(venue_.loses, 2000)) {
      reset();
      return connection_.on_disconnected({ReconnectReason::kClosed, "closed"}, venue_.now);
    }
    while (!fetches_.empty() && phase_ == Phase::kUp) answer_fetch();
    while (!waiting_.empty() && phase_ == Phase::kUp) answer();
    if (phase_ == Phase::kUp && venue_.now.steady.count() % 1'000'000 == 0) speak();
  }

 private:
  enum class Phase : std::uint8_t { kClosed, kOpening, kUp };

  void note(std::uint64_t what) { venue_.hash = (venue_.hash ^ what) * 1099511628211U; }
  // It was told to somebody before now.
  bool knows_of_ban() const { return venue_.banned() && venue_.told < venue_.now.steady; }
  void reset() {
    phase_ = Phase::kClosed;
    waiting_.clear();
    fetches_.clear();
    granted_.clear();
  }
  void open() {
    if (venue_.happens(venue_.bans, 10)) venue_.ban();
    if (venue_.banned()) {
      reset();
      venue_.told = venue_.now.steady;
      ++venue_.sat_out;
      return connection_.on_disconnected({ReconnectReason::kRefused, "429", venue_.left()},
                                         venue_.now);
    }
    phase_ = Phase::kUp;
    connection_.on_connected(venue_.now);
  }
  void answer_fetch() {
    const auto url = std::move(fetches_.front());
    fetches_.pop_front();
    if (venue_.happens(venue_.bans, 20)) venue_.ban();
    if (!venue_.banned()) return connection_.on_http({url, 200, "", seconds(0)}, venue_.now);
    venue_.told = venue_.now.steady;
    ++venue_.sat_out;
    connection_.on_http({url, 429, "", venue_.left()}, venue_.now);
  }
  void answer() {
    const auto text = std::move(waiting_.front());
    waiting_.pop_front();
    const auto index = text.substr(text.find(' ') + 1, 1);
    if (text.starts_with("ask")) {                    // "ask I trade"
      if (venue_.happens(venue_.refuses, 3)) return;  // not a word
      if (venue_.happens(venue_.refuses, 3)) {
        ++venue_.refused;
        return tell(fmt::format("ref {} trade no", index));
      }
      return tell(fmt::format("ack {} trade", index));
    }
    if (!granted_.contains(index) && granted_.size() >= venue_.books_per_connection) {
      ++venue_.learned;
      return tell("full " + index);
    }
    if (venue_.happens(venue_.refuses, 5)) return tell(fmt::format("ref {} book no", index));
    granted_.insert(index);
    tell(fmt::format("ack {} book", index));
    if (phase_ == Phase::kUp) tell(fmt::format("snap {} 1 1", index));
  }
  void speak() {
    tell("hb");
    if (phase_ == Phase::kUp) connection_.on_bytes(1, venue_.now);
  }
  void tell(const std::string& frame) {
    connection_.on_bytes(frame.size(), venue_.now);
    connection_.on_text(frame, venue_.now);
  }

  Venue& venue_;
  Connection& connection_;
  std::vector<Socket*>& all_;
  Phase phase_ = Phase::kClosed;
  std::deque<std::string> waiting_, fetches_;
  std::set<std::string> granted_;
};

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed) : venue(seed) {
    facts_.limits = {.sends_per_second = 50,
                     .send_burst = 50,
                     .fetch_weight_per_second = 10,
                     .fetch_weight_burst = 100,
                     .connects = kAttempts,
                     .connects_within = kAttemptsWithin};
    for (std::size_t f = 0; f < 2; ++f) {
      FeedOptions options;
      options.name = options.venue = "toy";
      options.seed = seed + f + 1;
      options.stale_after = std::chrono::hours(12);  // whose silence is another test's concern
      for (std::size_t i = 0; i < kSymbols; ++i) {
        options.pairs.push_back(fmt::format("{}{}-USD", f == 0 ? 'P' : 'Q', i));
      }
      ConnectionMakers make;
      make.adapter = [this](AdapterEvents& events, const std::vector<std::string>& pairs) {
        auto adapter = std::make_unique<ToyAdapter>(pairs, registry_, events, facts_);
        adapter->channels = {Channel::kTrade};
        adapter->period = seconds(5);
        return adapter;
      };
      make.io = [this](Connection& connection) {
        return std::make_unique<Socket>(venue, connection, sockets_);
      };
      feeds_[f].emplace(options, sinks_[f], registry_, make, FeedSurroundings{&budgets_, nullptr});
    }
  }

  void run() {
    venue.now = now();
    for (auto& feed : feeds_) feed->start(now());
    for (const auto end = steady_ + kTroubled + kCalm; steady_ < end; steady_ += kStep) {
      venue.now = now();
      venue.troubled = steady_ < end - kCalm;
      for (std::size_t i = 0; i < sockets_.size(); ++i) sockets_[i]->step();
      for (auto& feed : feeds_) feed->advance(now());
      if (::testing::Test::HasFailure()) return;
    }
    for (std::size_t f = 0; f < 2; ++f) {
      EXPECT_EQ(sinks_[f].states.size(), kSymbols);
      for (const auto& [id, state] : sinks_[f].states) {
        EXPECT_EQ(state, State::kLive) << id << " " << sinks_[f].reasons[id];
        EXPECT_EQ(sinks_[f].notes[id].find("missing"), std::string::npos) << sinks_[f].notes[id];
      }
      EXPECT_EQ(feeds_[f]->state(), FeedState::kLive);
      for (const auto& one : feeds_[f]->status().connections) {
        EXPECT_LE(one.symbols, venue.books_per_connection);
      }
    }
  }

  Venue venue;

 private:
  Moment now() const { return {schemas::Timestamp(steady_.count()), steady_}; }

  VenueFacts facts_{.name = "toy", .make_before_break = false};
  schemas::InstrumentRegistry registry_;
  HostBudgets budgets_;
  std::vector<Socket*> sockets_;
  std::array<LineSink, 2> sinks_;
  std::array<std::optional<Feed>, 2> feeds_;
  Monotonic steady_ = seconds(1'000);
};

TEST(LimitsSimulation, WhateverTheVenueLimitsIsKeptAndWhatItGivesIsHad) {
  std::size_t learned = 0, sat_out = 0, refused = 0;
  const auto count = testing::for_each_seed(20, [&](std::uint64_t seed) {
    Simulation one(seed);
    one.run();
    if (seed % 8 == 0 && !::testing::Test::HasFailure()) {
      Simulation again(seed);
      again.run();
      EXPECT_EQ(one.venue.hash, again.venue.hash);
    }
    learned += one.venue.learned;
    sat_out += one.venue.sat_out;
    refused += one.venue.refused;
  });
  if (count < 20) return;
  EXPECT_GT(learned, 50U);
  EXPECT_GT(sat_out, 20U);
  EXPECT_GT(refused, 20U);
}

}  // namespace
}  // namespace tickgate::feeds
