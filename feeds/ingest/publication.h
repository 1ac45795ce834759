// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "feeds/ingest/bar_wants.h"
#include "feeds/ingest/ingest_counters.h"
#include "feeds/ingest/numbering.h"
#include "feeds/ingest/stored_words.h"
#include "feeds/ingest/tick_text.h"
#include "feeds/ingest/trade_pen.h"
#include "feeds/nats/subject.h"
#include "feeds/publish/dirty_set.h"
#include "feeds/publish/last_value_cache.h"
#include "feeds/publish/publisher.h"

namespace tickgate::feeds {

// Where texts go. False: they do not now, and what was given may be lost.
struct Outlet {
  virtual ~Outlet() = default;
  virtual bool put(std::string_view subject, std::string_view text) = 0;
};

// What is owed to the cluster, and in which order. It takes what feeds say; while we lead and NATS
// takes it, of states the newest goes out at the end of each turn, trades and bars go out one by
// one as they come. While not, only the newest is kept of all, and the trades in their pen. With
// each lead() and resume() all is owed anew, and slowly it is said again all the time: so whoever
// missed something, or a stream that was made anew, is whole again within kRound. Pure: told the
// time, and what is read of the streams. One thread's.
class Publication final : public TickSink, private TradePen::Outlet {
 public:
  using Moment = std::chrono::microseconds;  // of the steady clock

  static constexpr Moment kRound = std::chrono::seconds{30};  // in which each value is said again
  // After so long an instrument that the cluster has and no feed of ours is served no more.
  static constexpr Moment kStranger = std::chrono::seconds{60};
  static constexpr std::size_t kMostBars = 2'000;  // the newest of an answer

  struct Settings {
    std::string prefix = "tickgate.v1";
    std::vector<schemas::Interval> bars;
    bool relays = false;
    TradePen::Limits pen = TradePen::Limits();
  };
  // All outlive it; the demand may be null.
  Publication(Settings settings, feeds::Outlet& outlet, IngestCounters& counters,
              BarDemand* demand);

  // What feeds say.
  void on_instrument(const schemas::Instrument& instrument) override;
  void on_removed(const schemas::Instrument& instrument, schemas::Timestamp now) override;
  void on_tick(const schemas::Quote& quote) override { take_state(quote, kQuote); }
  void on_tick(const schemas::Book& book) override { take_state(book, kBook); }
  void on_tick(const schemas::Ticker& ticker) override { take_state(ticker, kTicker); }
  void on_tick(const schemas::InstrumentStatus& status) override;
  void on_tick(const schemas::Trade& trade) override;
  void on_tick(const schemas::Bar& bar) override;
  void on_trade_gap(const schemas::TradeGap& gap) override;
  void on_forgotten(const Forgotten& forgotten) override;
  // Of a relay: what comes from now on is of this one, and it is said as soon as we lead in it.
  void on_epoch(const Epoch& epoch) override;

  // From now on we lead, and count on from these. `now`: as of turn().
  void lead(const Stamp& stamp, const ClusterNumbers& numbers, Moment now);
  // We still lead, and NATS takes what we say again: the streams hold this.
  void resume(const ClusterNumbers& numbers);
  // NATS does not.
  void pause() { publishing_ = false; }
  void resign();
  // What another ingest has published.
  void seen(const StoredWord& word);
  void want_bars(const WantedBars& wanted, Moment now);

  // Says what is owed, as much as is a turn's work. True: there is more of it. To be called behind
  // each batch of ticks, and each 100 ms or so.
  bool turn(Moment now, schemas::Timestamp wall);

  // False: something could not be said since lead() or resume(), so all waits for the next of them.
  bool publishing() const { return publishing_; }
  bool leading() const { return leading_; }
  const Stamp& stamp() const { return stamp_; }

  // Answers to edges. The id of what we serve; null: we do not.
  const schemas::Instrument* served(std::string_view symbol) const;
  const schemas::Instrument* served(schemas::InstrumentId instrument) const;
  std::string_view bars_answer(const schemas::Instrument& instrument,
                               std::span<const schemas::Bar> bars, schemas::Interval interval);
  std::string_view book_answer(const schemas::Instrument& instrument, std::string json);
  TickText& text() { return text_; }

  // For tests, and whoever measures memory.
  const TradePen& pen() const { return pen_; }

 private:
  // What there is one newest of, of an instrument: its place in the dirty sets, and before all that
  // follows it: that there is one, and what its prices are worth.
  enum Kind : std::uint32_t { kInstrument, kStatus, kQuote, kBook, kTicker, kBar };
  static constexpr std::uint32_t kKinds = kBar + std::uint32_t{schemas::kIntervalCount};
  static constexpr std::uint32_t kTradeSubject = kKinds;

  struct OfInstrument {
    const schemas::Instrument* instrument = nullptr;
    bool removed = false;
    schemas::Timestamp since{};                    // of that, or that it appeared
    std::array<std::string, kKinds + 1> subjects;  // as far as any was needed
  };
  // The cluster has it, and we have no word of it.
  struct Stranger {
    ClusterNumbers::OfSymbol known;
    bool down = false;  // that was said
  };

  template <typename Tick>
  void take_state(const Tick& tick, Kind kind) {
    cache_.apply(tick);
    fresh_.mark(tick.header.instrument.value() * kKinds + kind);
  }
  OfInstrument& of(schemas::InstrumentId instrument) { return told_[instrument.value()]; }
  const std::string& subject(OfInstrument& of, std::uint32_t kind) const;
  void count_on(const ClusterNumbers& numbers, bool leads_anew);
  void owe_all();
  void forget_all();

  bool say(std::uint32_t mark);
  bool say_instrument(OfInstrument& of);
  template <typename Tick>
  bool say_state(OfInstrument& of, const Tick* tick, Kind kind);
  bool say_bar(OfInstrument& of, std::uint32_t mark);
  bool put(std::string_view subject, std::string_view text);
  bool tell(const schemas::Trade& trade) override;
  bool tell(const schemas::TradeGap& gap) override;
  void flush_trades(schemas::InstrumentId instrument);

  bool say_again();
  void say_round(Moment now);
  void say_strangers(Moment now, schemas::Timestamp wall);
  bool say_down(std::string_view symbol, Stranger& stranger, schemas::Timestamp wall);

  Settings settings_;
  feeds::Outlet& outlet_;
  IngestCounters& counters_;
  Subjects subjects_;
  TickText text_;
  Numbering numbering_;
  TradePen pen_;
  BarWants wants_;
  LastValueCache cache_;
  absl::flat_hash_map<std::uint32_t, schemas::Bar> bars_;  // the newest, by mark
  std::vector<OfInstrument> told_;                         // by instrument
  schemas::TextMap<schemas::InstrumentId> by_symbol_;
  schemas::TextMap<Stranger> strangers_;
  Moment strangers_since_{}, strangers_looked_{};
  bool strangers_wait_ = false;  // something is to be said of one

  DirtySet fresh_;  // changed since it was said
  DirtySet again_;  // to be said once more
  DirtySet owing_;  // instruments that may owe trades
  Moment round_at_{}, tidied_{};
  std::uint64_t round_ = 0;  // the mark that is said again next
  schemas::Timestamp wall_;  // of the last turn
  Stamp stamp_;              // ours while we lead, else of whom we have heard
  bool leading_ = false;
  bool publishing_ = false;
  std::string heard_;  // of a relay: the epoch of what it is told
  struct Order {
    Stamp stamp;
    ClusterNumbers numbers;
  };
  std::optional<Order> waiting_;  // to lead in an epoch of which it has not heard yet
};

}  // namespace tickgate::feeds
