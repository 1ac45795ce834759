// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "feeds/venues/binance.h"
#include "fmt/format.h"
#include "tests/support/adapter_test.h"

namespace tickgate::feeds::binance {

inline constexpr std::string_view kDepthTarget =
    "https://api.binance.com/api/v3/depth?symbol=BTCUSDT&limit=1000";

// The adapter over a connection whose subscriptions are acknowledged, and what the venue sends.
class BinanceTest : public testing::AdapterTest {
 protected:
  BinanceTest() : AdapterTest("binance", make_adapter) {}

  void open(const AdapterSettings& settings = testing::settings_of({"BTC-USDT", "ETH-USDT"})) {
    AdapterTest::open(settings);
    for (int id = 1; id <= 4; ++id) acknowledge(id);
    events.take();
  }
  void acknowledge(int id) { text(fmt::format(R"({{"result":null,"id":{}}})", id)); }
  // With BTC-USDT's book synced at update 100: one bid at 40000, one ask at 40001.
  void open_synced(const AdapterSettings& settings = testing::settings_of({"BTC-USDT",
                                                                           "ETH-USDT"})) {
    open(settings);
    http(kDepthTarget, 200, file("depth_snapshot.json"));
    events.take();
  }
  void diff(std::uint64_t first, std::uint64_t last, const std::string& bids,
            const std::string& asks = "", const std::string& symbol = "BTCUSDT") {
    text(R"({"stream":"x@depth@100ms","data":{"e":"depthUpdate","E":1700000000200,"s":")" + symbol +
         fmt::format(R"(","U":{},"u":{},"b":[{}],"a":[{}]}}}})", first, last, bids, asks));
  }
  void trade(std::uint64_t id) {
    text(R"({"stream":"btcusdt@trade","data":{"e":"trade","E":1700000000251,"s":"BTCUSDT","t":)" +
         std::to_string(id) +
         R"(,"p":"40000.01000000","q":"0.01000000","T":1700000000250,"m":true,"M":true}})");
  }
  schemas::InstrumentId btc() const { return id("BINANCE:BTC-USDT"); }
};

}  // namespace tickgate::feeds::binance
