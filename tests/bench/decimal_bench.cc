// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <array>
#include <string_view>

#include "schemas/decimal.h"

namespace tickgate::schemas {
namespace {

// As venues send them; sixteen, so that no branch is learned by heart.
using Texts = std::array<std::string_view, 16>;
constexpr Texts kBinance = {
    "61837.63000000", "3.78826000",     "61840.00000000", "0.00009000",
    "61835.51000000", "0.12000000",     "61844.12000000", "11.50000000",
    "2310.15000000",  "152.00000000",   "0.99980000",     "1250000.00000000",
    "0.00001234",     "61830.10000000", "0.00000000",     "7.10000000"};
constexpr Texts kShort = {"50000.1", "0.5", "49999.5", "1.25",   "100.11",  "7000",
                          "0.01",    "2",   "90000",   "100.09", "50001.0", "0.125",
                          "3100.4",  "16",  "0.3",     "99.5"};
constexpr Texts kExponents = {"1e-7",   "2.5e-8", "1e-05", "1.0002e+6", "3e-7",   "1.5e-3",
                              "2e-8",   "9e-6",   "4e2",   "1.25e-4",   "7.5e-7", "1e-8",
                              "1.1e-5", "8e-3",   "6e1",   "5.5e-2"};

void parse(benchmark::State& state, const Texts& texts) {
  std::size_t next = 0;
  for ([[maybe_unused]] const auto _ : state) {
    const auto value = parse_decimal(texts[next]);
    if (!value) state.SkipWithError("refused");
    benchmark::DoNotOptimize(value);
    next = (next + 1) % texts.size();
  }
}

void format(benchmark::State& state, const Texts& texts) {
  std::array<Decimal, 16> values;
  for (std::size_t i = 0; i < texts.size(); ++i) values[i] = *parse_decimal(texts[i]);
  std::array<char, Decimal::kMaxText> out{};
  std::size_t next = 0;
  for ([[maybe_unused]] const auto _ : state) {
    benchmark::DoNotOptimize(write_decimal(out.data(), values[next]));
    benchmark::ClobberMemory();
    next = (next + 1) % texts.size();
  }
}

void compare(benchmark::State& state, const Texts& texts) {
  std::array<Decimal, 16> values;
  for (std::size_t i = 0; i < texts.size(); ++i) values[i] = *parse_decimal(texts[i]);
  std::size_t next = 0;
  for ([[maybe_unused]] const auto _ : state) {
    benchmark::DoNotOptimize(values[next] < values[(next + 5) % texts.size()]);
    next = (next + 1) % texts.size();
  }
}

BENCHMARK_CAPTURE(parse, eight_decimals, kBinance);
BENCHMARK_CAPTURE(parse, short_ones, kShort);
BENCHMARK_CAPTURE(parse, exponents, kExponents);
BENCHMARK_CAPTURE(format, eight_decimals, kBinance);
BENCHMARK_CAPTURE(format, short_ones, kShort);
BENCHMARK_CAPTURE(compare, equal_scale, kBinance);
BENCHMARK_CAPTURE(compare, mixed_scale, kShort);

}  // namespace
}  // namespace tickgate::schemas
