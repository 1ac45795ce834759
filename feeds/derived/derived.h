// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "feeds/derived/bars.h"
#include "feeds/derived/passing_sink.h"

namespace tickgate::feeds {

// Between a feed's publisher and its rings: passes every tick on first, and then makes of it what
// is derived from it. One feed's, on its thread.
class Derived final : public PassingSink {
 public:
  using PassingSink::on_tick;

  // What is passed on to, the demand and the memory outlive it.
  Derived(TickSink& next, const BarsOptions& options, const BarDemand* demand,
          SequenceMemory* memory = nullptr)
      : PassingSink(next), bars_(options, next, demand, memory) {}

  void on_removed(const schemas::Instrument& instrument, schemas::Timestamp now) override {
    bars_.remove(instrument.id);
    PassingSink::on_removed(instrument, now);
  }

  void on_tick(const schemas::Trade& trade) override {
    PassingSink::on_tick(trade);
    bars_.on_trade(trade);
  }
  void on_trade_gap(const schemas::TradeGap& gap) override {
    PassingSink::on_trade_gap(gap);
    bars_.on_trade_gap(gap);
  }

  // Each 50 ms, and before the first tick.
  void advance(Moment now) { bars_.advance(now); }

  Bars& bars() { return bars_; }
  const Bars& bars() const { return bars_; }

 private:
  Bars bars_;
};

}  // namespace tickgate::feeds
