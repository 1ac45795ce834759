// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <map>

#include "feeds/feed/feed_counters.h"
#include "feeds/feed/instrument_states.h"
#include "feeds/publish/publisher.h"

namespace tickgate::feeds {

// The newest trades of one connection of two, oldest first, each with how many were lost just
// before it. Bounded: what falls out, the other one has published long ago.
struct HeldTrades {
  struct Item {
    schemas::Trade trade;
    std::uint64_t lost_before = 0;
  };
  static constexpr std::size_t kMost = 256;

  void push(const schemas::Trade& trade, std::uint64_t lost) {
    items.push_back({trade, lost});
    ++count;
    if (items.size() > kMost) items.pop_front();
  }
  bool cut() const { return count > items.size(); }

  std::deque<Item> items;
  std::uint64_t count = 0;  // of all there ever were
};

// What a connection says while another one still speaks for its instruments: kept, until it takes
// over. It is published here as if to clients, so that all rules hold for it. One thread.
class Standby final : private TickSink {
 public:
  Standby(Rhythm::Settings rhythm, Plausibility::Settings plausible, Publisher::Numbers numbers)
      : publisher_(*this, numbers), instruments_(publisher_, unseen_, rhythm, plausible) {}
  Standby(const Standby&) = delete;
  Standby& operator=(const Standby&) = delete;

  Publisher& publisher() { return publisher_; }
  InstrumentStates& instruments() { return instruments_; }
  // The newest quote, book and ticker of each.
  const LastValueCache& values() const { return publisher_.cache(); }
  const HeldTrades& trades(schemas::InstrumentId id) { return trades_[id.value()]; }

 private:
  void on_instrument(const schemas::Instrument&) override {}
  void on_tick(const schemas::Quote&) override {}
  void on_tick(const schemas::Book&) override {}
  void on_tick(const schemas::Ticker&) override {}
  void on_tick(const schemas::InstrumentStatus&) override {}
  void on_tick(const schemas::Bar&) override {}
  void on_tick(const schemas::Trade& trade) override {
    const auto id = trade.header.instrument.value();
    trades_[id].push(trade, std::exchange(lost_[id], 0));
  }
  void on_trade_gap(const schemas::TradeGap& gap) override {
    lost_[gap.instrument.value()] += gap.to.value() - gap.from.value() + 1;
  }

  std::map<std::uint32_t, HeldTrades> trades_;
  std::map<std::uint32_t, std::uint64_t> lost_;  // since the last trade
  FeedCounters unseen_;
  Publisher publisher_;
  InstrumentStates instruments_;
};

}  // namespace tickgate::feeds
