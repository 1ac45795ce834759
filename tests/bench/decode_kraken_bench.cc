// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "feeds/adapter/order_book.h"
#include "feeds/venues/kraken.h"
#include "feeds/venues/kraken_checksum.h"
#include "tests/bench/decode_loop.h"
#include "tests/support/padded_text.h"
#include "tests/support/test_ticks.h"

namespace tickgate::feeds::kraken {
namespace {

constexpr int kDepth = 10;

// A book of ten levels a side, and the messages that make and change it, each with the checksum
// that the venue would send.
class Venue {
 public:
  std::string snapshot() {
    std::string bids, asks;
    for (int i = 0; i < kDepth; ++i) {
      append(bids, BookSide::kBid, fmt::format("{}.1", 50'000 - i), "0.50000000");
      append(asks, BookSide::kAsk, fmt::format("{}.2", 50'001 + i), "1.25000000");
    }
    return message("snapshot", bids, asks);
  }
  // The best bid and the third ask get other sizes.
  std::string update(std::string_view size) {
    std::string bids, asks;
    append(bids, BookSide::kBid, "50000.1", size);
    append(asks, BookSide::kAsk, "50003.2", size);
    return message("update", bids, asks);
  }

 private:
  void append(std::string& list, BookSide side, std::string_view price, std::string_view size) {
    fmt::format_to(std::back_inserter(list), R"({}{{"price":{},"qty":{}}})",
                   list.empty() ? "" : ",", price, size);
    book_.set(side, testing::price(price), testing::quantity(size));
  }
  std::string message(absl::string_view type, const std::string& bids, const std::string& asks) {
    return fmt::format(
        R"({{"channel":"book","type":"{}","data":[{{"symbol":"BTC/USD","bids":[{}])"
        R"(,"asks":[{}],"checksum":{},"timestamp":"2023-11-14T22:13:20.500000Z"}}]}})",
        type, bids, asks, checksum(book_));
  }

  OrderBook book_;
};

constexpr std::string_view kTrade =
    R"({"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"buy","price":5000)"
    R"(0.2,"qty":0.01000000,"ord_type":"market","trade_id":#,"timestamp":"2023-11-14T22:13:21.0)"
    R"(00001Z"}]})";
constexpr std::string_view kTicker =
    R"({"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":50000.1,"bid_qty":)"
    R"(0.50000000,"ask":50000.2,"ask_qty":0.10000000,"last":50000.2,"volume":1234.50000000,"vwa)"
    R"(p":50010.1,"low":49000.0,"high":51000.0,"change":-100.0,"change_pct":-0.2,"timestamp":"2)"
    R"(023-11-14T22:13:21.500000Z"}]})";
constexpr std::string_view kHeartbeat = R"({"channel":"heartbeat"})";

void decode(benchmark::State& state, Venue& venue, const std::vector<std::string>& texts,
            bool ticks = true) {
  schemas::InstrumentRegistry registry;
  testing::SilentEvents events;
  AdapterSettings settings;
  settings.pairs = {"BTC-USD"};
  const auto adapter = make_adapter(settings, registry, events);
  adapter->on_open({});
  const std::string text = venue.snapshot();
  const testing::PaddedText snapshot(text);
  adapter->on_text(snapshot.view(), {});
  testing::decode_in_turn(state, *adapter, events, texts, ticks);
}

void book_snapshot(benchmark::State& state) {
  Venue venue;
  decode(state, venue, {venue.snapshot()});
}
void book_update(benchmark::State& state) {
  Venue venue;
  venue.snapshot();
  const auto first = venue.update("0.75000000");
  const auto second = venue.update("0.60000000");
  Venue same;
  decode(state, same, {first, second});
}
void trade(benchmark::State& state) {
  Venue venue;
  decode(state, venue, {std::string(kTrade)});
}
void ticker(benchmark::State& state) {
  Venue venue;
  decode(state, venue, {std::string(kTicker)});
}
void heartbeat(benchmark::State& state) {
  Venue venue;
  decode(state, venue, {std::string(kHeartbeat)}, false);
}

BENCHMARK(book_snapshot);
BENCHMARK(book_update);
BENCHMARK(trade);
BENCHMARK(ticker);
BENCHMARK(heartbeat);

}  // namespace
}  // namespace tickgate::feeds::kraken
