// SPDX-License-Identifier: Apache-2.0
// The feed under a made-up venue that does everything wrong by seed, in virtual time. A failing
// seed is printed, and replays exactly.
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
#include "tests/support/toy_venue.h"

namespace tickgate::feeds {
namespace {

using schemas::State;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kInstruments = 5;
constexpr Monotonic kStep = milliseconds(25);
constexpr Monotonic kTroubled = seconds(180);  // with faults, then:
constexpr Monotonic kCalm = seconds(240);      // without, to converge
constexpr Monotonic kStaleAfter = seconds(10);

enum class Trouble : std::uint8_t {
  kLoss,
  kDuplicate,
  kReorder,
  kGarbage,
  kSilence,
  kClose,
  kRefuseConnection,
  kNoAnswer,
  kRefuseSubscription,
  kHalt,
  kUnknown,
  kLateSnapshot,
  kClockJump,
  kMove
};
constexpr unsigned kTroubles = 14;

// What is true at the venue, which its connections tell of, and the dice for all that goes wrong.
class Venue {
 public:
  Venue(std::uint64_t seed, unsigned enabled) : random_(seed), enabled_(enabled) {}

  // The truth moves on.
  void step(Moment now, bool troubled) {
    now_ = now;
    troubled_ = troubled;
    for (std::size_t i = 0; i < kInstruments; ++i) {
      updated[i] = random_() % (lively(i) ? 8 : 144'000) == 0;
      traded[i] = random_() % 40 == 0;
      if (updated[i]) ++sequence[i];
      if (traded[i]) ++trade[i];
    }
  }
  static bool lively(std::size_t index) { return index != 0; }  // the first moves once an hour
  bool happens(Trouble trouble, unsigned one_in) {
    const bool on = (enabled_ >> static_cast<unsigned>(trouble) & 1U) != 0;
    return troubled_ && on && random_() % one_in == 0;
  }
  std::int64_t draw(std::uint64_t below) { return static_cast<std::int64_t>(random_() % below); }
  std::uint64_t hash() const { return hash_; }
  void note(std::string_view action) {
    for (const char c : action) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 1099511628211U;
    hash_ = (hash_ ^ static_cast<std::uint64_t>(now_.steady.count())) * 1099511628211U;
  }
  Moment now() const { return now_; }
  bool troubled() const { return troubled_; }

  std::array<std::uint64_t, kInstruments> sequence{1, 1, 1, 1, 1}, trade{1, 1, 1, 1, 1};
  std::array<bool, kInstruments> updated{}, traded{};
  std::array<Monotonic, kInstruments> last_delivered{};  // a message that made sense, to whom it is

 private:
  std::mt19937_64 random_;
  unsigned enabled_;
  Moment now_;
  bool troubled_ = true;
  std::uint64_t hash_ = 14695981039346656037U;
};

// One connection to it: what is on its way to the feed, and what is lost on the way. Carries
// `count` instruments from `base` on; frames count them from 0.
class Socket final : public FeedIo {
 public:
  Socket(Venue& venue, Connection& connection, std::vector<Socket*>& all, std::size_t base,
         std::size_t count)
      : venue_(venue), connection_(connection), all_(all), base_(base), count_(count) {
    all_.push_back(this);
  }
  ~Socket() override { std::erase(all_, this); }

