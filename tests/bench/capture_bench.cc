// SPDX-License-Identifier: Apache-2.0
// What a replay pays to read its file: one line of a capture to its record.
#include <benchmark/benchmark.h>

#include <string>

#include "feeds/capture/capture.h"

namespace tickgate::feeds {
namespace {

constexpr std::string_view kQuote =
    R"({"stream":"btcusdt@bookTicker","data":{"u":101,"s":"BTCUSDT","b":"40000.00000000","B":"1)"
    R"(.00000000","a":"40000.01000000","A":"2.00000000"}})";

void parse_line(benchmark::State& state, std::string_view data) {
  CaptureRecord record;
  record.time_ns = 1'723'161'253'937'085'768;
  record.venue = "binance";
  record.conn = 1;
  record.kind = CaptureKind::kText;
  record.data = data;
  std::string text;
  append_capture_line(text, record);
  const auto size = text.size() - 1;  // without the line feed
  text.append(64, '\0');
  CaptureLineParser parser;
  for ([[maybe_unused]] const auto _ : state) {
    const auto parsed = parser.parse(std::string_view(text).substr(0, size));
    if (!parsed) state.SkipWithError("refused");
    benchmark::DoNotOptimize(parsed);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(size));
}

// A text full of quotes, as all JSON in JSON is, and one without.
void escaped_text(benchmark::State& state) { parse_line(state, kQuote); }
void plain_text(benchmark::State& state) { parse_line(state, std::string(kQuote.size(), 'x')); }

BENCHMARK(escaped_text);
BENCHMARK(plain_text);

}  // namespace
}  // namespace tickgate::feeds
