// SPDX-License-Identifier: Apache-2.0
// The examples of plain HTTP are what is answered, to the byte.
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <string>
#include <variant>

#include "gateway/api/full_book.h"
#include "gateway/api/http_api.h"
#include "gateway/api/instrument_pages.h"
#include "gateway/api/snapshot.h"
#include "gateway/api/venue_board.h"
#include "tests/support/example_files.h"
#include "tests/support/test_ticks.h"

namespace tickgate::gateway {
namespace {

using schemas::State;
using schemas::Timestamp;
using testing::price;
using testing::quantity;

constexpr Timestamp kVenueTime{1'732'100'000'123'456};

class HttpExamples : public ::testing::Test {
 protected:
  HttpExamples() {
    for (const auto* instrument : {&btc, &eth}) {
      const bool live = instrument == &btc;
      fan_out.on_instrument(*instrument);
      auto status = testing::status(*instrument, 3, live ? State::kLive : State::kDown);
      status.since = status.quote_since = kVenueTime;
      fan_out.on_tick(status);
    }
    fan_out.on_tick(schemas::Quote{header(schemas::Channel::kQuote, 812), price("67123.4"),
                                   price("67123.5"), quantity("0.53200000"),
                                   quantity("1.20000000")});
  }

  schemas::TickHeader header(schemas::Channel channel, std::uint64_t sequence) const {
    auto made = testing::header(btc, channel, sequence);
    made.venue_time = kVenueTime;
    made.receive_time = Timestamp{1'732'100'000'124'001};
    return made;
  }

  static std::string venues() {
    constexpr Timestamp kSince{1'790'000'000'000'000}, kNow{1'790'000'000'100'000};
    feeds::FeedStatus live, begins;
    live.state = feeds::FeedState::kLive;
    live.since = begins.since = kSince;
    live.last_message = Timestamp{kNow.value() - 3'000};
    live.venue_age = std::chrono::milliseconds(38);
    begins.reason = "connecting";
    std::string text = "[";
    append_venue_json(text, "kraken", "kraken", live, {412.0, 0, 1, 2}, kNow);
    append_venue_json(text += ',', "spare", "binance", begins, {}, kNow);
    return text + "]";
  }
  std::string instruments() {
    auto query = InstrumentQuery::read({}, fan_out);
    boost::asio::io_context io;
    InstrumentPages pages(fan_out, io);
    const auto asker = std::make_shared<int>();
    std::string body;
    pages.read({std::get<InstrumentQuery>(std::move(query)), {}, false}, asker,
               [&](const InstrumentPages::Page& page) { body = page->body; });
    while (body.empty() && io.run_one_for(std::chrono::seconds(10)) > 0) {
    }
    return body;
  }
  std::string snapshot() {
    HttpRequest request;
    request.is_post = true;
    const auto body = testing::example_files("http").at("snapshot_request");
    request.body = body;
    return snapshot_json(request, fan_out).json;
  }
  std::string book() const {
    feeds::OrderBook book;
    book.set(feeds::BookSide::kBid, price("67123.4"), quantity("0.53200000"));
    book.set(feeds::BookSide::kAsk, price("67123.5"), quantity("1.20000000"));
    schemas::Book top;
    top.header = header(schemas::Channel::kBook, 90);
    top.integrity = schemas::Integrity::kChecksum;
    return full_book_json(book, top, btc.symbol, 1000);
  }
  std::string error() {
    HttpRequest request;
    request.query.push_back({"symbols", "btc-usd"});
    return snapshot_json(request, fan_out).json;
  }

  schemas::InstrumentRegistry registry;
  const schemas::Instrument& btc = registry.add("kraken", "BTC-USD");
  const schemas::Instrument& eth = registry.add("kraken", "ETH-USD");
  FanOut fan_out{{}, "EPOCH"};
};

TEST_F(HttpExamples, AreWhatIsAnsweredToTheByte) {
  auto expected = testing::example_files("http");
  expected.erase("snapshot_request");  // which snapshot() has asked with
  const std::map<std::string, std::string> answered = {{"venues", venues()},
                                                       {"instruments", instruments()},
                                                       {"snapshot", snapshot()},
                                                       {"book", book()},
                                                       {"error", error()}};
  EXPECT_EQ(expected, answered);
}

}  // namespace
}  // namespace tickgate::gateway
