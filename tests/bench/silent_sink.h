// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <benchmark/benchmark.h>

#include "feeds/publish/publisher.h"

namespace tickgate::feeds {

// Takes bars and does nothing with them.
struct SilentSink final : TickSink {
  void on_instrument(const schemas::Instrument&) override {}
  void on_tick(const schemas::Quote&) override {}
  void on_tick(const schemas::Book&) override {}
  void on_tick(const schemas::Trade&) override {}
  void on_tick(const schemas::Ticker&) override {}
  void on_tick(const schemas::InstrumentStatus&) override {}
  void on_tick(const schemas::Bar& bar) override { benchmark::DoNotOptimize(bar); }
  void on_trade_gap(const schemas::TradeGap&) override {}
};

}  // namespace tickgate::feeds
