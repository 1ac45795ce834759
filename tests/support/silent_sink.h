// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "feeds/publish/publisher.h"

namespace tickgate::feeds {

// Takes all and does nothing; a test overrides what it wants to hear.
struct SilentSink : TickSink {
  void on_instrument(const schemas::Instrument&) override {}
  void on_tick(const schemas::Quote&) override {}
  void on_tick(const schemas::Book&) override {}
  void on_tick(const schemas::Trade&) override {}
  void on_tick(const schemas::Ticker&) override {}
  void on_tick(const schemas::InstrumentStatus&) override {}
  void on_tick(const schemas::Bar&) override {}
  void on_trade_gap(const schemas::TradeGap&) override {}
};

}  // namespace tickgate::feeds
