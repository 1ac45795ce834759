// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/replay_bars.h"

namespace tickgate::gateway {

void ReplayBars::on_instrument(const schemas::Instrument& instrument) {
  instruments_.push_back(instrument.id);
  lines_.on_instrument(instrument);
}

void ReplayBars::on_tick(const schemas::Bar& bar) {
  if (bar.interval == interval_ && (bar.closed || bar.corrected)) lines_.on_tick(bar);
}

void ReplayBars::finish() {
  advance(now_);
  for (const auto instrument : instruments_) {
    const auto bars = bars_.copy(instrument, interval_);
    for (const auto& bar : *bars) {
      if (!bar.closed) lines_.on_tick(bar);
    }
  }
}

}  // namespace tickgate::gateway
