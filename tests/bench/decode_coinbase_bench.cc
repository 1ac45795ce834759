// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include "feeds/venues/coinbase.h"
#include "tests/bench/decode_loop.h"
#include "tests/support/padded_text.h"

namespace tickgate::feeds::coinbase {
namespace {

// In the venue's order of keys.
constexpr std::string_view kSnapshot =
    R"({"channel":"l2_data","client_id":"","timestamp":"2026-11-20T10:00:00.123456789Z","seque)"
    R"(nce_num":0,"events":[{"type":"snapshot","product_id":"ABC-USD","updates":[{"side":"bid",)"
    R"("event_time":"2026-11-20T10:00:00.1Z","price_level":"100.10","new_quantity":"1.50"},{"si)"
    R"(de":"bid","event_time":"2026-11-20T10:00:00.1Z","price_level":"100.09","new_quantity":"2)"
    R"("},{"side":"offer","event_time":"2026-11-20T10:00:00.1Z","price_level":"100.12","new_qua)"
    R"(ntity":"0.25"}]}]})";

std::string level(std::string_view side, std::string_view price, std::string_view size) {
  return R"({"side":")" + std::string(side) +
         R"(","event_time":"2026-11-20T10:00:00.123456Z","price_level":")" + std::string(price) +
         R"(","new_quantity":")" + std::string(size) + R"("})";
}

std::string update(std::string_view size) {
  return R"({"channel":"l2_data","client_id":"","timestamp":"2026-11-20T10:00:00.123456789Z",)"
         R"("sequence_num":#,"events":[{"type":"update","product_id":"ABC-USD","updates":[)" +
         level("bid", "100.08", size) + "," + level("offer", "100.13", size) + "]}]}";
}

constexpr std::string_view kTrade =
    R"({"channel":"market_trades","client_id":"","timestamp":"2026-11-20T10:00:00.123456789Z",)"
    R"("sequence_num":#,"events":[{"type":"update","trades":[{"product_id":"ABC-USD","trade_id")"
    R"(:"#","price":"100.11","size":"0.50000000","time":"2026-11-20T10:00:00.123456Z","side":"B)"
    R"(UY"}]}]})";
constexpr std::string_view kTicker =
    R"({"channel":"ticker","client_id":"","timestamp":"2026-11-20T10:00:00.123456789Z","sequenc)"
    R"(e_num":#,"events":[{"type":"update","tickers":[{"type":"ticker","product_id":"ABC-USD","p)"
    R"(rice":"100.11","volume_24_h":"16000.12345678","low_24_h":"99.5","high_24_h":"102.25","low)"
    R"(_52_w":"52.1","high_52_w":"150.9","price_percent_chg_24_h":"4.15","best_bid":"100.10","be)"
    R"(st_bid_quantity":"1.5","best_ask":"100.12","best_ask_quantity":"0.25"}]}]})";
constexpr std::string_view kHeartbeat =
    R"({"channel":"heartbeats","client_id":"","timestamp":"2026-11-20T10:00:00.123456789Z","sequ)"
    R"(ence_num":#,"events":[{"current_time":"2026-11-20 10:00:00.123456789 +0000 UTC m=+91717.5)"
    R"(25857105","heartbeat_counter":"3049"}]})";

// Every frame carries the connection's sequence_num, which has to go on.
void decode(benchmark::State& state, const std::vector<std::string>& texts, bool ticks = true) {
  schemas::InstrumentRegistry registry;
  testing::SilentEvents events;
  AdapterSettings settings;
  settings.pairs = {"ABC-USD"};
  settings.gaps = GapPolicy::kWarn;  // from the snapshot's number to the first frame's
  const auto adapter = make_adapter(settings, registry, events);
  adapter->on_open({});
  const testing::PaddedText snapshot(kSnapshot);
  adapter->on_text(snapshot.view(), {});
  const testing::EndlessFrame last_before(kHeartbeat, std::size_t{0} - 1);
  adapter->on_text(last_before.view(), {});
  testing::decode_in_turn(state, *adapter, events, texts, ticks);
}

void book_update(benchmark::State& state) { decode(state, {update("0"), update("1.50000000")}); }
void trade(benchmark::State& state) { decode(state, {std::string(kTrade)}); }
void ticker(benchmark::State& state) { decode(state, {std::string(kTicker)}); }
void heartbeat(benchmark::State& state) { decode(state, {std::string(kHeartbeat)}, false); }

BENCHMARK(book_update);
BENCHMARK(trade);
BENCHMARK(ticker);
BENCHMARK(heartbeat);

}  // namespace
}  // namespace tickgate::feeds::coinbase
