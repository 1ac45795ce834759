// SPDX-License-Identifier: Apache-2.0
// A feed of two lines under seeded loss, delay, duplication and cuts, in virtual time: nothing
// reaches a client that one line would have been enough to avoid.
#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "feeds/feed/feed.h"
#include "tests/support/line_troubles.h"
#include "tests/support/seeds.h"
#include "tests/support/toy_venue.h"

namespace tickgate::feeds {
namespace {

using schemas::State;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Monotonic kStep = milliseconds(25);
// Of trouble, in a seed.
constexpr int kTurns = 2;
// After which its pace of connecting, and of asking for books, is over: a line is whole.
constexpr Monotonic kMended = seconds(65);

// Whether books are numbered over all connections, or a spare stands by.
enum class Kind : std::uint8_t { kNumbered, kSpare };

class Client final : public TickSink {
 public:
  explicit Client(LineTruth& truth) : truth_(truth) {}

  void on_instrument(const schemas::Instrument&) override {}
  void on_tick(const schemas::Quote& quote) override {
    price(quotes, quote.header, quote.bid.value());
  }
  void on_tick(const schemas::Book& book) override {
    price(values, book.header, book.bids[0].price.value());
  }
  void on_tick(const schemas::Ticker&) override {}
  void on_tick(const schemas::Bar&) override {}
  void on_tick(const schemas::Trade& trade) override {
    const auto pair = trade.header.instrument.value();
    const auto id = static_cast<std::uint64_t>(trade.price.value().mantissa);
    auto& last = trades[pair];
    EXPECT_GT(id, last) << "twice, or backwards";
    for (auto missed = last + 1; last != 0 && missed < id; ++missed) {
      EXPECT_FALSE(truth_.brought[pair].contains(missed)) << "a line had " << missed;
      EXPECT_TRUE(gaps_[pair]) << "lost without a gap: " << missed;
    }
    EXPECT_FALSE(gaps_[pair] && id == last + 1) << "a gap of nothing";
    gaps_[pair] = false;
    last = id;
  }
  void on_trade_gap(const schemas::TradeGap& gap) override {
    gaps_[gap.instrument.value()] = true;
    lost += gap.to.value() - gap.from.value() + 1;
  }
  void on_tick(const schemas::InstrumentStatus& status) override {
    states[status.header.instrument.value()] = status.state;
    ++changes;
    if (must_be_live) {
      EXPECT_EQ(status.state, State::kLive) << status.reason.view();
      EXPECT_EQ(status.quote_state, State::kLive) << status.quote_reason.view();
    }
  }

  std::array<std::uint64_t, kPairs> values{}, quotes{}, trades{};
  std::array<State, kPairs> states{State::kDown, State::kDown, State::kDown};
  bool must_be_live = false;
  std::uint64_t lost = 0, changes = 0;

 private:
  void price(std::array<std::uint64_t, kPairs>& shown, const schemas::TickHeader& header,
             schemas::Decimal price) {
    auto& last = shown[header.instrument.value()];
    const auto value = static_cast<std::uint64_t>(price.mantissa);
    EXPECT_GE(value, last) << "backwards";
    last = value;
  }
  LineTruth& truth_;
  std::array<bool, kPairs> gaps_{};
};

class TwoLines {
 public:
  TwoLines(std::uint64_t seed, Kind kind, Monotonic planned = seconds(25))
      : kind_(kind), truth_(seed), client_(truth_), random_(seed) {
    facts_.heartbeat = seconds(1);
    facts_.make_before_break = true;
    facts_.limits = {
        .sends_per_second = 100, .send_burst = 100, .resyncs_per_second = 20, .connects = 0};
    facts_.numbered.trades = Numbering::kContiguous;
    if (kind == Kind::kNumbered) {
      facts_.numbered.books = facts_.numbered.quotes = Numbering::kRising;
    }
    FeedOptions options;
    options.name = options.venue = "toy";
    for (std::size_t i = 0; i < kPairs; ++i) options.pairs.push_back(fmt::format("P{}-USD", i));
    options.seed = seed + 1;
    options.lines = 2;
    options.planned_reconnect = planned;
    options.backoff.base = milliseconds(100);
    const auto adapter = [this](std::string_view url) {
      return [this, url](AdapterEvents& events, const std::vector<std::string>& pairs) {
        auto facts = facts_;
        facts.websocket_url = url;
        return std::make_unique<ToyAdapter>(pairs, registry_, events, facts);
      };
    };
    ConnectionMakers make;
    make.adapter = adapter("wss://toy.example/1");
    make.second_adapter = adapter("wss://toy.example/2");
    make.io = [this](Connection& connection) {
      return std::make_unique<LineSocket>(truth_, connection, sockets_);
    };
    feed_.emplace(options, client_, registry_, make);
    truth_.step(now());
    feed_->start(now());
  }

