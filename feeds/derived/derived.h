// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "feeds/derived/bars.h"
#include "feeds/publish/publisher.h"

namespace tickgate::feeds {

// Between a feed's publisher and its rings: passes every tick on first, and then makes of it what
// is derived from it. One feed's, on its thread.
class Derived final : public TickSink {
 public:
  // What is passed on to, and the demand, outlive it.
  Derived(TickSink& next, const BarsOptions& options, const BarDemand* demand)
      : next_(next), bars_(options, next, demand) {}

  void on_instrument(const schemas::Instrument& instrument) override {
    next_.on_instrument(instrument);
  }
  void on_tick(const schemas::Quote& quote) override { next_.on_tick(quote); }
  void on_tick(const schemas::Book& book) override { next_.on_tick(book); }
  void on_tick(const schemas::Ticker& ticker) override { next_.on_tick(ticker); }
  void on_tick(const schemas::InstrumentStatus& status) override { next_.on_tick(status); }
  void on_tick(const schemas::Bar& bar) override { next_.on_tick(bar); }
  void on_tick(const schemas::Trade& trade) override {
    next_.on_tick(trade);
    bars_.on_trade(trade);
  }
  void on_trade_gap(const schemas::TradeGap& gap) override {
    next_.on_trade_gap(gap);
    bars_.on_trade_gap(gap);
  }

  // Each 50 ms, and before the first tick.
  void advance(Moment now) { bars_.advance(now); }

  Bars& bars() { return bars_; }
  const Bars& bars() const { return bars_; }

 private:
  TickSink& next_;
  Bars bars_;
};

}  // namespace tickgate::feeds
