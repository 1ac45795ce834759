// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "feeds/feed/connection.h"
#include "tests/support/toy_venue.h"

// The toy venue as it really is, by seed: a truth that moves on, and connections to it over which
// everything may go wrong. Virtual time.
namespace tickgate::feeds {

inline constexpr int kToyInstruments = 5;

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
  kMove,
  kDeadBook,    // a book's updates cease over one connection, until it is asked for anew
  kSlowLink,    // a connection delivers less than the venue says
  kPause,       // nobody drives the feed; what comes meanwhile waits
  kVenueClock,  // the venue's clock is set
  kDeadTrades,  // a channel of trades ceases over one connection, until it is asked for again
  kNumbering,   // the numbers of a book's updates leap, or go back
  kLie,         // a snapshot is of the value before, under its own number or under that one's
};
inline constexpr unsigned kTroubles = 21;

// What is true at the venue, which its connections tell of, and the dice for all that goes wrong.
class ToyTruth {
 public:
  ToyTruth(std::uint64_t seed, unsigned enabled) : random_(seed), enabled_(enabled) {}

  // The truth moves on.
  void step(Moment now, bool troubled) {
    now_ = now;
    troubled_ = troubled;
    for (std::size_t i = 0; i < kToyInstruments; ++i) {
      updated[i] = random_() % (lively(i) ? 8 : 144'000) == 0;
      traded[i] = lively(i) ? random_() % 40 == 0 : updated[i];
      if (updated[i]) {
        replaced[i].push_back({sequence[i]++, now.steady});
        if (replaced[i].size() > kRemembered) replaced[i].pop_front();
      }
      if (traded[i]) ++trade[i];
    }
    if (happens(Trouble::kNumbering, 1500)) {
      const auto i = static_cast<std::size_t>(draw(kToyInstruments));
      leapt_[i] = !leapt_[i];
    }
    if (happens(Trouble::kVenueClock, 4000)) {
      clock_ += draw(7'200'000'000) - 3'600'000'000;
      clock_set_ = now.steady;
    }
  }
  static bool lively(std::size_t index) { return index != 0; }  // the first moves once an hour
  bool happens(Trouble trouble, unsigned one_in) {
    const bool on = (enabled_ >> static_cast<unsigned>(trouble) & 1U) != 0;
    return troubled_ && on && random_() % one_in == 0;
  }
  std::int64_t draw(std::uint64_t below) { return static_cast<std::int64_t>(random_() % below); }
  // How long ago this was no longer the newest value; of what is too old, how long at least.
  Monotonic replaced_for(std::size_t index, std::uint64_t value) const {
    const auto found = std::ranges::lower_bound(replaced[index], value, {},
                                                [](const auto& one) { return one.first; });
    return found == replaced[index].end() ? Monotonic{} : now_.steady - found->second;
  }
  // The number that a book's value has on the wire.
  std::uint64_t number(std::size_t index, std::uint64_t value) const {
    return value + (leapt_[index] ? 10'000'000 : 0);
  }
  bool lies() const { return (enabled_ >> static_cast<unsigned>(Trouble::kLie) & 1U) != 0; }
  // As the venue stamps what it says.
  std::string stamp() const { return fmt::format(" @{}", now_.steady.count() + clock_); }
  // Of two connections nobody can tell by it which is ahead, for a while.
  bool clock_was_set() const { return now_.steady - clock_set_ < std::chrono::minutes(1); }
  std::uint64_t hash() const { return hash_; }
  void note(std::string_view action) {
    for (const char c : action) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * 1099511628211U;
    hash_ = (hash_ ^ static_cast<std::uint64_t>(now_.steady.count())) * 1099511628211U;
  }
  Moment now() const { return now_; }
  bool troubled() const { return troubled_; }

  std::array<std::uint64_t, kToyInstruments> sequence{1, 1, 1, 1, 1}, trade{1, 1, 1, 1, 1};
  std::array<bool, kToyInstruments> updated{}, traded{};
  std::array<Monotonic, kToyInstruments>
      last_delivered{};  // a message that made sense, to whom it is
  // Values that are no longer true, oldest first, and since when.
  std::array<std::deque<std::pair<std::uint64_t, Monotonic>>, kToyInstruments> replaced;

 private:
  static constexpr std::size_t kRemembered = 1000;

  std::mt19937_64 random_;
  std::array<bool, kToyInstruments> leapt_{};
  std::int64_t clock_ = 1'700'000'000'000'000;
  Monotonic clock_set_{};
  unsigned enabled_;
  Moment now_;
  bool troubled_ = true;
  std::uint64_t hash_ = 14695981039346656037U;
};

// One connection to it: what is on its way to the feed, and what is lost on the way. Its adapter
// speaks for the instruments "P0-USD" and so on; frames count those of the adapter from 0.
class ToySocket final : public FeedIo {
 public:
  ToySocket(ToyTruth& venue, Connection& connection, std::vector<ToySocket*>& all)
      : venue_(venue), connection_(connection), all_(all), name_(all.size()) {
    all_.push_back(this);
  }
  ~ToySocket() override { std::erase(all_, this); }

  // FeedIo: everything is answered later.
  void connect(const std::string&) override {
    if (last_attempt_) {
      EXPECT_GE(now().steady - *last_attempt_, std::chrono::milliseconds(31)) << "hammered";
    }
    last_attempt_ = now().steady;
    note("connect");
    phase_ = Phase::kOpening;
    answer_at_ = now().steady + std::chrono::milliseconds(draw(200));
  }
  void send(std::string text) override {
    note(text);
    const bool subscribe = text.starts_with("sub") || text.starts_with("resub");
    const auto number = std::stoi(text.substr(text.find(' ')));
    const auto index = std::to_string(number);
    if (text.starts_with("unsub")) {
      left_ |= 1U << static_cast<unsigned>(number);
      return;
    }
    if (text.starts_with("ask")) {  // "ask I trade"
      if (happens(Trouble::kNoAnswer, 10)) return;
      if (happens(Trouble::kRefuseSubscription, 20)) return queue("ref " + index + " trade no");
      dead_trades_ &= ~(1U << static_cast<unsigned>(number));
      return queue("ack " + index + " trade");
    }
    if (!subscribe || happens(Trouble::kNoAnswer, 10)) return;
    if (happens(Trouble::kRefuseSubscription, 20)) return queue("ref " + index + " book no");
    queue("ack " + index + " book");
    const auto late =
        happens(Trouble::kLateSnapshot, 5) ? std::chrono::milliseconds(draw(60'000)) : Monotonic{};
    snapshots_.emplace(now().steady + std::chrono::milliseconds(draw(100)) + late,
                       static_cast<std::size_t>(number));
    subscribed_ = true;
    dead_ &= ~(1U << static_cast<unsigned>(number));
  }
  void close() override {
    note("close");
    end();
  }
  void fetch(const std::string& url) override {
    const bool fails = happens(Trouble::kNoAnswer, 3);  // which is told, in the end
    const auto wait = fails ? std::chrono::seconds(10) : std::chrono::milliseconds(20 + draw(300));
    questions_.emplace(now().steady + wait, Question{url, fails ? 0 : 200});
  }

  // The venue speaks, and nobody reads.
  void hold() {
    if (phase_ == Phase::kUp) speak();
  }
  void step() {
    if (!venue_.troubled() && phase_ == Phase::kUp) silent_until_ = now().steady;
    if (phase_ == Phase::kOpening && now().steady >= answer_at_) open();
    if (phase_ != Phase::kUp) return;
    if (happens(Trouble::kClose, 1500)) {
      end();
      note("lost");
      return connection_.on_disconnected({ReconnectReason::kClosed, "closed"}, now());
    }
    if (happens(Trouble::kSilence, 1500))
      silent_until_ = now().steady + std::chrono::milliseconds(draw(45'000));
    // Of what was late from the first word on only a venue's clock would tell, and it has none.
    if (happens(Trouble::kSlowLink, 4000) && trades_told_ >= 3) slow_ = true;
    if (happens(Trouble::kDeadBook, 1000)) dead_ |= 1U << static_cast<unsigned>(draw(count()));
    if (happens(Trouble::kDeadTrades, 1000)) {
      dead_trades_ |= 1U << static_cast<unsigned>(draw(count()));
    }
    if (!venue_.troubled()) {
      slow_ = false;
      dead_trades_ = 0;  // it is asked for ever more slowly, or never if too little was heard of it
    }
    speak();
    deliver();
    if (phase_ == Phase::kUp) answer();
  }

 private:
  enum class Phase : std::uint8_t { kClosed, kOpening, kUp };
  struct Question {
    std::string url;
    int status;  // of the answer
  };

  const ToyAdapter& toy() const { return dynamic_cast<const ToyAdapter&>(connection_.adapter()); }
  std::size_t count() const { return toy().size(); }
  bool has_left(std::size_t index) const { return (left_ >> index & 1U) != 0; }
  Moment now() const { return venue_.now(); }
  void note(std::string_view action) { venue_.note(fmt::format("{} {}", name_, action)); }
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
    questions_.clear();
    silent_until_ = {};
    subscribed_ = slow_ = false;
    dead_ = dead_trades_ = left_ = 0;
    trades_told_ = 0;
  }
  void queue(std::string frame) { waiting_.push_back(std::move(frame)); }

  void speak() {
    if (now().steady.count() % 1'000'000 == 0) queue("hb");
    while (!snapshots_.empty() && snapshots_.begin()->first <= now().steady) {
      const auto index = snapshots_.begin()->second;
      snapshots_.erase(snapshots_.begin());
      const auto one = toy().number(index);
      const auto newest = venue_.sequence[one];
      const bool lie = newest > 1 && ToyTruth::lively(one) && happens(Trouble::kLie, 5);
      const auto value = lie ? newest - 1 : newest;
      const auto number = venue_.number(one, draw(2) == 0 ? value : newest);
      queue(fmt::format("snap {} {} {}", index, number, value) + venue_.stamp());
    }
    for (std::size_t i = 0; i < count(); ++i) {
      if (has_left(i)) continue;
      const auto one = toy().number(i);
      const auto sequence = venue_.sequence[one], trade = venue_.trade[one];
      if (venue_.updated[one] && (dead_ >> i & 1U) == 0) {
        const auto number = venue_.number(one, sequence);
        tell(fmt::format("upd {} {} {}", i, number, sequence) + venue_.stamp());
      }
      if (venue_.traded[one] && subscribed_ && (dead_trades_ >> i & 1U) == 0) {
        tell(fmt::format("trd {} {} {}", i, trade, trade) + venue_.stamp());
        ++trades_told_;
      }
    }
    if (happens(Trouble::kGarbage, 300)) queue("{\"broken\":");
    if (happens(Trouble::kUnknown, 300)) queue("snap 99 1 1");
    if (happens(Trouble::kHalt, 1000)) queue(fmt::format("halt {}", draw(count())));
    if (happens(Trouble::kMove, 1500)) queue("move");
    if (draw(200) == 0) queue(fmt::format("open {}", draw(count())));
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
    while (!waiting_.empty() && !(slow_ && now().steady.count() % 100'000 != 0)) {
      const std::string frame = std::move(waiting_.front());
      waiting_.pop_front();
      if (frame[0] != '{') {
        for (std::size_t i = 0; i < count(); ++i) {
          if (!has_left(i)) venue_.last_delivered[toy().number(i)] = now().steady;
        }
      }
      connection_.on_bytes(frame.size(), now());
      connection_.on_text(frame, now());
      if (phase_ != Phase::kUp || slow_) return;
    }
  }
  // "probe I SEQUENCE": what is true now, beside the stream.
  void answer() {
    while (!questions_.empty() && questions_.begin()->first <= now().steady) {
      const auto [url, status] = questions_.begin()->second;
      questions_.erase(questions_.begin());
      const auto index = static_cast<std::size_t>(std::stoi(url.substr(url.find(' '))));
      const auto one = toy().number(index);
      const auto body = fmt::format("{}", venue_.number(one, venue_.sequence[one]));
      connection_.on_http({url, status, body, {}}, now());
      if (phase_ != Phase::kUp) return;
    }
  }

  ToyTruth& venue_;
  Connection& connection_;
  std::vector<ToySocket*>& all_;
  std::size_t name_;
  Phase phase_ = Phase::kClosed;
  std::optional<Monotonic> last_attempt_;
  Monotonic answer_at_{}, silent_until_{};
  bool subscribed_ = false;
  bool slow_ = false;
  int trades_told_ = 0;
  unsigned dead_ = 0, dead_trades_ = 0;  // a bit for each whose book, or trades, have ceased
  unsigned left_ = 0;                    // likewise, that was unsubscribed from
  std::deque<std::string> waiting_;
  std::multimap<Monotonic, std::size_t> snapshots_;
  std::multimap<Monotonic, Question> questions_;
};

}  // namespace tickgate::feeds
