// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "feeds/edge/demand_cover.h"
#include "feeds/edge/edge_orders.h"
#include "feeds/edge/edge_status.h"
#include "feeds/edge/freshness.h"
#include "feeds/edge/merge.h"
#include "feeds/edge/object_reader.h"
#include "feeds/edge/readings.h"
#include "feeds/edge/shown_states.h"
#include "feeds/edge/trade_order.h"
#include "feeds/nats/subject.h"
#include "feeds/publish/bar_demand.h"
#include "feeds/publish/demand.h"
#include "feeds/publish/last_value_cache.h"
#include "feeds/publish/publisher.h"
#include "schemas/instrument.h"
#include "schemas/text.h"

namespace tickgate::feeds {

// All that an edge decides: what of the messages of a cluster becomes a tick for the shards, what
// is subscribed to and read, and what may be shown as live. It starts no thread, reads no clock and
// knows no socket: moments are given, and what may wait is done by others (EdgeOrders). One
// thread's, but for what says otherwise.
class EdgeModel {
 public:
  using Moment = std::chrono::microseconds;  // of the steady clock

  struct Parts {
    std::vector<std::string> symbols;  // patterns
    Moment linger{};
    std::string subject_prefix;
    std::string name;  // of this edge, among those that want bars
    // All outlive it. Null demands: nothing is wanted.
    schemas::InstrumentRegistry* registry = nullptr;
    TickSink* out = nullptr;
    EdgeOrders* orders = nullptr;
    EdgeCounters* counters = nullptr;
    const Demand* demand = nullptr;
    const BarDemand* bar_demand = nullptr;
    std::function<void(std::string epoch)> on_epoch;
  };
  // Where a message came from.
  enum class From : std::uint8_t {
    kLive,     // a subscription
    kStored,   // the stream of last values
    kHistory,  // the stream of trades
  };

  explicit EdgeModel(Parts parts);

  // The text is followed by ObjectReader::kPadding readable bytes.
  void on_message(From from, std::string_view text, Moment now, schemas::Timestamp wall);
  void on_connected(Moment now, schemas::Timestamp wall);
  void on_disconnected(Moment now, schemas::Timestamp wall);
  // Messages for us were dropped.
  void on_lost(Moment now, schemas::Timestamp wall);
  void on_read(std::uint64_t ticket, bool good, Moment now, schemas::Timestamp wall);
  void on_get_failed(const std::string& subject, Moment now);

  // What depends on the time alone. Every few milliseconds, and behind a pause of ours before any
  // message: what arrived meanwhile is old.
  void look(Moment now, schemas::Timestamp wall);
  // What is wanted now.
  void look_at_demand(Moment now);

  const LastValueCache& cache() const { return cache_; }
  // As of this moment; without what the client knows (connected).
  EdgeStatus status(Moment now) const;
  const std::string& venues() const { return venues_; }

 private:
  struct Known {
    const schemas::Instrument* instrument = nullptr;
    bool served = false;
    bool confirmed = false;  // in this epoch
    std::uint64_t fence = 0;
    schemas::Timestamp time{schemas::kNoTime};  // of the newest news of it
  };

  bool accept(const EdgeObject& object, From from, Moment now, schemas::Timestamp wall);
  void begin_epoch(std::string_view epoch, Moment now, schemas::Timestamp wall);
  void tell_first_epoch(Moment now);
  void tell_epoch();
  void take(EdgeObject& object, From from, Moment now, schemas::Timestamp wall);
  void take_heartbeat(const IngestHeartbeat& heartbeat, std::uint64_t fence, Moment now);
  void take_news(std::string_view symbol, const InstrumentNews& news, std::uint64_t fence,
                 From from, Moment now, schemas::Timestamp wall);
  template <typename Tick>
  void take_value(Tick& tick, std::size_t slot, std::uint64_t fence, schemas::Timestamp wall);
  void take_status(schemas::InstrumentStatus& status, std::uint64_t fence);
  void take_trade(const TradeOrder::Item& item, std::uint64_t fence, From from, Moment now);
  const Known* find(std::string_view symbol) const;

  void appear(Known& known, From from, Moment now, schemas::Timestamp wall);
  void remove(Known& known, schemas::Timestamp wall);
  void remove_unconfirmed(schemas::Timestamp wall);

  // From now on nothing counts as heard. Shown: what is not heard again is stale at once, else
  // after a while.
  void begin_round(bool shown, Moment now, schemas::Timestamp wall);
  // Begins a round, in which all last values are read.
  void read_again(bool shown, Moment now, schemas::Timestamp wall);
  void fill_trades(Moment now);
  void read_trades(Moment now);
  void end_filling(Moment now);
  bool judge(Moment now, schemas::Timestamp wall);
  EdgeWord word_of(schemas::InstrumentId instrument) const;
  void show(const schemas::InstrumentStatus& status);
  void show_word(schemas::InstrumentId instrument);
  void show_all();
  void apply(const DemandCover::Changes& changes, Moment now);
  std::string subject_of(std::size_t lane, std::string_view symbol) const;
  void want_bars();

  Parts parts_;
  Subjects subjects_;
  ObjectReader reader_;
  Merge merge_;
  ShownStates shown_;
  DemandCover cover_;
  Freshness freshness_;
  TradeOrder trades_;
  Readings readings_;
  LastValueCache cache_;

  std::string epoch_, ingest_, venues_ = "[]";
  std::uint64_t fence_ = 0;
  std::optional<Moment> epoch_since_;  // of the first, until it is told
  bool instruments_read_ = false;
  schemas::TextMap<std::size_t> by_symbol_;
  std::vector<Known> known_;
  std::size_t served_ = 0, subscribed_ = 0;
  Moment round_since_{};
  std::optional<Moment> want_bars_at_;
  std::optional<Moment> trades_until_;  // until then none was missed
  std::optional<Moment> filling_since_;
  bool round_shown_ = true;
  bool tainted_ = false;  // in this round something came that may have been late
  bool connected_ = false, subscribed_always_ = false;
  schemas::Timestamp word_since_{}, round_wall_{};
};

}  // namespace tickgate::feeds
