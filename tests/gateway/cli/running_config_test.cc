// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/running_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/config/config_diff.h"
#include "gateway/server/config_page.h"

namespace tickgate::gateway {
namespace {

using testing::IsEmpty;

TEST(RunningConfig, IsReadAsTheGatewayWroteIt) {
  const auto loaded = parse_config(R"(
server: {origins: ["https://a.example.com", "https://*.b.example.com"]}
feeds:
- {venue: kraken, symbols: [BTC-USD, ETH-USD], rest_url: "https://a.io/?key=1"}
- {venue: simulator}
consolidated: [{pairs: [BTC-USD, "*-EUR"]}]
)",
                                   "t.yaml", 1'000'000);
  ASSERT_THAT(loaded.errors, IsEmpty());
  const Reload reload(loaded.config, loaded.file,
                      [](const Config&, const Config&) { return std::vector<std::string>{}; });
  const auto running = read_running_config(config_page(reload, 1));
  ASSERT_TRUE(running.ok()) << running.status();
  EXPECT_EQ(running->fingerprint, loaded.file.fingerprint);
  const auto changes = config_diff(running->view, config_view(loaded.config, loaded.file.places));
  ASSERT_EQ(changes.size(), 1U) << changes_text(changes, 1000);
  EXPECT_EQ(changes[0].line(), "? feed kraken: rest_url: a part of it is hidden, and may differ");
}

TEST(RunningConfig, AnotherTextIsRefused) {
  for (const auto* text : {"", "{", "[]", "{}", R"({"fingerprint":1,"config":{}})",
                           R"({"fingerprint":null,"config":{"limits":{"connections":1}}})",
                           R"({"fingerprint":null,"config":{"feeds":[]}})"}) {
    EXPECT_FALSE(read_running_config(text).ok()) << text;
  }
}

}  // namespace
}  // namespace tickgate::gateway
