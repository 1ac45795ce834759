// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <string>

#include "feeds/binance/adapter.h"
#include "feeds/kraken/adapter.h"
#include "tests/support/padded_text.h"

// What one frame costs from its bytes to the tick, per venue and kind of frame. The trade
// frames get a new id each time, or all but the first were duplicates.
namespace tickgate::feeds {
namespace {

class NoEvents final : public AdapterEvents {
 public:
  std::size_t ticks = 0;
  void on_instrument(const schemas::Instrument&) override {}
  void on_tick(const schemas::Quote&) override { ++ticks; }
  void on_tick(const schemas::Book&) override { ++ticks; }
  void on_tick(const schemas::Trade&) override { ++ticks; }
  void on_tick(const schemas::Ticker&) override { ++ticks; }
  void on_trades_lost(schemas::InstrumentId, std::uint64_t) override {}
  void on_recovering(schemas::InstrumentId, std::string_view) override {}
  void on_whole(schemas::InstrumentId) override {}
  void on_halted(schemas::InstrumentId, std::string_view) override {}
  void on_closed(schemas::InstrumentId, std::string_view) override {}
  void on_trading(schemas::InstrumentId) override {}
  void send(std::string, std::span<const VenueSubscription>) override {}
  void fetch(std::string) override {}
  void wish_resync(schemas::InstrumentId) override {}
  void wish_reconnect(std::string_view) override {}
  void on_acknowledged(VenueSubscription) override {}
  void on_refused(VenueSubscription, std::string_view) override {}
  void on_anomaly(Anomaly, std::string_view) override {}
  void on_checksum_verified() override {}
};

constexpr std::string_view kBinanceBookTicker =
    R"({"stream":"btcusdt@bookTicker","data":{"u":101,"s":"BTCUSDT","b":"40000.00000000","B)"
    R"(":"1.00000000","a":"40000.01000000","A":"2.00000000"}})";
constexpr std::string_view kBinanceTrade =
    R"({"stream":"btcusdt@trade","data":{"e":"trade","E":1700000000251,"s":"BTCUSDT","t":50)"
    R"(0,"p":"40000.01000000","q":"0.01000000","T":1700000000250,"m":true,"M":true}})";
constexpr std::string_view kBinanceTicker =
    R"({"stream":"btcusdt@ticker","data":{"e":"24hrTicker","E":1700000000450,"s":"BTCUSDT",)"
    R"("p":"12.00000000","P":"0.030","w":"40010.00000000","x":"39999.00000000","c":"40000.0)"
    R"(1000000","Q":"0.01000000","b":"40000.00000000","B":"1.00000000","a":"40000.01000000")"
    R"(,"A":"2.00000000","o":"39990.00000000","h":"40500.00000000","l":"39500.00000000","v")"
    R"(:"20.00000000","q":"800000.00000000","O":1699913600000,"C":1700000000000,"F":1,"L":9)"
    R"(,"n":9}})";
constexpr std::string_view kKrakenSnapshot =
    R"({"channel":"book","type":"snapshot","data":[{"symbol":"BTC/USD","bids":[{"price":500)"
    R"(00.1,"qty":0.50000000},{"price":50000.0,"qty":1.25000000},{"price":49999.5,"qty":0.0)"
    R"(0005100}],"asks":[{"price":50000.2,"qty":0.10000000},{"price":50001.0,"qty":2.000000)"
    R"(00}],"checksum":4065643202,"timestamp":"2023-11-14T22:13:20.000001Z"}]})";
constexpr std::string_view kKrakenUpdate =
    R"({"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[{"price":50000)"
    R"(.1,"qty":0.60000000},{"price":50000.0,"qty":0.00000000},{"price":50000.1,"qty":0.750)"
    R"(00000}],"asks":[],"checksum":1646949403,"timestamp":"2023-11-14T22:13:20.5Z"}]})";
constexpr std::string_view kKrakenTicker =
    R"({"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":50000.1,"bid_q)"
    R"(ty":0.50000000,"ask":50000.2,"ask_qty":0.10000000,"last":50000.2,"volume":1234.50000)"
    R"(000,"vwap":50010.1,"low":49000.0,"high":51000.0,"change":-100.0,"change_pct":-0.2,"t)"
    R"(imestamp":"2023-11-14T22:13:21.5Z"}]})";

struct Bench {
  schemas::InstrumentRegistry registry;
  NoEvents events;
  std::unique_ptr<VenueAdapter> adapter;
  explicit Bench(bool kraken) {
    AdapterSettings settings;
    settings.pairs = {kraken ? "BTC-USD" : "BTC-USDT"};
    settings.gaps = GapPolicy::kWarn;  // the same book update again and again
    adapter = (kraken ? kraken::make_adapter : binance::make_adapter)(settings, registry, events);
    adapter->on_open({});
  }
};

// Counts `digits` of the number that ends at `end` up by one.
void count_up(char* end) {
  for (; *end == '9'; --end) *end = '0';
  ++*end;
}

void run(benchmark::State& state, bool kraken, std::string_view text,
         std::string_view counted = "") {
  Bench bench(kraken);
  if (kraken) {
    const testing::PaddedText snapshot(kKrakenSnapshot);
    bench.adapter->on_text(snapshot.view(), {});
  }
  std::string frame(text);
  const auto size = frame.size();
  frame.append(64, '\0');
  std::size_t number_end = 0;
  if (!counted.empty()) {
    number_end = frame.find(counted) + counted.size();
    frame.replace(number_end, 0, "1000000000");
    number_end += 9;
  }
  const std::string_view view(frame.data(), size + (counted.empty() ? 0 : 10));
  bench.events.ticks = 0;
  for (auto _ : state) {
    bench.adapter->on_text(view, {});
    if (number_end != 0) count_up(&frame[number_end]);
  }
  if (bench.events.ticks == 0) state.SkipWithError("no ticks came out");
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * view.size()));
}

BENCHMARK_CAPTURE(run, binance_book_ticker, false, kBinanceBookTicker);
BENCHMARK_CAPTURE(run, binance_trade, false, kBinanceTrade, "\"t\":");
BENCHMARK_CAPTURE(run, binance_ticker, false, kBinanceTicker);
BENCHMARK_CAPTURE(run, kraken_book_update, true, kKrakenUpdate);
BENCHMARK_CAPTURE(run, kraken_ticker, true, kKrakenTicker);

}  // namespace
}  // namespace tickgate::feeds