  void run(Monotonic time) {
    for (const auto end = steady_ + time; steady_ < end && !::testing::Test::HasFailure();) {
      steady_ += kStep;
      truth_.step(now());
      for (std::size_t i = 0; i < sockets_.size(); ++i) sockets_[i]->step();
      if (steady_.count() % 50'000 == 0) feed_->advance(now());
      if (client_.must_be_live) check_age();
    }
  }
  // From here on one line alone would do.
  void expect_undisturbed() {
    for (const auto state : client_.states) ASSERT_EQ(state, State::kLive);
    client_.must_be_live = true;
  }
  LineTrouble any_trouble() {
    LineTrouble trouble;
    trouble.delay = milliseconds(random_() % 300);
    if (random_() % 2 == 0) trouble.jitter = milliseconds(300);
    if (random_() % 2 == 0) trouble.loss = 20;
    if (random_() % 2 == 0) trouble.duplicate = 10;
    if (random_() % 4 == 0) trouble.garbage = 50;
    if (random_() % 3 == 0) trouble.cut_every = milliseconds(500 + random_() % 3'000);
    if (random_() % 6 == 0) trouble.frozen = true;
    if (random_() % 6 == 0) trouble.delay = milliseconds(1'500);
    return trouble;
  }

  LineTruth& truth() { return truth_; }
  Client& client() { return client_; }
  const Feed& feed() const { return *feed_; }
  std::uint64_t random() { return random_(); }

 private:
  Moment now() const {
    return {schemas::Timestamp(steady_.count() + 1'700'000'000'000'000), steady_};
  }

  // The sound line's delay, and, where a spare has to take over first, a heartbeat.
  void check_age() {
    const auto longest = milliseconds(kind_ == Kind::kNumbered ? 250 : 1'250) + milliseconds(100);
    for (std::size_t i = 0; i < kPairs; ++i) {
      EXPECT_LE(truth_.age(i, client_.values[i]), longest) << i << " at " << steady_.count();
    }
  }

  Kind kind_;
  VenueFacts facts_ = kToyFacts;
  schemas::InstrumentRegistry registry_;
  LineTruth truth_;
  Client client_;
  std::mt19937_64 random_;
  std::vector<LineSocket*> sockets_;
  std::optional<Feed> feed_;
  Monotonic steady_ = seconds(1'000);
};

// One of the lines is sound at any time, not always the same one.
void survive_one_sound_line(std::uint64_t seed, Kind kind) {
  TwoLines two(seed, kind);
  two.run(seconds(4));
  two.expect_undisturbed();
  for (int turn = 0; turn < kTurns && !::testing::Test::HasFailure(); ++turn) {
    const auto line = two.random() % 2;
    two.truth().lines[line] = two.any_trouble();
    two.truth().lines[1 - line] = {.delay = milliseconds(two.random() % 200)};
    two.run(seconds(5 + static_cast<int>(two.random() % 6)));
    two.truth().lines[line] = {};
    two.run(kMended);
  }
  EXPECT_EQ(two.client().lost, 0U);
}

TEST(LinesSimulation, OneSoundLineIsEnoughWhereTheVenueNumbers) {
  testing::for_each_seed(12,
                         [](std::uint64_t seed) { survive_one_sound_line(seed, Kind::kNumbered); });
}

TEST(LinesSimulation, OneSoundLineIsEnoughWhereASpareStandsBy) {
  testing::for_each_seed(12,
                         [](std::uint64_t seed) { survive_one_sound_line(seed, Kind::kSpare); });
}

TEST(LinesSimulation, ALineThatIsCutEverySecondIsNotNoticed) {
  testing::for_each_seed(6, [](std::uint64_t seed) {
    TwoLines two(seed, seed % 2 == 0 ? Kind::kNumbered : Kind::kSpare);
    two.run(seconds(4));
    two.expect_undisturbed();
    two.truth().lines[seed / 2 % 2].cut_every = seconds(1);
    two.run(seconds(60));
    EXPECT_EQ(two.client().lost, 0U);
    EXPECT_GT(two.feed().counters().reconnects[1].value(), 15U);
  });
}

// Each trade that either line has brought reaches clients once and in order, whatever happens. (But
// for what only the replacement of a line had, which its predecessor has missed.)
TEST(LinesSimulation, WithTroubleOnBothLinesOnlyWhatNeitherBroughtIsLost) {
  std::uint64_t lost = 0;
  const auto ran = testing::for_each_seed(12, [&](std::uint64_t seed) {
    TwoLines two(seed, seed % 2 == 0 ? Kind::kNumbered : Kind::kSpare, {});
    two.run(seconds(4));
    for (int turn = 0; turn < kTurns && !::testing::Test::HasFailure(); ++turn) {
      for (auto& line : two.truth().lines) {
        line = two.any_trouble();
        line.frozen = false;
      }
      two.run(seconds(10));
    }
    for (auto& line : two.truth().lines) line = {};
    two.run(kMended);
    for (std::size_t i = 0; i < kPairs; ++i) {
      EXPECT_EQ(two.client().states[i], State::kLive);
      EXPECT_GE(two.client().values[i] + 2, two.truth().value[i]);
    }
    lost += two.client().lost;
  });
  if (ran < 12) return;
  EXPECT_GT(lost, 0U) << "the troubles were real";
}

}  // namespace
}  // namespace tickgate::feeds
