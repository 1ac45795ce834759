// SPDX-License-Identifier: Apache-2.0
#include "feeds/venues/binance_candles.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <string>
#include <string_view>

#include "feeds/adapter/name_text.h"

namespace tickgate::feeds::binance {
namespace {

using schemas::Interval;

constexpr std::int64_t kMillisecond = 1'000;  // in our microseconds

// The venue's names of intervals are ours; "1M" is a month. Both ends are inclusive.
std::string target(const CandlePage& page) {
  return fmt::format("/api/v3/klines?symbol={}&interval={}&startTime={}&endTime={}&limit={}",
                     percent_encoded(page.symbol), schemas::name(page.interval),
                     page.from.value() / kMillisecond, page.to.value() / kMillisecond - 1,
                     (page.to.value() - page.from.value()) / schemas::length(page.interval));
}

// Open time, open, high, low, close, volume, close time, quote volume, number of trades.
using Tokens = std::array<std::string_view, 9>;

Candle candle(const Tokens& tokens, Interval interval, JsonReader& reader) {
  Candle out =
      read_candle({tokens[0], tokens[1], tokens[2], tokens[3], tokens[4], tokens[5]}, reader);
  out.trades = reader.count(tokens[8], "number of trades");
  // The last unit of time in it, whatever the unit: else it is of another interval.
  const auto end = candle_start(tokens[6], reader);
  if (!reader.ok()) return out;
  const auto last = end.value() - out.start.value();
  const auto length = schemas::length(interval);
  if (last < length - kMillisecond || last >= length) reader.fail("close time", tokens[6]);
  return out;
}

// [[1700000040000,"40000.00","40010.00","39990.00","40005.00","1.50000000",1700000099999,
//   "60007.50",12,"0.75000000","30003.75","0"],...]
void read(std::string_view body, Interval interval, JsonDocument& document, CandleRows& out,
          JsonReader& reader) {
  const bool walked = document.walk_array(body, reader, [&](JsonValue& element) {
    Tokens tokens;
    JsonReader of_row;
    if (!read_row(element, tokens, of_row)) {
      reader = of_row;
      return false;
    }
    out.add(tokens, of_row,
            [&](const Tokens& read, JsonReader& row) { return candle(read, interval, row); });
    return true;
  });
  if (walked) document.ends_here(reader);
}

}  // namespace

constexpr CandleWords kCandleWords = {
    .mark = "/api/v3/klines?",
    .rows = 1000,
    .weight = 2,
    .made_of = {Interval::k1s, Interval::k1m, Interval::k5m, Interval::k15m, Interval::k1h,
                Interval::k4h, Interval::k1d},
    .target = target,
    .read = read,
};

}  // namespace tickgate::feeds::binance
