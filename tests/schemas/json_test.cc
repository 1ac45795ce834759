// SPDX-License-Identifier: Apache-2.0
#include "schemas/json.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tickgate::schemas {
namespace {

constexpr std::string_view kSymbol = "KRAKEN:BTC-USD";
constexpr Timestamp kVenueTime{1732100000123456};
constexpr Timestamp kReceiveTime{1732100000124001};

Decimal decimal(std::string_view text) { return parse_decimal(text).value(); }
Price price(std::string_view text) { return Price{decimal(text)}; }
Quantity size(std::string_view text) { return Quantity{decimal(text)}; }

template <class Tick>
Tick tick_of(std::uint64_t sequence) {
  Tick tick;
  tick.header = {InstrumentId{0},          Tick::kChannel, 0,           0,
                 SequenceNumber{sequence}, kVenueTime,     kReceiveTime};
  return tick;
}

template <class Tick, class... Rest>
std::string json(const Tick& tick, Rest... rest) {
  std::string out = "before ";  // what is there stays
  append_json(out, tick, kSymbol, rest...);
  EXPECT_TRUE(out.starts_with("before "));
  return out.substr(7);
}

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

Quote example_quote() {
  auto quote = tick_of<Quote>(812);
  quote.bid = price("67123.4");
  quote.bid_size = size("0.53200000");
  quote.ask = price("67123.5");
  quote.ask_size = size("1.20000000");
  return quote;
}

Trade example_trade() {
  auto trade = tick_of<Trade>(41);
  trade.price = price("67123.5");
  trade.size = size("0.01000000");
  trade.side = Side::kBuy;
  trade.id = std::string_view("8122");
  return trade;
}

Ticker example_ticker() {
  auto ticker = tick_of<Ticker>(5);
  ticker.last = price("67123.5");
  ticker.open = price("66000.0");
  ticker.has_open = true;
  ticker.high = price("67500.0");
  ticker.low = price("65800.1");
  ticker.volume = size("1234.50000000");
  return ticker;
}

// The texts of these are the examples of the client protocol, to the letter.

TEST(Json, Quote) {
  EXPECT_EQ(
      json(example_quote()),
      R"({"type":"quote","symbol":"KRAKEN:BTC-USD","seq":812,"bid":"67123.4","bid_size":"0.53200000","ask":"67123.5","ask_size":"1.20000000","time":1732100000123456,"received":1732100000124001})");
}

TEST(Json, AConsolidatedQuoteNamesTheVenueOfEachSide) {
  const std::vector<std::string> sources = {"coinbase", "kraken"};
  const auto text = [&](const Quote& quote) {
    std::string out;
    append_json(out, quote, "BEST:BTC-USD", sources);
    return out;
  };
  auto quote = tick_of<Quote>(9);
  quote.header.venue_time = kNoTime;
  quote.bid = price("67123.4");
  quote.bid_size = size("0.53200000");
  quote.header.bid_venue = 2;
  EXPECT_EQ(text(quote),
            R"({"type":"quote","symbol":"BEST:BTC-USD","seq":9,"bid":"67123.4",)"
            R"("bid_size":"0.53200000","bid_venue":"kraken","ask":null,"ask_size":null,)"
            R"("ask_venue":null,"time":null,"received":1732100000124001})");
  quote.ask = price("67123.1");
  quote.ask_size = size("1.00000000");
  quote.header.ask_venue = 1;
  EXPECT_EQ(text(quote),
            R"({"type":"quote","symbol":"BEST:BTC-USD","seq":9,"bid":"67123.4",)"
            R"("bid_size":"0.53200000","bid_venue":"kraken","ask":"67123.1",)"
            R"("ask_size":"1.00000000","ask_venue":"coinbase","crossed":true,"time":null,)"
            R"("received":1732100000124001})");
  quote.ask = price("67123.40");  // equal is not crossed
  EXPECT_EQ(text(quote).find("crossed"), std::string::npos);
}

TEST(Json, Trade) {
  EXPECT_EQ(
      json(example_trade()),
      R"({"type":"trade","symbol":"KRAKEN:BTC-USD","seq":41,"price":"67123.5","size":"0.01000000","side":"buy","id":"8122","time":1732100000123456,"received":1732100000124001})");
}

TEST(Json, Book) {
  auto book = tick_of<Book>(90);
  book.integrity = Integrity::kChecksum;
  book.bid_count = book.ask_count = 1;
  book.bids[0] = {price("67123.4"), size("0.53200000")};
  book.asks[0] = {price("67123.5"), size("1.20000000")};
  EXPECT_EQ(
      json(book, 10U),
      R"({"type":"book","symbol":"KRAKEN:BTC-USD","seq":90,"depth":10,"integrity":"checksum","bids":[["67123.4","0.53200000"]],"asks":[["67123.5","1.20000000"]],"time":1732100000123456,"received":1732100000124001})");
}

TEST(Json, Ticker) {
  EXPECT_EQ(
      json(example_ticker()),
      R"({"type":"ticker","symbol":"KRAKEN:BTC-USD","seq":5,"last":"67123.5","open":"66000.0","high":"67500.0","low":"65800.1","volume":"1234.50000000","time":1732100000123456,"received":1732100000124001})");
}

TEST(Json, Bar) {
  auto bar = tick_of<Bar>(7);
  bar.interval = Interval::k1m;
  bar.start = Timestamp{1732099980000000};
  bar.open = price("67100.0");
  bar.high = price("67130.0");
  bar.low = price("67090.0");
  bar.close = price("67123.5");
  bar.volume = size("3.20000000");
  bar.trades = 41;
  EXPECT_EQ(
      json(bar),
      R"({"type":"bar","symbol":"KRAKEN:BTC-USD","seq":7,"interval":"1m","start":1732099980000000,"open":"67100.0","high":"67130.0","low":"67090.0","close":"67123.5","volume":"3.20000000","trades":41,"closed":false})");
  bar.interval = Interval::k1d;
  bar.closed = true;
  EXPECT_NE(json(bar).find(R"("interval":"1d")"), std::string::npos);
  EXPECT_TRUE(json(bar).ends_with(R"("trades":41,"closed":true})"));
  bar.closed = bar.complete = false;
  bar.corrected = true;
  bar.trades = Bar::kTradesUnknown;
  EXPECT_TRUE(
      json(bar).ends_with(R"("trades":null,"closed":false,"corrected":true,"complete":false})"));
}

TEST(Json, Status) {
  auto status = tick_of<InstrumentStatus>(3);
  status.state = State::kLive;
  status.since = kVenueTime;
  EXPECT_EQ(
      json(status),
      R"({"type":"status","symbol":"KRAKEN:BTC-USD","seq":3,"state":"live","since":1732100000123456,"reason":""})");
  status.note = std::string_view("rhythm not known yet");
  EXPECT_TRUE(json(status).ends_with(R"("reason":"","note":"rhythm not known yet"})"));
  status.state = State::kStale;  // a note stands beside "live" only
  EXPECT_TRUE(json(status).ends_with(R"("reason":""})"));
}

TEST(Json, TradeGap) {
  std::string out;
  append_trade_gap(out, kSymbol, SequenceNumber{42}, SequenceNumber{57},
                   name(GapReason::kSlowConsumer));
  EXPECT_EQ(
      out,
      R"({"type":"gap","channel":"trade","symbol":"KRAKEN:BTC-USD","from":42,"to":57,"reason":"slow_consumer"})");
}

TEST(Json, TimeThatTheVenueDoesNotGiveIsNull) {
  auto quote = example_quote();
  quote.header.venue_time = kNoTime;
  EXPECT_TRUE(json(quote).ends_with(R"("time":null,"received":1732100000124001})")) << json(quote);
}

TEST(Json, OpenThatTheVenueDoesNotGiveIsNull) {
  auto ticker = example_ticker();
  ticker.has_open = false;
  EXPECT_NE(json(ticker).find(R"("open":null,"high":"67500.0")"), std::string::npos);
  EXPECT_EQ(json(ticker).find("since"), std::string::npos);
  ticker.since = Timestamp{1'732'013'700'000'000};
  EXPECT_NE(json(ticker).find(R"("volume":"1234.50000000","since":1732013700000000,"time":)"),
            std::string::npos);
}

TEST(Json, BookIsCutToTheDepthAskedFor) {
  auto book = tick_of<Book>(1);
  book.bid_count = 3;
  book.ask_count = 0;
  for (std::uint8_t i = 0; i < 3; ++i) book.bids[i] = {Price{{30 - i, 0}}, Quantity{{1, 0}}};
  EXPECT_NE(json(book, 2U).find(
                R"("depth":2,"integrity":"none","bids":[["30","1"],["29","1"]],"asks":[])"),
            std::string::npos)
      << json(book, 2U);
  EXPECT_NE(json(book, 0U).find(R"("bids":[],"asks":[])"), std::string::npos);
  EXPECT_NE(
      json(book).find(R"("depth":25,"integrity":"none","bids":[["30","1"],["29","1"],["28","1"]])"),
      std::string::npos);
}

// The writer makes room beforehand: the widest values must fit it (the address sanitizer watches).
TEST(Json, WidestValuesFit) {
  const Decimal wide{INT64_MIN, 18};
  const TickHeader header{
      InstrumentId{UINT32_MAX}, Channel::kBook,      0, 0, SequenceNumber{UINT64_MAX},
      Timestamp{INT64_MIN + 1}, Timestamp{INT64_MIN}};
  Book book;
  book.header = header;
  book.integrity = Integrity::kSequence;
  book.bid_count = book.ask_count = Book::kMaxDepth;
  book.bids.fill({Price{wide}, Quantity{wide}});
  book.asks = book.bids;
  const auto text = json(book);
  EXPECT_EQ(std::count(text.begin(), text.end(), '['), 2 + 2 * 25);
  EXPECT_TRUE(text.ends_with("}"));
  const Quote quote{header, Price{wide}, Price{wide}, Quantity{wide}, Quantity{wide}};
  EXPECT_TRUE(json(quote).ends_with("}"));
  const std::string ugly(39, '\1');  // each becomes six
  const Trade trade{header, Price{wide}, Quantity{wide}, Side::kSell, std::string_view(ugly)};
  EXPECT_TRUE(json(trade).ends_with("}"));
  const Ticker ticker{header,      Price{wide},    Price{wide}, Price{wide},
                      Price{wide}, Quantity{wide}, true};
  EXPECT_TRUE(json(ticker).ends_with("}"));
  Bar bar;
  bar.header = header;
  bar.interval = Interval::k15m;
  bar.corrected = true;
  bar.complete = false;
  bar.start = Timestamp{INT64_MIN};
  bar.open = bar.high = bar.low = bar.close = Price{wide};
  bar.volume = Quantity{wide};
  bar.trades = UINT64_MAX - 1;
  EXPECT_TRUE(json(bar).ends_with("}"));
}

TEST(Json, TradeIdOfAVenueIsEscaped) {
  auto trade = example_trade();
  trade.id = std::string_view("1\",\"price\":\"0");
  EXPECT_NE(json(trade).find(R"("id":"1\",\"price\":\"0","time")"), std::string::npos)
      << json(trade);
}

TEST(JsonString, EscapesWhatJsonAsksFor) {
  EXPECT_EQ(json_string(""), R"("")");
  EXPECT_EQ(json_string("plain text / 'x'"), R"("plain text / 'x'")");
  EXPECT_EQ(json_string("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(json_string(std::string_view("\n\t\0\x1f\x7f", 5)),
            R"("\u000a\u0009\u0000\u001f\u007f")");
  EXPECT_EQ(json_string("Zürich 币 😀"), "\"Zürich 币 😀\"");
}

TEST(JsonString, EachByteThatIsNotUtf8BecomesTheReplacementCharacter) {
  for (const auto& [text, expected] : std::vector<std::pair<std::string_view, std::string_view>>{
           {"\xFF", "\uFFFD"},
           {"a\x80z", "a\uFFFDz"},                                    // a continuation alone
           {"\xC3", "\uFFFD"},                                        // cut
           {"\xC3(", "\uFFFD("},                                      // not continued
           {"\xC0\xAF", "\uFFFD\uFFFD"},                              // overlong
           {"\xE0\x80\xAF", "\uFFFD\uFFFD\uFFFD"},                    // overlong
           {"\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD"},                    // a surrogate
           {"\xF4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},          // past U+10FFFF
           {"\xF0\x9F\x98", "\uFFFD\uFFFD\uFFFD"},                    // cut
           {"\xED\x9F\xBF\xEE\x80\x80", "\xED\x9F\xBF\xEE\x80\x80"},  // round the surrogates
           {"\xF4\x8F\xBF\xBF", "\U0010FFFF"},                        // the last there is
       }) {
    std::string quoted = "\"";
    quoted.append(expected).append("\"");
    EXPECT_EQ(json_string(text), quoted);
  }
}

TEST(Json, ReasonCutInsideACharacterStaysValid) {
  auto status = tick_of<InstrumentStatus>(1);
  status.reason = std::string_view(std::string(94, 'x').append("ü"));
  EXPECT_TRUE(json(status).ends_with("x\xEF\xBF\xBD\"}")) << json(status);
}

// All of a full book at the longest a number can be: the room grows with them.
TEST(Json, WideNumbersHaveTheirDigitsAndRoom) {
  constexpr std::string_view kWide = "0.664613997892457936451903530140172287";
  constexpr std::string_view kVolume = "12345678901234567890.12345678";
  auto book = tick_of<Book>(5);
  book.bid_count = 25;
  std::string levels;
  for (std::size_t i = 0; i < 25; ++i) {
    book.bids[i] = {price(kWide), size(kWide)};
    levels += (i == 0 ? "[\"" : ",[\"") + std::string(kWide) + "\",\"" + std::string(kWide) + "\"]";
  }
  const auto text = json(book, std::size_t{25});
  EXPECT_NE(text.find("\"bids\":[" + levels + "],\"asks\":[],"), std::string::npos) << text;

  auto trade = example_trade();
  trade.size = size(kVolume);
  EXPECT_NE(json(trade).find("\"size\":\"" + std::string(kVolume) + "\""), std::string::npos);
}

}  // namespace
}  // namespace tickgate::schemas
