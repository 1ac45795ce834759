// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "feeds/publish/publisher.h"
#include "gateway/protocol/symbol_pattern.h"

namespace tickgate::gateway {

// Every published tick as one JSON object of the client protocol a line, of those that are wanted.
// The state is that of quote and book together, as for a client that follows both.
// Collects a megabyte before it writes. One thread.
class TickLines final : public feeds::TickSink {
 public:
  // Books are printed with their best `depth` levels; with `only`, the symbols that one of these
  // matches. `out` outlives this.
  TickLines(std::FILE* out, std::size_t depth, std::vector<SymbolPattern> only)
      : out_(out), depth_(depth), only_(std::move(only)) {}

  // Whether what comes now is printed; it is to begin with.
  void set_printing(bool printing) { printing_ = printing; }
  bool printing() const { return printing_; }
  std::uint64_t printed(schemas::Channel channel) const {
    return printed_[static_cast<std::size_t>(channel)];
  }

  void on_instrument(const schemas::Instrument& instrument) override;
  void on_tick(const schemas::Quote& quote) override;
  void on_tick(const schemas::Book& book) override;
  void on_tick(const schemas::Trade& trade) override;
  void on_tick(const schemas::Ticker& ticker) override;
  void on_tick(const schemas::InstrumentStatus& status) override;
  void on_tick(const schemas::Bar& bar) override;
  void on_trade_gap(const schemas::TradeGap& gap) override;

  // Writes what was collected. False when the reader is gone or the disk is full, now or before:
  // errno of it in write_error().
  bool flush();
  bool ok() const { return write_error_ == 0; }
  int write_error() const { return write_error_; }

 private:
  // Empty: not wanted.
  std::string_view symbol(schemas::InstrumentId id) const { return symbols_[id.value()]; }
  bool wants(schemas::InstrumentId id) const { return printing_ && !symbol(id).empty(); }
  template <typename Tick>
  void put(const Tick& tick);
  void end_line();

  std::FILE* out_;
  std::size_t depth_;
  std::vector<SymbolPattern> only_;
  bool printing_ = true;
  std::array<std::uint64_t, schemas::kChannelCount> printed_{};
  std::vector<std::string_view> symbols_;            // by InstrumentId; the registry's own texts
  std::vector<schemas::InstrumentStatus> statuses_;  // the last of each, by InstrumentId
  std::string text_;
  int write_error_ = 0;
};

}  // namespace tickgate::gateway
