// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "gateway/config/config_loader.h"
#include "schemas/check.h"

// Any text is a configuration or a list of one-line complaints; what is accepted keeps its ranges.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto result = tickgate::gateway::parse_config(text, "fuzz.yaml", 100'000);
  for (const auto& error : result.errors) {
    TICKGATE_CHECK(error.starts_with("fuzz.yaml:"));
    TICKGATE_CHECK(error.find('\n') == std::string::npos);
  }
  if (!result.ok()) return 0;
  const auto& config = result.config;
  TICKGATE_CHECK(!config.feeds.empty() && config.feeds.size() <= 64);
  TICKGATE_CHECK(config.server.shards <= 64);
  TICKGATE_CHECK(config.limits.connections >= 1 && config.limits.connections <= 99'936);
  TICKGATE_CHECK(config.limits.frame_bytes >= 4096 && config.limits.frame_bytes <= 4U << 20U);
  for (const auto& feed : config.feeds) {
    TICKGATE_CHECK(!feed.name.empty() && feed.name.size() <= 32);
    TICKGATE_CHECK(feed.speed >= 0.01 && feed.speed <= 1000);
    TICKGATE_CHECK(feed.reconnect_min <= feed.reconnect_max);
  }
  return 0;
}