  // FeedIo: everything is answered later.
  void connect(const std::string&) override {
    if (last_attempt_) {
      EXPECT_GE(now().steady - *last_attempt_, milliseconds(31)) << "hammered";
    }
    last_attempt_ = now().steady;
    note("connect");
    phase_ = Phase::kOpening;
    answer_at_ = now().steady + milliseconds(draw(200));
  }
  void send(std::string text) override {
    note(text);
    const bool subscribe = text.starts_with("sub") || text.starts_with("resub");
    const auto index = text.substr(text.find(' ') + 1);
    if (!subscribe || happens(Trouble::kNoAnswer, 10)) return;
    if (happens(Trouble::kRefuseSubscription, 20)) return queue("ref " + index + " book no");
    queue("ack " + index + " book");
    const auto late = happens(Trouble::kLateSnapshot, 5) ? milliseconds(draw(60'000)) : Monotonic{};
    snapshots_.emplace(now().steady + milliseconds(draw(100)) + late,
                       static_cast<std::size_t>(std::stoi(index)));
    subscribed_ = true;
  }
  void close() override {
    note("close");
    end();
  }
  void fetch(const std::string&) override {}

  void step() {
    if (!venue_.troubled() && phase_ == Phase::kUp) silent_until_ = now().steady;
    if (phase_ == Phase::kOpening && now().steady >= answer_at_) open();
    if (phase_ != Phase::kUp) return;
    if (happens(Trouble::kClose, 1500)) {
      end();
      note("lost");
      return connection_.on_disconnected({ReconnectReason::kClosed, "closed"}, now());
    }
    if (happens(Trouble::kSilence, 1500)) silent_until_ = now().steady + milliseconds(draw(45'000));
    speak();
    deliver();
  }

 private:
  enum class Phase : std::uint8_t { kClosed, kOpening, kUp };

  Moment now() const { return venue_.now(); }
  void note(std::string_view action) { venue_.note(fmt::format("{} {}", base_, action)); }
  bool happens(Trouble trouble, unsigned one_in) { return venue_.happens(trouble, one_in); }
  std::int64_t draw(std::uint64_t below) { return venue_.draw(below); }

  void open() {
    if (happens(Trouble::kRefuseConnection, 2)) {
      end();
      return connection_.on_disconnected({ReconnectReason::kRefused, "refused"}, now());
    }
    phase_ = Phase::kUp;
    connection_.on_connected(now());
  }
  void end() {
    phase_ = Phase::kClosed;
    waiting_.clear();
    snapshots_.clear();
    silent_until_ = {};
    subscribed_ = false;
  }
  void queue(std::string frame) { waiting_.push_back(std::move(frame)); }

  void speak() {
    if (now().steady.count() % 1'000'000 == 0) queue("hb");
    while (!snapshots_.empty() && snapshots_.begin()->first <= now().steady) {
      const auto index = snapshots_.begin()->second;
      snapshots_.erase(snapshots_.begin());
      const auto sequence = venue_.sequence[base_ + index];
      queue(fmt::format("snap {} {} {}", index, sequence, sequence));
    }
    for (std::size_t i = 0; i < count_; ++i) {
      const auto sequence = venue_.sequence[base_ + i], trade = venue_.trade[base_ + i];
      if (venue_.updated[base_ + i]) {
        tell(fmt::format("upd {} {} {}", i, sequence, sequence));
      }
      if (venue_.traded[base_ + i] && subscribed_) {
        tell(fmt::format("trd {} {} {}", i, trade, trade));
      }
    }
    if (happens(Trouble::kGarbage, 300)) queue("{\"broken\":");
    if (happens(Trouble::kUnknown, 300)) queue("snap 99 1 1");
    if (happens(Trouble::kHalt, 1000)) queue(fmt::format("halt {}", draw(count_)));
    if (happens(Trouble::kMove, 1500)) queue("move");
    if (draw(200) == 0) queue(fmt::format("open {}", draw(count_)));
  }
  void tell(std::string frame) {
    if (happens(Trouble::kLoss, 150)) return;
    if (happens(Trouble::kDuplicate, 50)) queue(frame);
    queue(std::move(frame));
    if (happens(Trouble::kReorder, 150) && waiting_.size() > 1) {
      std::swap(waiting_[waiting_.size() - 1], waiting_[waiting_.size() - 2]);
    }
  }

  void deliver() {
    if (now().steady < silent_until_) return waiting_.clear();
    while (!waiting_.empty()) {
      const std::string frame = std::move(waiting_.front());
      waiting_.pop_front();
      if (frame[0] != '{') {
        for (std::size_t i = 0; i < count_; ++i) {
          venue_.last_delivered[base_ + i] = now().steady;
        }
      }
      connection_.on_bytes(frame.size(), now());
      connection_.on_text(frame, now());
      if (phase_ != Phase::kUp) return;
    }
  }

  Venue& venue_;
  Connection& connection_;
  std::vector<Socket*>& all_;
  std::size_t base_, count_;
  Phase phase_ = Phase::kClosed;
  std::optional<Monotonic> last_attempt_;
  Monotonic answer_at_{}, silent_until_{};
  bool subscribed_ = false;
  std::deque<std::string> waiting_;
  std::multimap<Monotonic, std::size_t> snapshots_;
};

// The client's side, with what is promised to it.
class Client final : public TickSink {
 public:
  explicit Client(Venue& venue) : venue_(venue) {}

  void on_instrument(const schemas::Instrument& instrument) override {
    EXPECT_TRUE(known.insert(instrument.id.value()).second) << "announced once";
  }
  void on_tick(const schemas::Book& book) override {
    const auto value = static_cast<std::uint64_t>(book.bids[0].price.value().mantissa);
    auto& last = values[book.header.instrument.value()];
    price(book.header, "book");
    EXPECT_LE(value, venue_.sequence[book.header.instrument.value()]) << "made up";
    EXPECT_GE(value, last) << "backwards";
    last = value;
  }
  void on_tick(const schemas::Quote& quote) override { price(quote.header, "quote"); }
  void on_tick(const schemas::Trade& trade) override {
    const auto instrument = trade.header.instrument.value();
    const auto id = static_cast<std::uint64_t>(trade.price.value().mantissa);
    auto& last = trades[instrument];
    next_sequence(trade.header);
    EXPECT_GT(id, last) << "twice, or backwards";
    if (last != 0 && id != last + 1) {
      EXPECT_TRUE(gaps_.contains(instrument)) << "lost without a gap after " << last;
    }
    gaps_.erase(instrument);
    last = id;
    venue_.note(fmt::format("trade {} {}", instrument, id));
  }
  void on_tick(const schemas::Ticker&) override {}
  void on_trade_gap(const schemas::TradeGap& gap) override {
    gaps_.insert(gap.instrument.value());
    auto& last = sequences_[{gap.instrument.value(), schemas::Channel::kTrade}];
    EXPECT_EQ(gap.from.value(), last + 1);
    last = gap.to.value();
  }
  void on_tick(const schemas::InstrumentStatus& status) override {
    next_sequence(status.header);
    const auto id = status.header.instrument.value();
    venue_.note(fmt::format("status {}{}", id, name(status.state)));
    const auto found = states.find(id);
    if (found != states.end() && found->second == status.state) ++repeated;
    states[id] = status.state;
    ++changes;
  }

  std::set<std::uint32_t> known;
  std::map<std::uint32_t, State> states;
  std::map<std::uint32_t, std::uint64_t> values, trades;
  std::uint64_t changes = 0, repeated = 0;

 private:
  void price(const schemas::TickHeader& header, std::string_view kind) {
    next_sequence(header);
    const auto id = header.instrument.value();
    const auto state = states[id];
    EXPECT_TRUE(state == State::kLive || state == State::kStale || state == State::kHalted)
        << kind << " while " << name(state);
    venue_.note(fmt::format("{}{} {}", kind, id, header.sequence.value()));
  }
  void next_sequence(const schemas::TickHeader& header) {
    EXPECT_TRUE(known.contains(header.instrument.value())) << "not announced";
    auto& last = sequences_[{header.instrument.value(), header.channel}];
    EXPECT_EQ(header.sequence.value(), ++last);
  }

  Venue& venue_;
  std::set<std::uint32_t> gaps_;  // announced since the last trade
  std::map<std::pair<std::uint32_t, schemas::Channel>, std::uint64_t> sequences_;
};

struct Outcome {
  std::uint64_t hash = 0;
  std::uint64_t resyncs = 0, reconnects = 0, planned = 0;
};

// How many connections the feed has, and whether it replaces them before it leaves them.
struct Layout {
  std::size_t symbols_per_connection = 0;
  bool replaced = false;
};

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed, Layout layout = {})
      // Each seed troubles with some of the troubles only.
      : venue_(seed, static_cast<unsigned>(std::mt19937_64(seed)() % (1U << kTroubles))),
        client_(venue_) {
    FeedOptions options;
    options.name = options.venue = "toy";
    for (int i = 0; i < kInstruments; ++i) options.pairs.push_back(fmt::format("P{}-USD", i));
    options.stale_after = kStaleAfter;
    options.seed = seed;
    facts_.symbols_per_connection = layout.symbols_per_connection;
    facts_.make_before_break = layout.replaced;
    if (layout.replaced) facts_.limits.lifetime = seconds(30);
    ConnectionMakers make;
    make.adapter = [this](AdapterEvents& events, const std::vector<std::string>& pairs) {
      return std::make_unique<ToyAdapter>(pairs, registry_, events, facts_);
    };
    make.io = [this](Connection& connection) {
      const auto base = static_cast<std::size_t>(connection.pairs().front()[1] - '0');
      return std::make_unique<Socket>(venue_, connection, sockets_, base,
                                      connection.pairs().size());
    };
    feed_.emplace(options, client_, registry_, make);
  }

  Outcome run() {
    venue_.step(now(), true);
    feed_->start(now());
    const auto troubled_until = steady_ + kTroubled;
    const auto end = troubled_until + kCalm;
    for (; steady_ < end && !::testing::Test::HasFailure(); steady_ += kStep) {
      venue_.step(now(), steady_ < troubled_until);
      for (std::size_t i = 0; i < sockets_.size(); ++i) sockets_[i]->step();
      if (venue_.happens(Trouble::kClockJump, 2000))
        wall_offset_ += venue_.draw(7'200'000'000) - 3'600'000'000;
      if (steady_.count() % 50'000 == 0) {
        feed_->advance(now());
        check_silence();
      }
    }
    check_convergence();
    const auto& counters = feed_->counters();
    Outcome outcome{venue_.hash(), counters.resyncs.value(), 0, 0};
    for (const auto& one : counters.reconnects) outcome.reconnects += one.value();
    outcome.planned =
        counters.reconnects[static_cast<std::size_t>(ReconnectReason::kPlanned)].value();
    // A status per change, and no more than the troubles explain: no client is told thousands.
    EXPECT_LT(client_.changes, 60 + 12 * kInstruments * (outcome.reconnects + 1) +
                                   12 * outcome.resyncs + 4 * 60 * kInstruments);
    return outcome;
  }

 private:
  // The wall clock jumps; nothing may depend on it.
  Moment now() const { return {schemas::Timestamp(steady_.count() + wall_offset_), steady_}; }

  // Nothing is live that has not been heard of for longer than stale_after and a tick, but for what
  // the connection's own rhythm explains: three times its longest silence.
  void check_silence() {
    for (auto& [id, state] : client_.states) {
      const auto silence = steady_ - venue_.last_delivered[id];
      auto& explained = longest_explained_[id];
      if (silence <= kStaleAfter + milliseconds(150)) explained = std::max(explained, silence);
      if (silence <= std::max(kStaleAfter, 3 * explained) + milliseconds(150)) continue;
      EXPECT_NE(state, State::kLive) << id << " after " << silence.count();
    }
  }

  // With a healthy venue everything is live again, and nobody has an old value.
  void check_convergence() {
    EXPECT_EQ(client_.known.size(), std::size_t{kInstruments});
    for (std::uint32_t i = 0; i < kInstruments; ++i) {
      EXPECT_TRUE(client_.states[i] == State::kLive || client_.states[i] == State::kHalted)
          << i << " is " << name(client_.states[i]);
      // Of a quiet one the last update may be lost, and nothing follows that would show it.
      if (Venue::lively(i)) {
        EXPECT_EQ(client_.values[i], venue_.sequence[i]) << i;
      }
      EXPECT_EQ(client_.trades[i], venue_.trade[i]) << i;
    }
    EXPECT_EQ(feed_->state(), FeedState::kLive);
  }

  VenueFacts facts_{.name = "toy"};
  schemas::InstrumentRegistry registry_;
  Venue venue_;
  Client client_;
  std::vector<Socket*> sockets_;  // those there are, oldest first
  std::optional<Feed> feed_;
  Monotonic steady_ = seconds(1'000);
  std::int64_t wall_offset_ = 0;
  std::map<std::uint32_t, Monotonic> longest_explained_;
};

// Runs each seed twice: same seed, same actions; no clock, pointer or hash order decides anything.
Outcome run_seeds(std::uint64_t seeds, Layout layout) {
  Outcome all;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    const Outcome first = Simulation(seed, layout).run();
    EXPECT_FALSE(::testing::Test::HasFailure()) << "seed " << seed;
    EXPECT_EQ(Simulation(seed, layout).run().hash, first.hash) << "seed " << seed;
    if (::testing::Test::HasFailure()) break;
    all.resyncs += first.resyncs;
    all.reconnects += first.reconnects;
    all.planned += first.planned;
  }
  return all;
}

TEST(FeedSimulation, AHundredSeedsOfTroubleKeepEveryPromise) {
  const Outcome all = run_seeds(100, {});
  // The troubles were real.
  EXPECT_GT(all.resyncs, 1000U);
  EXPECT_GT(all.reconnects, 300U);
}

TEST(FeedSimulation, SoDoSeveralConnectionsOfOneFeed) {
  const Outcome all = run_seeds(15, {.symbols_per_connection = 2});
  EXPECT_GT(all.resyncs, 150U);
  EXPECT_GT(all.reconnects, 120U);
}

TEST(FeedSimulation, SoDoConnectionsThatAreReplacedBeforeTheyAreLeft) {
  const Outcome all = run_seeds(20, {.symbols_per_connection = 3, .replaced = true});
  EXPECT_GT(all.resyncs, 125U);
  EXPECT_GT(all.planned, 100U);
}

}  // namespace
}  // namespace tickgate::feeds
