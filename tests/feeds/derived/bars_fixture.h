// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "feeds/derived/bars.h"
#include "tests/support/silent_sink.h"
#include "tests/support/test_ticks.h"

namespace tickgate::feeds {

// Keeps the bars that were told.
struct ToldBars final : SilentSink {
  using SilentSink::on_tick;
  void on_tick(const schemas::Bar& bar) override { bars.push_back(bar); }

  std::vector<schemas::Bar> bars;
};

// A venue that notes the questions and is answered for by the test.
struct Questions final : CandleAsker {
  bool ask_candles(const CandleRequest& request) override {
    if (!has_any) return false;
    asked.push_back(request);
    return true;
  }
  bool has_any = true;
  std::vector<CandleRequest> asked;
};

inline std::string text_of(const schemas::Decimal& value) {
  std::array<char, schemas::Decimal::kMaxText> out;
  return {out.data(), schemas::write_decimal(out.data(), value)};
}

// "60: 1 3 1 2 v10 n4 closed": its start in seconds from kZero, open, high, low, close, volume,
// trades, and what is true of it.
inline constexpr std::int64_t kZero = 1'700'006'400'000'000;  // a day's first
inline std::string text_of(const schemas::Bar& bar) {
  auto text =
      fmt::format("{}: {} {} {} {} v{} n{}", (bar.start.value() - kZero) / 1'000'000,
                  text_of(bar.open.value()), text_of(bar.high.value()), text_of(bar.low.value()),
                  text_of(bar.close.value()), text_of(bar.volume.value()),
                  bar.trades == schemas::Bar::kTradesUnknown ? "?" : std::to_string(bar.trades));
  if (bar.closed) text += " closed";
  if (bar.corrected) text += " corrected";
  if (!bar.complete) text += " incomplete";
  return text;
}

// One instrument, whose time is in seconds from kZero.
class BarsFixture : public ::testing::Test {
 protected:
  using Texts = std::vector<std::string>;
  static constexpr auto k1s = schemas::Interval::k1s;
  static constexpr auto k1m = schemas::Interval::k1m;
  static constexpr auto k1d = schemas::Interval::k1d;

  void start(BarsOptions given = {}) {
    options = given;
    demand.raise(id, k1s);
    demand.raise(id, k1m);
    bars.emplace(options, told, &demand);
    bars->attach(venue);
    go_to(0);
  }
  static std::int64_t at(double seconds) {
    return kZero + static_cast<std::int64_t>(seconds * 1e6);
  }
  // Both clocks; or the wall clock alone, as somebody sets it.
  void go_to(double seconds) {
    if (seconds > wall) steady += seconds - wall;
    set_clock(seconds);
  }
  void set_clock(double seconds) {
    wall = seconds;
    steady += 0.3;
    bars->advance(now());
  }
  Moment now() const {
    return {schemas::Timestamp{at(wall)}, Monotonic{static_cast<std::int64_t>(steady * 1e6)}};
  }
  void trade(double seconds, std::string_view price, std::string_view size = "1") {
    schemas::Trade one;
    one.header.instrument = id;
    one.header.venue_time = schemas::Timestamp{at(seconds)};
    one.header.receive_time = schemas::Timestamp{at(wall)};
    one.price = testing::price(price);
    one.size = testing::quantity(size);
    bars->on_trade(one);
  }
  void lose() { bars->on_trade_gap({id, {}, {}, schemas::GapReason::kFeedGap}); }

  // What was told of an interval since the last call.
  Texts news(schemas::Interval interval) {
    Texts texts;
    for (const auto& bar : told.bars) {
      if (bar.interval == interval) texts.push_back(text_of(bar));
    }
    told.bars.clear();
    return texts;
  }
  Texts held(schemas::Interval interval) {
    Texts texts;
    const auto copy = bars->copy(id, interval);
    for (const auto& bar : *copy) texts.push_back(text_of(bar));
    return texts;
  }

  schemas::InstrumentId id{3};
  BarsOptions options;
  BarDemand demand;
  ToldBars told;
  Questions venue;
  std::optional<Bars> bars;
  double wall = 0, steady = 100;
};

}  // namespace tickgate::feeds
