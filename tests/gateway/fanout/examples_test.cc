// SPDX-License-Identifier: Apache-2.0
// The examples of the contract are what is written, to the byte, and each of them is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "gateway/fanout/bar_series.h"
#include "gateway/fanout/fan_out.h"
#include "gateway/protocol/client_request.h"
#include "gateway/protocol/replies.h"
#include "schemas/json.h"
#include "tests/support/example_files.h"
#include "tests/support/test_ticks.h"

namespace tickgate::gateway {
namespace {

using namespace std::chrono_literals;
using schemas::Channel;
using schemas::Interval;
using schemas::SequenceNumber;
using schemas::Timestamp;
using testing::price;
using testing::quantity;

constexpr std::int64_t kVenueTime = 1'732'100'000'123'456;
constexpr std::int64_t kMinute = 1'732'099'980'000'000;

class Examples : public ::testing::Test {
 protected:
  static schemas::TickHeader header(std::uint64_t sequence, std::int64_t time = kVenueTime) {
    schemas::TickHeader made;
    made.sequence = SequenceNumber{sequence};
    made.venue_time = time == 0 ? schemas::kNoTime : Timestamp{time};
    made.receive_time = Timestamp{1'732'100'000'124'001};
    return made;
  }
  static schemas::Quote quote(std::uint64_t sequence, std::int64_t time = kVenueTime) {
    return {header(sequence, time), price("67123.4"), price("67123.5"), quantity("0.53200000"),
            quantity("1.20000000")};
  }
  static schemas::Quote best(std::uint64_t sequence, std::string_view ask) {
    auto made = quote(sequence, 0);
    made.ask = price(ask);
    made.ask_size = quantity("1.00000000");
    made.header.bid_venue = 1;
    made.header.ask_venue = 2;
    return made;
  }
  static schemas::Ticker ticker(std::uint64_t sequence, std::int64_t time = kVenueTime) {
    schemas::Ticker made{header(sequence, time), price("67123.5"), price("66000.0"),
                         price("67500.0"),       price("65800.1"), quantity("1234.50000000")};
    made.has_open = true;
    return made;
  }
  static schemas::Bar bar(std::uint64_t sequence, std::int64_t start = kMinute) {
    schemas::Bar made;
    made.header.sequence = SequenceNumber{sequence};
    made.interval = Interval::k1m;
    made.start = Timestamp{start};
    made.open = price("67100.0");
    made.high = price("67130.0");
    made.low = price("67090.0");
    made.close = price("67123.5");
    made.volume = quantity("3.20000000");
    made.trades = 41;
    return made;
  }
  static schemas::InstrumentStatus status(std::uint64_t sequence, schemas::State state) {
    schemas::InstrumentStatus made;
    made.header = header(sequence);
    made.state = made.quote_state = state;
    made.since = made.quote_since = Timestamp{kVenueTime};
    return made;
  }

  template <typename... Parts>
  void tick(const std::string& name, const Parts&... parts) {
    std::string text;
    append_json(text, parts...);
    written[name] = "[" + text + "]";
  }
  template <typename Write>
  void reply(const std::string& name, Write write) {
    Replies replies;
    write(replies);
    written[name] = "[" + replies.text() + "]";
  }

  void write_quotes();
  void write_trades();
  void write_books_and_tickers();
  void write_bars();
  void write_statuses();
  void write_acknowledgements();
  void write_replies();
  void write_stamped(const std::string& name, std::uint32_t delay_s, bool stamps);
  void write_removed();
  void write_forbidden();
  void write_no_room();

  std::map<std::string, std::string> written;
  const std::string btc = "KRAKEN:BTC-USD";
};

void Examples::write_quotes() {
  tick("quote", quote(812), btc);
  auto half = quote(813);
  half.ask = {};
  half.ask_size = {};
  tick("quote.empty_side", half, btc);
  auto small = quote(1, 0);
  small = {small.header, price("0.00000001"), price("0.00000002"), quantity("1000000"),
           quantity("17.5")};
  tick("quote.no_venue_time", small, "BINANCE:币安人生-USDT");
  const std::vector<std::string> sources = {"kraken", "coinbase"};
  tick("quote.consolidated", best(8, "67123.5"), "BEST:BTC-USD", sources);
  tick("quote.crossed", best(9, "67123.1"), "BEST:BTC-USD", sources);
  tick("quote.consolidated_down", schemas::Quote{header(10, 0), {}, {}, {}, {}}, "BEST:BTC-USD",
       sources);
}

void Examples::write_trades() {
  tick("trade",
       schemas::Trade{header(41), price("67123.5"), quantity("0.01000000"), schemas::Side::kBuy,
                      std::string_view("8122")},
       btc);
  std::string two = "[";
  append_json(two,
              schemas::Trade{header(57), price("67123.5"), quantity("0.01"), schemas::Side::kSell,
                             std::string_view()},
              "COINBASE:BTC-USD");
  append_json(two += ',',
              schemas::Trade{header(58, kVenueTime + 1), price("67123.51"), quantity("2"),
                             schemas::Side::kBuy, std::string_view("a \"b\"")},
              "COINBASE:BTC-USD");
  written["trade.several"] = two + "]";
  const auto gap = [&](const std::string& name, std::uint64_t from, std::uint64_t to,
                       schemas::GapReason reason) {
    std::string text = "[";
    append_trade_gap(text, btc, SequenceNumber{from}, SequenceNumber{to}, schemas::name(reason));
    written[name] = text + "]";
  };
  gap("gap", 42, 57, schemas::GapReason::kSlowConsumer);
  gap("gap.feed", 58, 58, schemas::GapReason::kFeedGap);
  gap("gap.restart", 1, 0, schemas::GapReason::kFeedRestart);
}

void Examples::write_books_and_tickers() {
  schemas::Book book;
  book.header = header(90);
  book.integrity = schemas::Integrity::kChecksum;
  book.bid_count = 2;
  book.ask_count = 1;
  book.bids[0] = {price("67123.4"), quantity("0.53200000")};
  book.bids[1] = {price("67123.3"), quantity("2.00000000")};
  book.asks[0] = {price("67123.5"), quantity("1.20000000")};
  tick("book", book, btc, std::size_t{10});
  book.header = header(91, 0);
  book.integrity = schemas::Integrity::kSequence;
  book.bid_count = 0;
  book.asks[0] = {price("67123.50"), quantity("1.2")};
  tick("book.empty_side", book, "BINANCE:BTC-USDT");

  tick("ticker", ticker(5), btc);
  auto ours = ticker(6);
  ours.since = Timestamp{1'732'013'700'000'000};
  tick("ticker.since", ours, "COINBASE:BTC-USD");
  auto unknown = ticker(1, 0);
  unknown.has_open = false;
  unknown.volume = quantity("123456789012345678901.12345678");
  tick("ticker.no_open", unknown, "COINBASE:BTC-USD");
}

void Examples::write_bars() {
  auto made = bar(7);
  tick("bar", made, btc);
  made = bar(8);
  made.closed = true;
  tick("bar.closed", made, btc);
  made = bar(9);
  made.corrected = true;
  made.close = price("67124.0");
  made.volume = quantity("3.25000000");
  made.trades = schemas::Bar::kTradesUnknown;
  tick("bar.corrected", made, btc);
  made = bar(10, 1'732'096'800'000'000);
  made.interval = Interval::k1h;
  made.closed = true;
  made.complete = false;
  tick("bar.incomplete", made, btc);

  auto lost = bar(1, kMinute - 60'000'000);
  lost.open = price("67080.1");
  lost.high = price("67101.0");
  lost.low = price("67080.0");
  lost.close = price("67100.0");
  lost.volume = quantity("1.05000000");
  lost.trades = 12;
  lost.closed = true;
  lost.complete = false;
  const auto history = [&](const std::string& name, std::string_view symbol, auto bars) {
    BarSeries series(symbol, Interval::k1m);
    series.load(bars);
    std::string text = "[";
    auto cursor = series.history(1);
    series.append_history(text, cursor, 4'096, {});
    written[name] = text + "]";
  };
  history("bar_history", btc, std::vector{lost, bar(2)});
  history("bar_history.empty", "BEST:BTC-USD", std::vector<schemas::Bar>());
}

void Examples::write_statuses() {
  tick("status", status(3, schemas::State::kLive), btc);
  auto noted = status(4, schemas::State::kLive);
  noted.note = std::string_view("rhythm not known yet");
  tick("status.note", noted, btc);
  auto stale = status(5, schemas::State::kStale);
  stale.reason = std::string_view("no data for 42 s");
  tick("status.stale", stale, btc);
}

void Examples::write_acknowledgements() {
  const Acknowledgement subscribed{"1",
                                   Channel::kQuote,
                                   R"("KRAKEN:BTC-USD","BINANCE:BTC-USDT")",
                                   {{"btc/usd", ErrorCode::kUnknownSymbol, {"KRAKEN:BTC-USD"}},
                                    {"KRAKEN:ETH-USD", ErrorCode::kTooManySymbols, {}}}};
  reply("subscribed", [&](Replies& to) { to.add_subscribed(subscribed, 100, "01M7WSSSZY"); });
  Acknowledgement bars{R"("chart")", Channel::kBar, R"("KRAKEN:BTC-USD")", {}, Interval::k1m};
  reply("subscribed.bar", [&](Replies& to) { to.add_subscribed(bars, 0, "01M7WSSSZY"); });
  const Acknowledgement ended{"4",
                              Channel::kQuote,
                              R"("BINANCE:BTC-USDT")",
                              {{"KRAKEN:ETH-USD", ErrorCode::kNotSubscribed, {}}}};
  reply("unsubscribed", [&](Replies& to) { to.add_unsubscribed(ended); });
  bars.id = "null";
  reply("unsubscribed.bar", [&](Replies& to) { to.add_unsubscribed(bars); });
  Acknowledgement granted{"2",
                          Channel::kBook,
                          R"("KRAKEN:BTC-USD")",
                          {{"BINANCE:BTC-USDT", ErrorCode::kForbidden, {}},
                           {"KRAKEN:ETH-USD", ErrorCode::kTooManySymbols, {}, 1}}};
  granted.depth = 5;
  granted.plan = "basic";
  reply("subscribed.granted", [&](Replies& to) { to.add_subscribed(granted, 200, "01M7WSSSZY"); });
  const std::vector<ListedSubscriptions> listed = {
      {Channel::kQuote, 100, 0, {"KRAKEN:BTC-USD"}},
      {Channel::kBook, 0, 10, {"KRAKEN:BTC-USD"}},
      {Channel::kBar, 0, 0, {"KRAKEN:BTC-USD"}, true, Interval::k1m}};
  const std::vector<ListedPattern> patterns = {{Channel::kQuote, "BINANCE:*"},
                                               {Channel::kBar, "*", Interval::k1h}};
  reply("list", [&](Replies& to) { to.add_list("5", listed, patterns); });
}

void Examples::write_replies() {
  RequestParser parser;
  const auto error = [&](const std::string& name, std::string_view request, bool fatal) {
    const auto parsed = parser.parse(request);
    const auto& wrong = std::get<RequestError>(parsed);
    reply(name, [&](Replies& to) { to.add_error(wrong.id, wrong.code, wrong.message, fatal); });
  };
  error("error", R"({"op":"subscribe","id":9,"channel":"qoute","symbols":["*"]})", false);
  error("error.fatal", R"({"op":"sing"})", true);
  reply("error.rate_limited", [](Replies& to) { to.add_rate_limited("12", 51); });
  reply("error.unauthenticated", [](Replies& to) {
    to.add_error("7", ErrorCode::kUnauthenticated, "the credential is not accepted", true);
  });
  reply("authenticated",
        [](Replies& to) { to.add_authenticated("7", "desk-7", Timestamp{1'732'100'600'000'000}); });
  reply("authenticated.open",
        [](Replies& to) { to.add_authenticated("7", "anonymous", std::nullopt); });
  reply("auth_expiring", [](Replies& to) { to.add_auth_expiring(30'000); });
  reply("pong", [](Replies& to) { to.add_pong("6", "any text"); });
  reply("heartbeat", [](Replies& to) { to.add_heartbeat(Timestamp{kVenueTime}); });
  reply("degraded", [](Replies& to) { to.add_degraded(500); });
  reply("restored", [](Replies& to) { to.add_restored(); });
  reply("drain", [](Replies& to) { to.add_drain(1840); });
}

// As a client that asked for stamps is sent it, or one that is delayed.
void Examples::write_stamped(const std::string& name, std::uint32_t delay_s, bool stamps) {
  schemas::InstrumentRegistry registry;
  const auto& instrument = registry.add("kraken", "BTC-USD");
  FanOut fan_out{{}, "EPOCH", delay_s};
  fan_out.on_instrument(instrument);
  auto state = status(3, schemas::State::kLive);
  auto value = quote(812);
  state.header.instrument = value.header.instrument = instrument.id;
  fan_out.on_tick(state);
  fan_out.on_tick(value);
  Subscriber client;
  fan_out.subscribe(client, "1", {Channel::kQuote, {btc}, 25, 0, stamps});
  std::string acknowledgement;
  client.replies.move_to(acknowledgement);
  std::string frame;
  fan_out.mark_changed(1s);
  fan_out.compose(client, 1s, frame, Timestamp{1'732'100'000'124'087});
  written[name] = frame;
}

// As a client is told whose instrument is served no more.
void Examples::write_removed() {
  schemas::InstrumentRegistry registry;
  const auto& instrument = registry.add("kraken", "ETH-USD");
  FanOut fan_out{{}, "EPOCH"};
  fan_out.on_instrument(instrument);
  auto state = status(16, schemas::State::kLive);
  state.header.instrument = instrument.id;
  fan_out.on_tick(state);
  Subscriber client;
  fan_out.subscribe(client, "1", {Channel::kQuote, {instrument.symbol}, 25, 0});
  std::string told;
  fan_out.mark_changed(1s);
  fan_out.compose(client, 1s, told);
  fan_out.on_removed(instrument, Timestamp{1'732'100'000'123'456});
  std::string frame;
  fan_out.compose(client, 2s, frame);
  written["unsubscribed.removed"] = frame;
}

// As a client is told whose new grant covers less.
void Examples::write_forbidden() {
  schemas::InstrumentRegistry registry;
  FanOut fan_out{{}, "EPOCH"};
  fan_out.on_instrument(registry.add("kraken", "ETH-USD"));
  Subscriber client;
  fan_out.subscribe(client, "1", {Channel::kQuote, {"*"}, 25, 0});
  std::string told;
  client.replies.move_to(told);
  auto grant = std::make_shared<Grant>();
  grant->symbols.push_back(SymbolList({SymbolPattern::parse("KRAKEN:BTC-USD").value()}));
  fan_out.regrant(client, grant);
  fan_out.compose(client, 1s, written["unsubscribed.forbidden"]);
}

// And whose new grant has room for less.
void Examples::write_no_room() {
  schemas::InstrumentRegistry registry;
  FanOut fan_out{{}, "EPOCH"};
  fan_out.on_instrument(registry.add("kraken", "BTC-USD"));
  fan_out.on_instrument(registry.add("kraken", "ETH-USD"));
  Subscriber client;
  fan_out.subscribe(client, "1", {Channel::kQuote, {"BINANCE:*", "KRAKEN:*"}, 25, 0});
  std::string told;
  client.replies.move_to(told);
  auto grant = std::make_shared<Grant>();
  grant->plan = "basic";
  grant->subscriptions = 1;
  fan_out.regrant(client, grant);
  written["unsubscribed.no_room"] = "[" + client.replies.text() + "]";
}

TEST_F(Examples, AreWhatIsWrittenToTheByte) {
  write_quotes();
  write_trades();
  write_books_and_tickers();
  write_bars();
  write_statuses();
  write_acknowledgements();
  write_replies();
  write_stamped("stamped", 0, true);
  write_stamped("delayed", 900, false);
  write_removed();
  write_forbidden();
  write_no_room();
  EXPECT_EQ(testing::example_files(), written);
}

TEST_F(Examples, OfRequestsAreTaken) {
  RequestParser parser;
  for (const auto& [name, text] : testing::example_files("requests")) {
    const auto parsed = parser.parse(text);
    const auto* wrong = std::get_if<RequestError>(&parsed);
    EXPECT_EQ(wrong, nullptr) << name << ": " << (wrong == nullptr ? "" : wrong->message);
  }
}

}  // namespace
}  // namespace tickgate::gateway
