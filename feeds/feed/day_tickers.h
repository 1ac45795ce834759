// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "feeds/adapter/candles.h"
#include "feeds/feed/moment.h"
#include "feeds/feed/rolling_day.h"
#include "feeds/publish/demand.h"
#include "feeds/publish/publisher.h"

namespace tickgate::feeds {

// A feed's tickers on their way to the publisher: each has every field, and comes at most once a
// second. What the venue does not give is made of a rolling day of our own, since the instrument is
// followed for the first time, back to where the venue's candles reach. One thread, no clock.
class DayTickers final : public CandleSink {
 public:
  // Asks the venue; the answer comes to on_candles.
  using Ask = std::function<bool(const CandleRequest&)>;

  // `publisher`, and `demand` which may be null, outlive it.
  DayTickers(Publisher& publisher, const Demand* demand) : publisher_(publisher), demand_(demand) {}

  void on_ticker(const schemas::Ticker& ticker, Moment now);
  // `only`: the venue has no tickers, so that this is what makes one.
  void on_trade(const schemas::Trade& trade, bool only, Moment now) {
    if (only || !days_.empty()) take(trade, only, now);
  }
  // Trades of it are missing, and the venue's candles are asked for, once they are whole.
  void on_trades_lost(schemas::InstrumentId instrument, Moment now);
  void on_candles(const CandleAnswer& answer) override;
  void remove(schemas::InstrumentId instrument);
  // What has waited for its second, and the candles that are due.
  void advance(Moment now, const Ask& ask);

 private:
  struct Entry {
    schemas::Ticker newest;  // as the venue has it, or of its newest trade
    bool made = false;       // all of it is ours
    bool waits = false;      // it was not published yet
    Monotonic next{};        // not before
  };
  // Whose tickers we complete.
  struct Day {
    explicit Day(schemas::Timestamp now);

    RollingDay rolling;
    // What is to be had from the venue.
    schemas::Timestamp from, to;
    bool wanted = true, asked = false;
    Monotonic ask_at{};
    schemas::Timestamp whole_at;  // by the wall clock, when what we want is complete
    Monotonic wait{};
  };

  void take(const schemas::Trade& trade, bool only, Moment now);
  void offer(schemas::InstrumentId instrument, Entry& entry, Moment now);
  bool complete(schemas::Ticker& ticker, bool made, schemas::Timestamp now) const;
  Day* day_of(schemas::InstrumentId instrument) const;
  void follow(Moment now);
  void ask_for_candles(Moment now, const Ask& ask);

  Publisher& publisher_;
  const Demand* demand_;
  absl::flat_hash_map<schemas::InstrumentId, Entry> entries_;
  absl::flat_hash_map<schemas::InstrumentId, std::unique_ptr<Day>> days_;
  std::vector<schemas::InstrumentId> waiting_;  // entries that wait
  Monotonic look_again_{};
  Moment now_;  // of the newest call
};

}  // namespace tickgate::feeds
