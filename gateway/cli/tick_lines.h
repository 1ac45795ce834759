// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "feeds/publish/publisher.h"

namespace tickgate::gateway {

// Every published tick as one JSON object of the client protocol a line. Collects a megabyte
// before it writes. One thread.
class TickLines final : public feeds::TickSink {
 public:
  // Books are printed with their best `depth` levels. `out` outlives this.
  TickLines(std::FILE* out, std::size_t depth) : out_(out), depth_(depth) {}

  void on_instrument(const schemas::Instrument& instrument) override;
  void on_tick(const schemas::Quote& quote) override { put(quote); }
  void on_tick(const schemas::Book& book) override;
  void on_tick(const schemas::Trade& trade) override { put(trade); }
  void on_tick(const schemas::Ticker& ticker) override { put(ticker); }
  void on_tick(const schemas::InstrumentStatus& status) override { put(status); }
  void on_trade_gap(const schemas::TradeGap& gap) override;

  // Writes what was collected. False when the reader is gone or the disk is full, now or before:
  // errno of it in write_error().
  bool flush();
  bool ok() const { return write_error_ == 0; }
  int write_error() const { return write_error_; }

 private:
  std::string_view symbol(schemas::InstrumentId id) const { return symbols_[id.value()]; }
  template <typename Tick>
  void put(const Tick& tick);
  void end_line();

  std::FILE* out_;
  std::size_t depth_;
  std::vector<std::string_view> symbols_;  // by InstrumentId; the registry's own texts
  std::string text_;
  int write_error_ = 0;
};

}  // namespace tickgate::gateway
