// SPDX-License-Identifier: Apache-2.0
// What a client's grant costs when it subscribes: 5,000 symbols by name, under several grants; the
// open one is what the others are held against. `fresh` grants were never seen before: their lists,
// which were made ready when the credential was read (`made_ready`), are held against each symbol.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "gateway/fanout/fan_out.h"
#include "schemas/instrument.h"

namespace tickgate::gateway {
namespace {

constexpr std::size_t kSymbols = 5'000;

class House {
 public:
  House() {
    for (std::size_t i = 0; i < kSymbols; ++i) {
      const auto& one = registry_.add("sim", "S" + std::to_string(i) + "-USD");
      fan_out_.on_instrument(one);
      request_.symbols.push_back(one.symbol);
    }
    request_.channel = schemas::Channel::kQuote;
  }
  // -> how many subscriptions it made
  std::size_t subscribe(const std::shared_ptr<const Grant>& grant) {
    Subscriber client;
    client.grant = grant;
    bool done = fan_out_.subscribe(client, "1", request_);
    while (!done) done = fan_out_.go_on(client);
    const auto made = client.outbox.size();
    fan_out_.remove(client);
    return made;
  }

 private:
  schemas::InstrumentRegistry registry_;
  FanOut fan_out_{{.subscriptions_per_connection = kSymbols}, "EPOCH"};
  SubscribeRequest request_;
};

std::shared_ptr<const Grant> grant_of(const std::vector<std::vector<std::string>>& lists) {
  auto grant = std::make_shared<Grant>();
  grant->subject = "bench";
  for (const auto& list : lists) {
    std::vector<SymbolPattern> patterns;
    for (const auto& text : list) patterns.push_back(SymbolPattern::parse(text).value());
    grant->symbols.emplace_back(std::move(patterns));
  }
  return grant;
}

std::vector<std::string> every_name() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kSymbols; ++i) names.push_back("SIM:S" + std::to_string(i) + "-USD");
  return names;
}

void measure(benchmark::State& state, const std::vector<std::vector<std::string>>& lists,
             bool fresh) {
  House house;
  auto grant = lists.empty() ? nullptr : grant_of(lists);
  std::uint64_t round = 0;
  for ([[maybe_unused]] const auto _ : state) {
    if (fresh) {
      state.PauseTiming();
      auto more = lists;
      more.front().push_back("OTHER:X" + std::to_string(++round) + "-USD");
      grant = grant_of(more);
      state.ResumeTiming();
    }
    if (house.subscribe(grant) != kSymbols) state.SkipWithError("a symbol was not granted");
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kSymbols));
}

void open(benchmark::State& state) { measure(state, {}, false); }
void by_venue(benchmark::State& state) { measure(state, {{"SIM:*"}, {"*"}}, false); }
void by_name(benchmark::State& state) { measure(state, {every_name(), {"SIM:*"}}, false); }
void by_venue_fresh(benchmark::State& state) { measure(state, {{"SIM:*"}, {"*"}}, true); }
void by_name_fresh(benchmark::State& state) { measure(state, {every_name(), {"SIM:*"}}, true); }

// A list of 5,000 names, as a key file's line or a plan is read.
void made_ready(benchmark::State& state) {
  std::vector<SymbolPattern> patterns;
  for (const auto& name : every_name()) patterns.push_back(SymbolPattern::parse(name).value());
  for ([[maybe_unused]] const auto _ : state) {
    const SymbolList list(patterns);
    benchmark::DoNotOptimize(list.covers("SIM:S1-USD"));
  }
}

BENCHMARK(open)->Unit(benchmark::kMicrosecond);
BENCHMARK(by_venue)->Unit(benchmark::kMicrosecond);
BENCHMARK(by_name)->Unit(benchmark::kMicrosecond);
BENCHMARK(by_venue_fresh)->Unit(benchmark::kMicrosecond);
BENCHMARK(by_name_fresh)->Unit(benchmark::kMicrosecond);
BENCHMARK(made_ready)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace tickgate::gateway
