// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "feeds/adapter/venue_facts.h"
#include "feeds/feed/connection.h"
#include "feeds/feed/feed_counters.h"
#include "feeds/feed/instrument_states.h"
#include "feeds/feed/moment.h"
#include "feeds/feed/number_race.h"
#include "feeds/feed/speaker_lag.h"
#include "feeds/feed/trade_merge.h"
#include "feeds/publish/publisher.h"

namespace tickgate::feeds {

// Of two lines that carry the same instruments, makes what one sound line would have said. Each
// line is published here as if to clients, so that all rules hold for it; what is said to clients
// is chosen for each instrument. Where a tick carries the venue's number (header.sequence), the
// first line to bring it wins. Where it does not, one line speaks, and the other is a warm spare.
// The state is that of the better line. Pure: no clock, no socket. On the feed's thread.
class Arbiter {
 public:
  static constexpr std::size_t kLines = TradeMerge::kLines;

  // `feed` outlives it.
  explicit Arbiter(FeedShared& feed);
  Arbiter(const Arbiter&) = delete;
  Arbiter& operator=(const Arbiter&) = delete;

  // How the venue numbers, and how often it speaks: before anything comes.
  void set_facts(const VenueFacts& facts);
  // Where a line's words go, and what counts its own states.
  Publisher& publisher(std::size_t line) { return inputs_.at(line).publisher; }
  FeedCounters& counters(std::size_t line) { return inputs_.at(line).counters; }
  // Neither line has it any more.
  void remove(const schemas::Instrument& instrument, schemas::Timestamp now);
  // Every 50 to 100 ms.
  void advance(Moment now);
  // Whose full book is to be shown, of two that are whole: 0 or 1.
  std::size_t speaker(schemas::InstrumentId instrument) const;

 private:
  // What the line says of trading: it holds until either line says something else.
  enum class Word : std::uint8_t { kNone, kTrading, kHalted, kClosed };
  struct Side {
    std::optional<schemas::InstrumentStatus> status;
    Word word = Word::kNone;
    std::uint64_t word_at = 0;  // counts the words of both
    std::uint64_t lost = 0;     // trades, since the last one
    schemas::Timestamp newest = schemas::kNoTime;
    struct {
      bool book = false, quote = false, ticker = false;
    } has;                // of now: since it was last down, or recovering
    StaleReason stale{};  // why it was, the last time
  };
  struct Entry {
    std::array<Side, kLines> sides;
    std::size_t speaker = 0;
    SpeakerLag lag;
    Monotonic taken_over{Monotonic::min()};
    NumberRace quotes, books;
    std::size_t book_line = 0;  // of the newest book, where books are numbered
    TradeMerge trades;
    bool shown = false;  // its state was told
    schemas::State state = schemas::State::kDown;
  };
  struct Input final : TickSink {
    Input(Arbiter& owner, std::size_t number)
        : arbiter(owner), line(number), publisher(*this, Publisher::Numbers::kVenues) {}

    void on_instrument(const schemas::Instrument& instrument) override {
      arbiter.announce(instrument);
    }
    void on_tick(const schemas::Quote& quote) override { arbiter.on_price(line, quote); }
    void on_tick(const schemas::Book& book) override { arbiter.on_price(line, book); }
    void on_tick(const schemas::Trade& trade) override { arbiter.on_trade(line, trade); }
    void on_tick(const schemas::Ticker& ticker) override { arbiter.on_spoken(line, ticker); }
    void on_tick(const schemas::Bar&) override {}  // made behind us
    void on_tick(const schemas::InstrumentStatus& status) override {
      arbiter.on_status(line, status);
    }
    void on_trade_gap(const schemas::TradeGap& gap) override { arbiter.on_gap(line, gap); }

    Arbiter& arbiter;
    std::size_t line;
    std::array<std::uint64_t, kStaleReasonCount> stale{};  // of its counters, as last looked at
    FeedCounters counters;
    Publisher publisher;
  };

  void announce(const schemas::Instrument& instrument);
  void on_status(std::size_t line, const schemas::InstrumentStatus& status);
  template <typename Tick>
  void on_price(std::size_t line, const Tick& tick);
  template <typename Tick>
  void on_spoken(std::size_t line, const Tick& tick);
  void on_trade(std::size_t line, const schemas::Trade& trade);
  void on_gap(std::size_t line, const schemas::TradeGap& gap);

  Entry& entry(schemas::InstrumentId instrument) { return *entries_[instrument.value()]; }
  // Whether it had one before.
  static bool note_value(Side& side, const schemas::Quote&) {
    return std::exchange(side.has.quote, true);
  }
  static bool note_value(Side& side, const schemas::Book&) {
    return std::exchange(side.has.book, true);
  }
  static bool note_value(Side& side, const schemas::Ticker&) {
    return std::exchange(side.has.ticker, true);
  }
  NumberRace& race(Entry& entry, const schemas::Quote&) { return entry.quotes; }
  NumberRace& race(Entry& entry, const schemas::Book&) { return entry.books; }
  LineCounters& counted(std::size_t line) { return counters_.lines[line]; }
  static const schemas::InstrumentStatus& status(const Entry& entry, std::size_t line) {
    return *entry.sides[line].status;
  }
  TradeMerge::Open open_lines(const Entry& entry) const;
  void note_word(Side& side);
  void note_loss(std::size_t line, Side& side);
  bool better(const Entry& entry, std::size_t line, std::size_t than) const;
  void count(schemas::State state, std::int64_t change) {
    counters_.instruments[static_cast<std::size_t>(state)].add(change);
  }
  void choose(schemas::InstrumentId instrument, Entry& entry, schemas::Timestamp now);
  void show(schemas::InstrumentId instrument, Entry& entry, schemas::Timestamp now);
  void take_over(schemas::InstrumentId instrument, Entry& entry, std::size_t line);
  void note_lag(Entry& entry, std::size_t line, schemas::Timestamp stamp, bool goes_on);
  void check_lag(schemas::InstrumentId instrument, Entry& entry, Moment now);
  void check_trades(Entry& entry, std::optional<Monotonic> now);
  template <typename Tick>
  bool goes_back(const Entry& entry, const Tick& tick, const Tick* published) const;
  void publish_trade(const schemas::Trade& trade, std::uint64_t lost);
  // As exactly as is known here: steady time passes at advance().
  Moment moment_of(const schemas::TickHeader& header) const { return {header.receive_time, now_}; }

  FeedShared& feed_;
  Publisher& clients_;
  FeedCounters& counters_;
  bool contiguous_trades_ = false;
  bool has_ticker_ = true;  // the venue has
  Monotonic patience_;      // with a speaker that is behind
  Monotonic now_{};         // of the last advance()
  std::uint64_t words_ = 0;
  std::deque<std::optional<Entry>> entries_;  // by InstrumentId
  std::array<Input, kLines> inputs_;
};

}  // namespace tickgate::feeds
