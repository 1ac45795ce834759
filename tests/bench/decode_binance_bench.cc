// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <iterator>
#include <string>
#include <vector>

#include "feeds/venues/binance.h"
#include "tests/bench/decode_loop.h"
#include "tests/support/padded_text.h"

namespace tickgate::feeds::binance {
namespace {

constexpr std::string_view kBookTicker =
    R"({"stream":"btcusdt@bookTicker","data":{"u":#,"s":"BTCUSDT","b":"40000.00000000","B":)"
    R"("1.00000000","a":"40000.01000000","A":"2.00000000"}})";
constexpr std::string_view kTrade =
    R"({"stream":"btcusdt@trade","data":{"e":"trade","E":1700000000251,"s":"BTCUSDT","t":#,)"
    R"("p":"40000.01000000","q":"0.01000000","T":1700000000250,"m":true,"M":true}})";
constexpr std::string_view kTicker =
    R"({"stream":"btcusdt@ticker","data":{"e":"24hrTicker","E":1700000000450,"s":"BTCUSDT",)"
    R"("p":"12.00000000","P":"0.030","w":"40010.00000000","x":"39999.00000000","c":"40000.0)"
    R"(1000000","Q":"0.01000000","b":"40000.00000000","B":"1.00000000","a":"40000.01000000")"
    R"(,"A":"2.00000000","o":"39990.00000000","h":"40500.00000000","l":"39500.00000000","v")"
    R"(:"20.00000000","q":"800000.00000000","O":1699913600000,"C":1700000000000,"F":1,"L":9)"
    R"(,"n":9}})";

// `count` levels every ten cents from 10 cents off the middle; every second one has `size`.
std::string levels(int count, int cents, std::string_view size) {
  std::string out = "[";
  for (int i = 0; i < count; ++i) {
    const int price = 4'000'000 + cents * (i + 1);
    fmt::format_to(std::back_inserter(out), R"({}["{}.{}{}000000","{}"])", i == 0 ? "" : ",",
                   price / 100, price / 10 % 10, price % 10, i % 2 == 0 ? "0.50000000" : size);
  }
  return out + "]";
}

// Every second level comes with one and goes with the next, as market makers do.
std::string diff(int levels_a_side, std::string_view size) {
  return fmt::format(
      R"({{"stream":"btcusdt@depth@100ms","data":{{"e":"depthUpdate","E":1700000000200)"
      R"(,"s":"BTCUSDT","U":#,"u":#,"b":{},"a":{}}}}})",
      levels(levels_a_side, -10, size), levels(levels_a_side, 10, size));
}

void decode(benchmark::State& state, const std::vector<std::string>& texts) {
  schemas::InstrumentRegistry registry;
  testing::SilentEvents events;
  AdapterSettings settings;
  settings.pairs = {"BTC-USDT"};
  const auto adapter = make_adapter(settings, registry, events);
  adapter->on_open({});
  const testing::PaddedText snapshot(
      fmt::format(R"({{"lastUpdateId":999999999,"bids":{},"asks":{}}})",
                  levels(1000, -10, "1.25000000"), levels(1000, 10, "1.25000000")));
  adapter->on_http("https://api.binance.com/api/v3/depth?symbol=BTCUSDT&limit=1000", 200,
                   snapshot.view(), {});
  testing::decode_in_turn(state, *adapter, events, texts);
}

void book_ticker(benchmark::State& state) { decode(state, {std::string(kBookTicker)}); }
void trade(benchmark::State& state) { decode(state, {std::string(kTrade)}); }
void ticker(benchmark::State& state) { decode(state, {std::string(kTicker)}); }
// The argument: levels a side.
void depth_update(benchmark::State& state) {
  const auto count = static_cast<int>(state.range(0));
  decode(state, {diff(count, "0.00000000"), diff(count, "1.25000000")});
}

BENCHMARK(book_ticker);
BENCHMARK(trade);
BENCHMARK(ticker);
BENCHMARK(depth_update)->Arg(2)->Arg(20)->Arg(100);

}  // namespace
}  // namespace tickgate::feeds::binance
