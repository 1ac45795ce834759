// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "feeds/derived/bars.h"
#include "gateway/cli/tick_lines.h"

namespace tickgate::gateway {

// The bars of a replay in place of its ticks: those that close and those that are corrected as it
// happens, by the times at which the records were received, and in the end those that are open.
class ReplayBars final : public feeds::TickSink {
 public:
  // `lines` outlives this.
  ReplayBars(TickLines& lines, schemas::Interval interval)
      : lines_(lines), interval_(interval), bars_({}, *this, nullptr) {}

  // Before each record.
  void advance(schemas::Timestamp time) {
    now_ = time;
    bars_.advance({time, feeds::Monotonic{time.value()}});
  }
  // Behind the last record: prints what has not closed.
  void finish();

  void on_instrument(const schemas::Instrument& instrument) override;
  void on_tick(const schemas::Quote&) override {}
  void on_tick(const schemas::Book&) override {}
  void on_tick(const schemas::Ticker&) override {}
  void on_tick(const schemas::InstrumentStatus&) override {}
  void on_tick(const schemas::Trade& trade) override { bars_.on_trade(trade); }
  void on_tick(const schemas::Bar& bar) override;
  void on_trade_gap(const schemas::TradeGap& gap) override { bars_.on_trade_gap(gap); }

 private:
  TickLines& lines_;
  schemas::Interval interval_;
  schemas::Timestamp now_;
  feeds::Bars bars_;
  std::vector<schemas::InstrumentId> instruments_;  // in the order in which they appeared
};

}  // namespace tickgate::gateway
