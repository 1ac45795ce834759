// SPDX-License-Identifier: Apache-2.0
// Any bytes as what an ingest says, one message a line: an edge reads each to its end or refuses
// it, and whatever it takes keeps what it promises: status numbers rise, trades come once and in
// order, and nothing is live of which a price was not heard since messages were missed.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "schemas/check.h"
#include "tests/support/edge_cluster.h"

namespace {

using tickgate::testing::EdgeCluster;

// A line's first letter says where it came from, or that something happened.
void say(EdgeCluster& cluster, std::string_view line) {
  if (line.empty()) return cluster.advance_ms(200);
  const auto text = std::string(line.substr(1));
  switch (line.front()) {
    case 's':
      return cluster.give(EdgeCluster::From::kStored, text);
    case 'h':
      return cluster.give(EdgeCluster::From::kHistory, text);
    case 'c':
      return cluster.connect();
    case 'd':
      return cluster.disconnect();
    case 'l':
      return cluster.model->on_lost(cluster.now, cluster.wall());
    case 't':
      return cluster.advance_ms(1'000);
    default:
      return cluster.give(EdgeCluster::From::kLive, std::string(line));
  }
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMostLines = 40;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are text here
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  EdgeCluster cluster;
  cluster.step = std::chrono::milliseconds{200};
  cluster.connect();
  for (std::size_t i = 0; i < kMostLines && !rest.empty(); ++i) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    say(cluster, line);
    // What is known is wanted.
    const auto known = static_cast<std::uint32_t>(cluster.registry.size());
    for (std::uint32_t id = 0; id < known; ++id) {
      if (cluster.demand.of(tickgate::schemas::InstrumentId{id}) > 0) continue;
      cluster.want(cluster.registry.at(tickgate::schemas::InstrumentId{id}),
                   tickgate::schemas::Channel::kQuote);
    }
  }
  TICKGATE_CHECK(!cluster.shards.went_back);
  TICKGATE_CHECK(!cluster.shards.trades_out_of_order);
  cluster.disconnect();
  cluster.advance_ms(2'000);
  for (const auto& [id, status] : cluster.shards.states) {
    TICKGATE_CHECK(status.state != tickgate::schemas::State::kLive);
  }
  return 0;
}
