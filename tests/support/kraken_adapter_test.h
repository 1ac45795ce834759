// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "feeds/venues/kraken.h"
#include "tests/support/adapter_test.h"

namespace tickgate::feeds::kraken {

inline std::string ack(std::string_view channel, std::string_view symbol,
                       std::string_view depth = "25") {
  std::string text = R"({"method":"subscribe","result":{"channel":")";
  text.append(channel);
  if (channel == "book") text.append(R"(","depth":)").append(depth).append(R"(,"snapshot":true)");
  if (channel != "book") text.append(R"(","snapshot":true)");
  text.append(R"(,"symbol":")").append(symbol).append(R"("},"success":true,"req_id":1})");
  return text;
}

class KrakenAdapter : public testing::AdapterTest {
 protected:
  KrakenAdapter() : AdapterTest("kraken", make_adapter) {}

  void open(const AdapterSettings& settings = testing::settings_of({"BTC-USD", "ETH-USD"})) {
    AdapterTest::open(settings);
  }
  void open_synced(const AdapterSettings& settings = testing::settings_of({"BTC-USD", "ETH-USD"})) {
    open(settings);
    text_of("book_snapshot.json");
    events.take();
  }
  void trade(std::uint64_t id) {
    text(
        R"({"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"buy","price":1.0,"qty":2.0,"trade_id":)" +
        std::to_string(id) + R"(,"timestamp":"2023-11-14T22:13:21Z"}]})");
  }
  void history(const std::vector<std::uint64_t>& ids) {
    std::string items;
    for (const auto id : ids) {
      items.append(items.empty() ? "" : ",").append(R"({"symbol":"BTC/USD","trade_id":)");
      items.append(std::to_string(id)).append("}");
    }
    text(R"({"channel":"trade","type":"snapshot","data":[)" + items + "]}");
  }
  schemas::InstrumentId btc() const { return id("KRAKEN:BTC-USD"); }
};

}  // namespace tickgate::feeds::kraken
