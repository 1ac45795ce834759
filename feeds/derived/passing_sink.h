// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "feeds/publish/publisher.h"

namespace tickgate::feeds {

// Passes everything on; who listens in overrides what it wants to hear. `next` outlives it.
class PassingSink : public TickSink {
 public:
  explicit PassingSink(TickSink& next) : next_(next) {}

  void on_instrument(const schemas::Instrument& instrument) override {
    next_.on_instrument(instrument);
  }
  void on_removed(const schemas::Instrument& instrument, schemas::Timestamp now) override {
    next_.on_removed(instrument, now);
  }
  void on_forgotten(const Forgotten& forgotten) override { next_.on_forgotten(forgotten); }
  void on_epoch(const Epoch& epoch) override { next_.on_epoch(epoch); }
  void on_tick(const schemas::Quote& quote) override { next_.on_tick(quote); }
  void on_tick(const schemas::Book& book) override { next_.on_tick(book); }
  void on_tick(const schemas::Trade& trade) override { next_.on_tick(trade); }
  void on_tick(const schemas::Ticker& ticker) override { next_.on_tick(ticker); }
  void on_tick(const schemas::InstrumentStatus& status) override { next_.on_tick(status); }
  void on_tick(const schemas::Bar& bar) override { next_.on_tick(bar); }
  void on_trade_gap(const schemas::TradeGap& gap) override { next_.on_trade_gap(gap); }

 private:
  TickSink& next_;
};

}  // namespace tickgate::feeds
