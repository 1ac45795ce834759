// SPDX-License-Identifier: Apache-2.0
#include "feeds/venues/coinbase_candles.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "feeds/adapter/name_text.h"

namespace tickgate::feeds::coinbase {
namespace {

using schemas::Interval;

constexpr std::int64_t kSecond = 1'000'000;  // in our microseconds

std::string_view granularity(Interval interval) {
  switch (interval) {
    case Interval::k5m:
      return "FIVE_MINUTE";
    case Interval::k15m:
      return "FIFTEEN_MINUTE";
    case Interval::k1h:
      return "ONE_HOUR";
    case Interval::k1d:
      return "ONE_DAY";
    default:
      return "ONE_MINUTE";
  }
}

// Both ends are inclusive.
std::string target(const CandlePage& page) {
  return fmt::format(
      "/api/v3/brokerage/market/products/{}/candles?start={}&end={}&granularity={}&limit={}",
      percent_encoded(page.symbol), page.from.value() / kSecond, page.to.value() / kSecond - 1,
      granularity(page.interval),
      (page.to.value() - page.from.value()) / schemas::length(page.interval));
}

constexpr std::array<std::string_view, 6> kKeys = {"start", "open",  "high",
                                                   "low",   "close", "volume"};
using Tokens = std::array<std::string_view, kKeys.size()>;

Candle candle(const Tokens& tokens, JsonReader& reader) {
  return read_candle({tokens[0], tokens[1], tokens[2], tokens[3], tokens[4], tokens[5]}, reader);
}

// {"candles":[{"start":"1700000100","low":"99.5","high":"101","open":"100","close":"100.5",
//   "volume":"12.25"},...]}, the newest first. An interval without a trade has none.
void read(std::string_view body, Interval, JsonDocument& document, CandleRows& out,
          JsonReader& reader) {
  bool has_candles = false;
  document.walk_object(body, reader, [&](JsonKey key, JsonValue& value) {
    if (key != "candles") return true;
    has_candles = true;
    return walk_elements(value, reader, "candles", [&](JsonValue& element) {
      Tokens tokens;
      JsonReader of_row;
      if (!read_tokens(element, kKeys, tokens, of_row, "candle")) {
        reader = of_row;
        return false;
      }
      out.add(tokens, of_row, candle);
      return true;
    });
  });
  if (!has_candles) reader.fail("candles", {});
}

}  // namespace

constexpr CandleWords kCandleWords = {
    .mark = "/candles?",
    // Of 350 that the venue gives at once; its refusals count both ends.
    .rows = 300,
    .made_of = {std::nullopt, Interval::k1m, Interval::k5m, Interval::k15m, Interval::k1h,
                Interval::k1h, Interval::k1d},
    .target = target,
    .read = read,
};

}  // namespace tickgate::feeds::coinbase
