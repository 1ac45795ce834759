// SPDX-License-Identifier: Apache-2.0
#include "feeds/venues/kraken_candles.h"

#include <fmt/format.h>

#include <array>
#include <optional>

#include "feeds/adapter/name_text.h"

namespace tickgate::feeds::kraken {
namespace {

using schemas::Interval;

constexpr std::int64_t kSecond = 1'000'000;  // in our microseconds

// Two assets have names of their own there.
std::string_view rest_asset(std::string_view asset) {
  if (asset == "BTC") return "XBT";
  return asset == "DOGE" ? "XDG" : asset;
}

// From behind `since`; the venue has no word for an end, and gives the newest 720 at the most.
std::string target(const CandlePage& page) {
  return fmt::format(
      "/0/public/OHLC?pair={}&interval={}&since={}", percent_encoded(rest_name(page.symbol)),
      schemas::length(page.interval) / (60 * kSecond), page.from.value() / kSecond - 1);
}

// Time, open, high, low, close, volume-weighted average, volume, count.
using Tokens = std::array<std::string_view, 8>;

Candle candle(const Tokens& tokens, JsonReader& reader) {
  Candle out =
      read_candle({tokens[0], tokens[1], tokens[2], tokens[3], tokens[4], tokens[6]}, reader);
  out.trades = reader.count(tokens[7], "count");
  return out;
}

bool read_rows(JsonValue& list, CandleRows& out, JsonReader& reader) {
  return walk_elements(list, reader, "result", [&](JsonValue& element) {
    Tokens tokens;
    JsonReader of_row;
    if (!read_row(element, tokens, of_row)) {
      reader = of_row;
      return false;
    }
    out.add(tokens, of_row, candle);
    return true;
  });
}

// {"error":[],"result":{"XXBTZUSD":[[1700000040,"40000.0","40010.0","39990.0","40005.0","40002.1",
//   "1.50000000",12],...],"last":1700000040}}; refused: {"error":["EQuery:Unknown asset pair"]}.
// The pair stands there under a name that only the venue's list of pairs tells; there is but one.
void read(std::string_view body, Interval, JsonDocument& document, CandleRows& out,
          JsonReader& reader) {
  std::size_t pairs = 0;
  std::string_view refusal;
  document.walk_object(body, reader, [&](JsonKey key, JsonValue& value) {
    if (key == "error") {
      return walk_elements(value, reader, "error", [&](JsonValue& item) {
        refusal = json_token(item);
        return true;
      });
    }
    if (key != "result") return true;
    return walk_members(value, reader, "result", [&](JsonKey name, JsonValue& member) {
      if (name == "last") return true;
      ++pairs;
      return read_rows(member, out, reader);
    });
  });
  if (!refusal.empty()) reader.fail("refused", refusal);
  if (pairs != 1) reader.fail("result", pairs == 0 ? "no pair" : "more pairs than one");
}

}  // namespace

std::string rest_name(std::string_view symbol) {
  const auto slash = symbol.find('/');
  if (slash == symbol.npos) return std::string(rest_asset(symbol));
  return std::string(rest_asset(symbol.substr(0, slash)))
      .append(rest_asset(symbol.substr(slash + 1)));
}

constexpr CandleWords kCandleWords = {
    .mark = "/0/public/OHLC?",
    .made_of = {std::nullopt, Interval::k1m, Interval::k5m, Interval::k15m, Interval::k1h,
                Interval::k4h, Interval::k1d},
    .target = target,
    .read = read,
};

}  // namespace tickgate::feeds::kraken
