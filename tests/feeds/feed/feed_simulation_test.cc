// SPDX-License-Identifier: Apache-2.0
// The feed under a made-up venue that does everything wrong by seed, in virtual time. A failing
// seed is printed, and replays exactly.
#include <gtest/gtest.h>

#include <deque>
#include <map>
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
  kClockJump
};
constexpr unsigned kTroubles = 13;

// The venue's side of the io: the truth, and what is on its way to the feed.
class Venue final : public FeedIo {
 public:
  Venue(std::uint64_t seed, unsigned enabled) : random_(seed), enabled_(enabled) {}

  void attach(Feed& feed) { feed_ = &feed; }

  // FeedIo: everything is answered later.
  void connect(const std::string&) override {
    attempts.push_back(now_.steady);
    note("connect");
    phase_ = Phase::kOpening;
    answer_at_ = now_.steady + milliseconds(draw(200));
  }
  void send(std::string text) override {
    note(text);
    const bool subscribe = text.starts_with("sub") || text.starts_with("resub");
    const auto index = text.substr(text.find(' ') + 1);
    if (!subscribe || happens(Trouble::kNoAnswer, 10)) return;
    if (happens(Trouble::kRefuseSubscription, 20)) return queue("ref " + index + " book no");
    queue("ack " + index + " book");
    const auto late = happens(Trouble::kLateSnapshot, 5) ? milliseconds(draw(60'000)) : Monotonic{};
    snapshots_.emplace(now_.steady + milliseconds(draw(100)) + late,
                       static_cast<std::size_t>(std::stoi(index)));
  }
  void close() override {
    note("close");
    end();
  }
  void fetch(const std::string&) override {}

  void step(Moment now, bool troubled) {
    now_ = now;
    troubled_ = troubled;
    if (!troubled && phase_ == Phase::kUp) silent_until_ = now.steady;
    if (phase_ == Phase::kOpening && now.steady >= answer_at_) open();
    if (phase_ != Phase::kUp) return;
    if (happens(Trouble::kClose, 1500)) {
      end();
      note("lost");
      return feed_->on_disconnected({ReconnectReason::kClosed, "closed"}, now_);
    }
    if (happens(Trouble::kSilence, 1500)) silent_until_ = now.steady + milliseconds(draw(45'000));
    speak();
    deliver();
  }

  std::uint64_t truth(std::size_t index) const { return sequence_[index]; }
  bool lively(std::size_t index) const { return index != 0; }  // the first trades once an hour
  std::uint64_t hash() const { return hash_; }
  void note(std::string_view action) {
    for (const char c : action) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 1099511628211U;
    hash_ = (hash_ ^ static_cast<std::uint64_t>(now_.steady.count())) * 1099511628211U;
  }
  bool happens(Trouble trouble, unsigned one_in) {
    const bool on = (enabled_ >> static_cast<unsigned>(trouble) & 1U) != 0;
    return troubled_ && on && random_() % one_in == 0;
  }
  std::int64_t draw(std::uint64_t below) { return static_cast<std::int64_t>(random_() % below); }

  std::vector<Monotonic> attempts;
  Monotonic last_delivered{};  // a message that made sense

 private:
  enum class Phase : std::uint8_t { kClosed, kOpening, kUp };

  void open() {
    if (happens(Trouble::kRefuseConnection, 2)) {
      end();
      return feed_->on_disconnected({ReconnectReason::kRefused, "refused"}, now_);
    }
    phase_ = Phase::kUp;
    feed_->on_connected(now_);
  }
  void end() {
    phase_ = Phase::kClosed;
    waiting_.clear();
    snapshots_.clear();
    silent_until_ = {};
  }
  void queue(std::string frame) { waiting_.push_back(std::move(frame)); }

  // The truth moves on, and frames say so.
  void speak() {
    if (now_.steady.count() % 1'000'000 == 0) queue("hb");
    while (!snapshots_.empty() && snapshots_.begin()->first <= now_.steady) {
      const auto index = snapshots_.begin()->second;
      snapshots_.erase(snapshots_.begin());
      queue(absl::StrCat("snap ", index, " ", sequence_[index], " ", sequence_[index]));
    }
    for (std::size_t i = 0; i < kInstruments; ++i) {
      if (random_() % (lively(i) ? 8 : 144'000) != 0) continue;
      ++sequence_[i];
      auto frame = absl::StrCat("upd ", i, " ", sequence_[i], " ", sequence_[i]);
      if (happens(Trouble::kLoss, 150)) continue;
      if (happens(Trouble::kDuplicate, 50)) queue(frame);
      queue(std::move(frame));
      if (happens(Trouble::kReorder, 150) && waiting_.size() > 1) {
        std::swap(waiting_[waiting_.size() - 1], waiting_[waiting_.size() - 2]);
      }
    }
    if (happens(Trouble::kGarbage, 300)) queue("{\"broken\":");
    if (happens(Trouble::kUnknown, 300)) queue("snap 99 1 1");
    if (happens(Trouble::kHalt, 1000)) queue(absl::StrCat("halt ", draw(kInstruments)));
    if (random_() % 200 == 0) queue(absl::StrCat("open ", draw(kInstruments)));
  }

  void deliver() {
    if (now_.steady < silent_until_) return waiting_.clear();
    while (!waiting_.empty()) {
      const std::string frame = std::move(waiting_.front());
      waiting_.pop_front();
      if (frame[0] != '{') last_delivered = now_.steady;
      feed_->on_bytes(frame.size(), now_);
      feed_->on_text(frame, now_);
      if (phase_ != Phase::kUp) return;
    }
  }

  std::mt19937_64 random_;
  unsigned enabled_;
  Feed* feed_ = nullptr;
  Moment now_;
  bool troubled_ = true;
  Phase phase_ = Phase::kClosed;
  Monotonic answer_at_{}, silent_until_{};
  std::array<std::uint64_t, kInstruments> sequence_{1, 1, 1, 1, 1};
  std::deque<std::string> waiting_;
  std::multimap<Monotonic, std::size_t> snapshots_;
  std::uint64_t hash_ = 14695981039346656037U;
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
    EXPECT_LE(value, venue_.truth(book.header.instrument.value())) << "made up";
    EXPECT_GE(value, last) << "backwards";
    last = value;
  }
  void on_tick(const schemas::Quote& quote) override { price(quote.header, "quote"); }
  void on_tick(const schemas::Trade&) override {}
  void on_tick(const schemas::Ticker&) override {}
  void on_trade_gap(const schemas::TradeGap&) override {}
  void on_tick(const schemas::InstrumentStatus& status) override {
    next_sequence(status.header);
    const auto id = status.header.instrument.value();
    venue_.note(absl::StrCat("status ", id, schemas::to_absl(name(status.state))));
    const auto found = states.find(id);
    if (found != states.end() && found->second == status.state) ++repeated;
    states[id] = status.state;
    ++changes;
  }

  std::set<std::uint32_t> known;
  std::map<std::uint32_t, State> states;
  std::map<std::uint32_t, std::uint64_t> values;
  std::uint64_t changes = 0, repeated = 0;

 private:
  void price(const schemas::TickHeader& header, std::string_view kind) {
    next_sequence(header);
    const auto id = header.instrument.value();
    const auto state = states[id];
    EXPECT_TRUE(state == State::kLive || state == State::kStale || state == State::kHalted)
        << kind << " while " << name(state);
    venue_.note(absl::StrCat(schemas::to_absl(kind), id, " ", header.sequence.value()));
  }
  void next_sequence(const schemas::TickHeader& header) {
    EXPECT_TRUE(known.contains(header.instrument.value())) << "not announced";
    auto& last = sequences_[{header.instrument.value(), header.channel}];
    EXPECT_EQ(header.sequence.value(), ++last);
  }

  Venue& venue_;
  std::map<std::pair<std::uint32_t, schemas::Channel>, std::uint64_t> sequences_;
};

struct Outcome {
  std::uint64_t hash = 0;
  std::uint64_t resyncs = 0, reconnects = 0;
};

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed)
      // Each seed troubles with some of the troubles only.
      : venue_(seed, static_cast<unsigned>(std::mt19937_64(seed)() % (1U << kTroubles))),
        client_(venue_) {
    FeedOptions options;
    options.name = options.venue = "toy";
    for (int i = 0; i < kInstruments; ++i) options.pairs.push_back(absl::StrCat("P", i, "-USD"));
    options.stale_after = kStaleAfter;
    options.seed = seed;
    feed_.emplace(options, venue_, client_, registry_, [&](AdapterEvents& events) {
      return std::make_unique<ToyAdapter>(options.pairs, registry_, events);
    });
    venue_.attach(*feed_);
  }

  Outcome run() {
    feed_->start(now());
    const auto troubled_until = steady_ + kTroubled;
    const auto end = troubled_until + kCalm;
    for (; steady_ < end && !::testing::Test::HasFailure(); steady_ += kStep) {
      venue_.step(now(), steady_ < troubled_until);
      if (venue_.happens(Trouble::kClockJump, 2000))
        wall_offset_ += venue_.draw(7'200'000'000) - 3'600'000'000;
      if (steady_.count() % 50'000 == 0) {
        feed_->advance(now());
        check_silence();
      }
    }
    check_convergence();
    check_attempts();
    Outcome outcome{venue_.hash(), feed_->counters().resyncs.value(), 0};
    for (const auto& one : feed_->counters().reconnects) outcome.reconnects += one.value();
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
    const auto silence = steady_ - venue_.last_delivered;
    if (silence <= kStaleAfter + milliseconds(150))
      longest_explained_ = std::max(longest_explained_, silence);
    if (silence <= std::max(kStaleAfter, 3 * longest_explained_) + milliseconds(150)) return;
    for (const auto& [id, state] : client_.states) {
      EXPECT_NE(state, State::kLive) << id << " after " << silence.count();
    }
  }

  // With a healthy venue everything is live again, and nobody has an old value.
  void check_convergence() {
    EXPECT_EQ(client_.known.size(), std::size_t{kInstruments});
    for (std::uint32_t i = 0; i < kInstruments; ++i) {
      EXPECT_TRUE(client_.states[i] == State::kLive || client_.states[i] == State::kHalted)
          << i << " is " << name(client_.states[i]);
      EXPECT_EQ(client_.values[i], venue_.truth(i)) << i;
    }
    EXPECT_EQ(feed_->state(), FeedState::kLive);
  }

  // A lost venue is retried for ever, never faster than the least step, never slower than the cap.
  void check_attempts() {
    for (std::size_t i = 1; i < venue_.attempts.size(); ++i) {
      EXPECT_GE(venue_.attempts[i] - venue_.attempts[i - 1], milliseconds(31));
    }
  }

  schemas::InstrumentRegistry registry_;
  Venue venue_;
  Client client_;
  std::optional<Feed> feed_;
  Monotonic steady_ = seconds(1'000);
  std::int64_t wall_offset_ = 0;
  Monotonic longest_explained_{};
};

TEST(FeedSimulation, AHundredSeedsOfTroubleKeepEveryPromise) {
  Outcome all;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Outcome first = Simulation(seed).run();
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
    all.resyncs += first.resyncs;
    all.reconnects += first.reconnects;
    // Same seed, same actions: no clock, pointer or hash order decides anything.
    ASSERT_EQ(Simulation(seed).run().hash, first.hash) << "seed " << seed;
  }
  // The troubles were real.
  EXPECT_GT(all.resyncs, 1000U);
  EXPECT_GT(all.reconnects, 300U);
}

}  // namespace
}  // namespace tickgate::feeds
