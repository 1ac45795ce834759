// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "feeds/ingest/stored_words.h"
#include "schemas/ids.h"
#include "schemas/tick.h"

namespace tickgate::feeds {

// Whether both are the same execution, told by two feeds: by the venue's id, or where it gives none
// by time, price, size and side.
bool is_same_trade(const schemas::Trade& a, const schemas::Trade& b);

// The newest trades of our own feeds, bounded by count and age, and of each instrument the last
// that the cluster was told. While another ingest leads, they only wait here. When we lead, what
// lies behind that last one is owed to the cluster, with the numbers that follow: nothing is lost
// and nothing comes twice. Where it cannot be found a gap of one number says that something may be
// missing, and what is newer by the venue's clock goes on. Pure; one thread's.
class TradePen {
 public:
  struct Limits {
    std::size_t trades = std::size_t{1} << 17U;  // of all instruments: 20 MB
    std::int64_t age_us = 30'000'000;            // of those that are not owed, since received
  };
  // Where goes what is owed, with the cluster's numbers. False: not now, it is owed still.
  struct Outlet {
    virtual ~Outlet() = default;
    virtual bool tell(const schemas::Trade& trade) = 0;
    virtual bool tell(const schemas::TradeGap& gap) = 0;
  };

  // `passes`: the numbers of our own trades are the cluster's (a relay's).
  TradePen(Limits limits, bool passes) : limits_(limits), passes_(passes) {}
  TradePen() : TradePen(Limits(), false) {}

  // Our own feeds', in their order.
  void add(const schemas::Trade& trade);
  void add(const schemas::TradeGap& gap, schemas::Timestamp now);
  // Lets go of what is too old. To be called now and then.
  void age(schemas::Timestamp now);
  // It is served no more: what is owed of it is not any more.
  void forget(schemas::InstrumentId instrument);

  // Another ingest has published this: it is the last now.
  void seen(schemas::InstrumentId instrument, const LastTrade& last);

  // We lead from now on; then lead() for each instrument that is known here or to the stream, which
  // has this last (number 0: nothing). What is owed is told by flush().
  void begin_to_lead() { leading_ = true; }
  void lead(schemas::InstrumentId instrument, const LastTrade& stored);
  // We lead as before, and what we told last may not have arrived: of this instrument all behind
  // what the stream has (number 0: nothing) is owed again, with the same numbers.
  void lead_on(schemas::InstrumentId instrument, const LastTrade& stored);
  // We do not lead any more.
  void resign();
  // Another epoch: nothing was told yet.
  void forget_numbers();

  // Tells what is owed of this instrument. False: the outlet could not take it.
  bool flush(schemas::InstrumentId instrument, Outlet& outlet);
  // The greatest id of an instrument that may owe anything, plus one.
  std::uint32_t instruments() const { return static_cast<std::uint32_t>(pens_.size()); }

  std::size_t size() const { return size_; }
  // Trades that found no room while they were owed: each is in a gap.
  std::uint64_t lost() const { return lost_; }

 private:
  struct Entry {
    schemas::Trade trade;      // of a gap only the header, with the last number
    std::uint64_t count = 0;   // of a gap: how many numbers; 0: a trade
    std::uint64_t number = 0;  // the cluster's, once it was told
    schemas::GapReason reason{};
  };
  struct Pen {
    std::deque<Entry> entries;
    std::size_t next = 0;   // the first that was not told
    std::size_t again = 0;  // before it: the first to be told again, with the number it has
    LastTrade last;
    std::uint64_t repeats = 1;             // how many in a row, up to the last one, look the same
    bool ours = false;                     // the last one is what we told: it may not have arrived
    bool seeking = false;                  // where to go on is not known yet
    std::optional<schemas::Trade> before;  // the newest that left the front
    std::uint64_t lost = 0;                // that left it while they were owed
  };
  struct Place {
    schemas::InstrumentId instrument;
    schemas::Timestamp received;
  };

  bool has_pen(schemas::InstrumentId instrument) const {
    return instrument.value() < pens_.size() && pens_[instrument.value()] != nullptr;
  }
  Pen& pen(schemas::InstrumentId instrument);
  void push(schemas::InstrumentId instrument, const Entry& entry);
  void drop_front(Pen& pen);
  void note(Pen& pen, std::uint64_t number, const schemas::Trade* trade, bool ours);
  void seek(Pen& pen);
  static std::optional<std::size_t> behind_last(const Pen& pen);
  void skip_older(Pen& pen);

  bool tell_again(Pen& pen, Outlet& outlet);
  bool tell_that_some_may_lack(Pen& pen, schemas::InstrumentId instrument, Outlet& outlet);
  bool tell_gap(Pen& pen, schemas::InstrumentId instrument, std::uint64_t count,
                schemas::GapReason reason, Outlet& outlet);
  bool tell(Pen& pen, Entry& entry, Outlet& outlet);
  bool pass(Pen& pen, Entry& entry, Outlet& outlet);
  static bool put(const Entry& entry, std::uint64_t from, std::uint64_t number, Outlet& outlet);

  Limits limits_;
  bool passes_;
  bool leading_ = false;
  std::vector<std::unique_ptr<Pen>> pens_;  // by instrument, of those that ever traded
  std::deque<Place> order_;                 // in which they came, over all instruments
  std::size_t size_ = 0;
  std::uint64_t lost_ = 0;
};

}  // namespace tickgate::feeds
