// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "feeds/ingest/trade_pen.h"

// A pen of trades, and what comes out of it.
namespace tickgate::testing {

// What came out, as "0 5 id" (instrument, number, the trade's id or price), and "0 gap 5-7 reason".
struct Told final : feeds::TradePen::Outlet {
  bool tell(const schemas::Trade& trade) override {
    if (closed) return false;
    const auto name = trade.id.length > 0 ? std::string(trade.id.view())
                                          : fmt::format("at {}", trade.price.value().mantissa);
    lines.push_back(fmt::format("{} {} {}", trade.header.instrument.value(),
                                trade.header.sequence.value(), name));
    return true;
  }
  bool tell(const schemas::TradeGap& gap) override {
    if (closed) return false;
    lines.push_back(fmt::format("{} gap {}-{} {}", gap.instrument.value(), gap.from.value(),
                                gap.to.value(), name(gap.reason)));
    return true;
  }
  std::vector<std::string> take() { return std::exchange(lines, {}); }

  std::vector<std::string> lines;
  bool closed = false;
};

// Of instrument 0, made at `time` seconds.
inline schemas::Trade made(std::string_view id, std::int64_t time, std::int64_t price = 100) {
  schemas::Trade trade{};
  trade.header.instrument = schemas::InstrumentId(0);
  trade.header.venue_time = schemas::Timestamp{time * 1'000'000};
  trade.header.receive_time = schemas::Timestamp{time * 1'000'000 + 500};
  trade.price = schemas::Price({price, 0});
  trade.size = schemas::Quantity({1, 0});
  trade.id = id;
  return trade;
}
inline schemas::Trade of(std::uint32_t instrument, schemas::Trade trade) {
  trade.header.instrument = schemas::InstrumentId(instrument);
  return trade;
}

class TradePenRig : public ::testing::Test {
 protected:
  void lead(const feeds::LastTrade& stored = {}) {
    pen.begin_to_lead();
    pen.lead(schemas::InstrumentId(0), stored);
  }
  bool flush(std::uint32_t instrument = 0) {
    return pen.flush(schemas::InstrumentId(instrument), told);
  }
  std::vector<std::string> told_now() {
    flush();
    return told.take();
  }
  void seen(std::uint64_t number, const schemas::Trade& trade) {
    pen.seen(trade.header.instrument, {number, trade});
  }

  feeds::TradePen pen;
  Told told;
};

}  // namespace tickgate::testing
