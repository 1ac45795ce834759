// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "feeds/feed/connection.h"

// The toy venue over two lines, each with a delay and troubles of its own. Virtual time, by seed.
namespace tickgate::feeds {

inline constexpr std::size_t kPairs = 3;

// What befalls a line at the moment.
struct LineTrouble {
  Monotonic delay = std::chrono::milliseconds(20);
  Monotonic jitter{};  // beside it, of each message; they keep their order
  unsigned loss = 0, duplicate = 0, garbage = 0;  // one message in so many
  Monotonic cut_every{};
  bool frozen = false;
};

// What is true: each pair's value, and trades by ids that count up by one. And what each line has
// brought of them.
class LineTruth {
 public:
  explicit LineTruth(std::uint64_t seed) : random_(seed) {}

  void step(Moment now) {
    now_ = now;
    for (std::size_t i = 0; i < kPairs; ++i) {
      updated[i] = random_() % 4 == 0;
      traded[i] = random_() % 10 == 0;
      if (updated[i]) {
        ++value[i];
        born[i].push_back(now.steady);
      }
      if (traded[i]) ++trade[i];
    }
  }
  bool happens(unsigned one_in) { return one_in != 0 && random_() % one_in == 0; }
  Monotonic draw(Monotonic below) {
    return below.count() == 0 ? below
                              : Monotonic(static_cast<std::int64_t>(
                                    random_() % static_cast<std::uint64_t>(below.count())));
  }
  // For how long it has not been true.
  Monotonic age(std::size_t pair, std::uint64_t shown) const {
    return shown >= value[pair] ? Monotonic{} : now_.steady - born[pair][shown];
  }
  Moment now() const { return now_; }
  std::string stamp() const { return fmt::format(" @{}", now_.wall.value()); }

  std::array<std::uint64_t, kPairs> value{}, trade{};
  std::array<bool, kPairs> updated{}, traded{};
  std::array<std::vector<Monotonic>, kPairs> born;      // by value - 1
  std::array<std::set<std::uint64_t>, kPairs> brought;  // trades, by any line
  std::array<LineTrouble, 2> lines;

 private:
  std::mt19937_64 random_;
  Moment now_;
};

// A connection of either line, which its URL tells: "...1" or "...2".
class LineSocket final : public FeedIo {
 public:
  LineSocket(LineTruth& truth, Connection& connection, std::vector<LineSocket*>& all)
      : truth_(truth), connection_(connection), all_(all) {
    all_.push_back(this);
  }
  ~LineSocket() override { std::erase(all_, this); }

  void connect(const std::string& url) override {
    line_ = url.ends_with('2') ? 1 : 0;
    phase_ = Phase::kOpening;
    due_ = now().steady + std::chrono::milliseconds(20);
  }
  void send(std::string text) override {
    const auto index = text.substr(text.find(' ') + 1, 1);
    const auto i = static_cast<std::size_t>(index[0] - '0');
    if (!text.starts_with("sub") && !text.starts_with("resub")) return;
    tell(fmt::format("ack {} book", index));
    tell(fmt::format("snap {} {} {}", i, truth_.value[i], truth_.value[i]) + truth_.stamp());
    subscribed_.insert(i);
  }
  void close() override { end(); }
  void fetch(const std::string& url) override { asked_.push_back(url); }

  void step() {
    if (phase_ == Phase::kOpening && now().steady >= due_) {
      phase_ = Phase::kUp;
      opened_ = now().steady;
      connection_.on_connected(now());
    }
    if (phase_ != Phase::kUp) return;
    speak();
    deliver();
    const auto every = trouble().cut_every;
    if (phase_ == Phase::kUp && every.count() > 0 && now().steady - opened_ >= every) {
      end();
      connection_.on_disconnected({ReconnectReason::kClosed, "cut"}, now());
    }
  }

 private:
  enum class Phase : std::uint8_t { kClosed, kOpening, kUp };
  struct Waiting {
    Monotonic due;
    std::string text;
    std::size_t pair = kPairs;  // whose trade it is
    std::uint64_t trade = 0;
  };

  Moment now() const { return truth_.now(); }
  const LineTrouble& trouble() const { return truth_.lines[line_]; }
  void end() {
    phase_ = Phase::kClosed;
    waiting_.clear();
    subscribed_.clear();
    asked_.clear();
  }
  void tell(std::string text, std::size_t pair = kPairs, std::uint64_t trade = 0) {
    auto due = now().steady + trouble().delay + truth_.draw(trouble().jitter);
    if (!waiting_.empty()) due = std::max(due, waiting_.back().due);
    waiting_.push_back({due, std::move(text), pair, trade});
  }
  void tell_or_lose(const std::string& text, std::size_t pair = kPairs, std::uint64_t trade = 0) {
    if (truth_.happens(trouble().garbage)) tell("{\"broken\":");
    if (truth_.happens(trouble().loss)) return;
    tell(text, pair, trade);
    if (truth_.happens(trouble().duplicate)) tell(text, pair, trade);
  }
  void speak() {
    if (now().steady.count() % 1'000'000 == 0) tell("hb");
    for (const auto i : subscribed_) {
      const auto value = truth_.value[i], trade = truth_.trade[i];
      if (truth_.updated[i]) {
        tell_or_lose(fmt::format("upd {} {} {}", i, value, value) + truth_.stamp());
      }
      if (truth_.traded[i]) {
        tell_or_lose(fmt::format("trd {} {} {}", i, trade, trade) + truth_.stamp(), i, trade);
      }
    }
  }
  void deliver() {
    if (trouble().frozen) return;  // it will come, if the connection lasts
    while (phase_ == Phase::kUp && !waiting_.empty() && waiting_.front().due <= now().steady) {
      const auto one = std::move(waiting_.front());
      waiting_.pop_front();
      if (one.pair < kPairs) truth_.brought[one.pair].insert(one.trade);
      connection_.on_bytes(one.text.size(), now());
      connection_.on_text(one.text, now());
    }
    for (auto& url : std::exchange(asked_, {})) {
      if (phase_ == Phase::kUp) connection_.on_http({url, 0, "", {}}, now());
    }
  }

  LineTruth& truth_;
  Connection& connection_;
  std::vector<LineSocket*>& all_;
  std::size_t line_ = 0;
  Phase phase_ = Phase::kClosed;
  Monotonic due_{}, opened_{};
  std::set<std::size_t> subscribed_;
  std::deque<Waiting> waiting_;
  std::vector<std::string> asked_;
};

}  // namespace tickgate::feeds
