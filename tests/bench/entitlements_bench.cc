// SPDX-License-Identifier: Apache-2.0
// What a client's grant costs when it subscribes: 5,000 symbols by name, under several grants, each
// in turns with an open subscribe; `to_open` is the ratio of their medians. `fresh` grants were
// never seen before: their lists, which were made ready when the credential was read
// (`made_ready`), are held against each symbol. Making a list of 5,000 leaves little in a cache, so
// the open subscribe also comes behind the making of one.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
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

double seconds_of(House& house, benchmark::State& state,
                  const std::shared_ptr<const Grant>& grant) {
  const auto begin = std::chrono::steady_clock::now();
  if (house.subscribe(grant) != kSymbols) state.SkipWithError("a symbol was not granted");
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

// The time is what the entitled ones took.
void measure(benchmark::State& state, const std::vector<std::vector<std::string>>& lists,
             bool fresh) {
  House house;
  std::uint64_t round = 0;
  std::shared_ptr<const Grant> grant;
  const auto make = [&] {
    if (!fresh && grant != nullptr) return;
    auto more = lists;
    if (fresh) more.front().push_back("OTHER:X" + std::to_string(++round) + "-USD");
    grant = grant_of(more);
  };
  std::vector<double> open, entitled;
  for ([[maybe_unused]] const auto _ : state) {
    make();
    open.push_back(seconds_of(house, state, nullptr));
    make();
    entitled.push_back(seconds_of(house, state, grant));
    state.SetIterationTime(entitled.back());
  }
  state.counters["open_us"] = median(open) * 1e6;
  state.counters["median_us"] = median(entitled) * 1e6;
  state.counters["to_open"] = median(entitled) / median(open);
}

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

BENCHMARK(by_venue)->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(by_name)->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(by_venue_fresh)->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(by_name_fresh)->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(made_ready)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace tickgate::gateway
