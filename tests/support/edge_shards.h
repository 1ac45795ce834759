// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "feeds/publish/publisher.h"
#include "schemas/instrument.h"
#include "schemas/tick.h"

namespace tickgate::testing {

// What the shards are told: the newest of each, and a line for each word.
class EdgeShards final : public feeds::TickSink {
 public:
  void on_instrument(const schemas::Instrument& one) override { note("+", one.symbol); }
  void on_removed(const schemas::Instrument& one, schemas::Timestamp) override {
    note("-", one.symbol);
    states.erase(one.id.value());
    quotes.erase(one.id.value());
  }
  void on_tick(const schemas::Quote& quote) override {
    quotes[quote.header.instrument.value()] = quote;
    note("quote", quote.header.sequence.value());
  }
  void on_tick(const schemas::Book& book) override { note("book", book.header.sequence.value()); }
  void on_tick(const schemas::Trade& trade) override {
    follow(trade.header.instrument, trade.header.sequence.value(), trade.header.sequence.value());
    note("trade", trade.header.sequence.value());
  }
  void on_tick(const schemas::Ticker& ticker) override {
    note("ticker", ticker.header.sequence.value());
  }
  void on_tick(const schemas::InstrumentStatus& status) override {
    auto& last = numbers[status.header.instrument.value()];
    went_back = went_back || status.header.sequence.value() <= last;
    last = status.header.sequence.value();
    states[status.header.instrument.value()] = status;
    note(schemas::name(status.state), status.reason.view());
  }
  void on_tick(const schemas::Bar& bar) override { note("bar", bar.header.sequence.value()); }
  void on_trade_gap(const schemas::TradeGap& gap) override {
    follow(gap.instrument, gap.from.value(), gap.to.value());
    note("gap", fmt::format("{}-{}", gap.from.value(), gap.to.value()));
  }
  void on_epoch(const feeds::Epoch& epoch) override {
    note("epoch", epoch.name.view());
    if (!std::exchange(has_epoch, true)) return;  // the first is its name and no more
    states.clear();
    quotes.clear();
    next_trades.clear();
  }
  void on_forgotten(const feeds::Forgotten& forgotten) override {
    quotes.erase(forgotten.instrument.value());
    note("forget", schemas::name(forgotten.channel));
  }

  std::vector<std::string> take_lines() { return std::exchange(lines, {}); }

  std::map<std::uint32_t, schemas::InstrumentStatus> states;
  std::map<std::uint32_t, schemas::Quote> quotes;
  std::map<std::uint32_t, std::uint64_t> numbers;  // of the last status
  bool went_back = false;                          // a status's number did
  bool trades_out_of_order = false;
  bool has_epoch = false;
  std::map<std::uint32_t, std::uint64_t> next_trades;
  std::vector<std::string> lines;

 private:
  void follow(schemas::InstrumentId id, std::uint64_t from, std::uint64_t to) {
    auto& next = next_trades[id.value()];
    trades_out_of_order = trades_out_of_order || (next != 0 && from != next) || to < from;
    next = to + 1;
  }
  template <typename What>
  void note(std::string_view kind, const What& what) {
    lines.push_back(fmt::format("{} {}", kind, what));
  }
};

}  // namespace tickgate::testing
