// SPDX-License-Identifier: Apache-2.0
// One tick to its JSON object, appended to a text that keeps its room.
#include "schemas/json.h"

#include <benchmark/benchmark.h>

#include <string>

#include "schemas/instrument.h"
#include "tests/support/test_ticks.h"

namespace tickgate::schemas {
namespace {

constexpr std::string_view kSymbol = "BINANCE:BTC-USDT";

template <typename Append>
void append(benchmark::State& state, const Append& append_one) {
  std::string out;
  std::int64_t bytes = 0;
  for ([[maybe_unused]] const auto _ : state) {
    out.clear();
    append_one(out);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
    bytes += static_cast<std::int64_t>(out.size());
  }
  state.SetBytesProcessed(bytes);
}

TickHeader header(Channel channel) {
  return {InstrumentId{0},
          channel,
          0,
          0,
          SequenceNumber{28'037},
          Timestamp{1'723'161'255'208'000},
          Timestamp{1'723'161'253'937'085}};
}

void quote(benchmark::State& state) {
  const Quote tick{header(Channel::kQuote), testing::price("61837.63000000"),
                   testing::price("61837.64000000"), testing::quantity("3.78826000"),
                   testing::quantity("0.00009000")};
  append(state, [&](std::string& out) { append_json(out, tick, kSymbol); });
}

void trade(benchmark::State& state) {
  const Trade tick{header(Channel::kTrade), testing::price("61837.63000000"),
                   testing::quantity("0.00009000"), Side::kBuy, std::string_view("3720501234")};
  append(state, [&](std::string& out) { append_json(out, tick, kSymbol); });
}

void ticker(benchmark::State& state) {
  const Ticker tick{header(Channel::kTicker),
                    testing::price("61837.63000000"),
                    testing::price("55100.01000000"),
                    testing::price("62745.14000000"),
                    testing::price("54730.00000000"),
                    testing::quantity("45298.42617000"),
                    true};
  append(state, [&](std::string& out) { append_json(out, tick, kSymbol); });
}

// The argument: levels a side.
void book(benchmark::State& state) {
  const Instrument instrument{};
  auto tick = testing::book(instrument, 1, static_cast<std::uint8_t>(state.range(0)));
  for (std::size_t i = 0; i < tick.bid_count; ++i) {
    tick.bids[i] = {testing::price("61837.63000000"), testing::quantity("3.78826000")};
    tick.asks[i] = {testing::price("61844.12000000"), testing::quantity("0.00009000")};
  }
  append(state, [&](std::string& out) { append_json(out, tick, kSymbol); });
}

void status(benchmark::State& state) {
  InstrumentStatus tick;
  tick.header = header(Channel::kStatus);
  tick.state = State::kRecovering;
  tick.since = tick.header.receive_time;
  tick.reason = std::string_view("gap in depth updates");
  append(state, [&](std::string& out) { append_json(out, tick, kSymbol); });
}

void string_plain(benchmark::State& state) {
  append(state, [](std::string& out) { append_json_string(out, "waiting for the first book"); });
}
void string_escaped(benchmark::State& state) {
  append(state, [](std::string& out) { append_json_string(out, "a \"quoted\" text, \xC3\xA9"); });
}

BENCHMARK(quote);
BENCHMARK(trade);
BENCHMARK(ticker);
BENCHMARK(book)->Arg(5)->Arg(10)->Arg(25);
BENCHMARK(status);
BENCHMARK(string_plain);
BENCHMARK(string_escaped);

}  // namespace
}  // namespace tickgate::schemas
