// SPDX-License-Identifier: Apache-2.0
#include "feeds/edge/object_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "feeds/edge/stamp.h"
#include "feeds/ingest/tick_text.h"
#include "tests/support/test_ticks.h"

namespace tickgate::feeds {
namespace {

using schemas::Decimal;
using schemas::State;
using schemas::Timestamp;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// What an ingest writes is read here again as the very tick that it had.
class ObjectReaderTest : public ::testing::Test {
 protected:
  ObjectReaderTest() { text_.set({"01EPOCH", 7}); }

  const EdgeObject* read(std::string_view text) {
    padded_ = text;
    const auto length = padded_.size();
    padded_.append(ObjectReader::kPadding, '\0');
    return reader_.read({padded_.data(), length});
  }
  template <typename Tick>
  Tick again(std::string_view text) {
    const auto* const object = read(text);
    EXPECT_NE(object, nullptr) << reader_.error() << ": " << text;
    if (object == nullptr || !std::holds_alternative<Tick>(object->what)) return {};
    EXPECT_EQ(object->epoch, "01EPOCH");
    EXPECT_EQ(object->fence, 7U);
    return std::get<Tick>(object->what);
  }
  void expect_refused(const std::string& text) {
    EXPECT_EQ(read(text), nullptr) << text;
    EXPECT_FALSE(reader_.error().empty());
  }
  // The first `from` in `text` is `to`.
  static std::string with(std::string text, std::string_view from, std::string_view to) {
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
  }
  std::string quote_text() { return std::string(text_.of(testing::quote(bitcoin_, 9), bitcoin_)); }

  schemas::InstrumentRegistry registry_;
  const schemas::Instrument& bitcoin_ = registry_.add("kraken", "BTC-USD");
  const schemas::Instrument& best_ = registry_.add("best", "BTC-USD", {"kraken", "binance"});
  TickText text_;
  ObjectReader reader_;
  std::string padded_;
};

bool same(const Decimal& a, const Decimal& b) { return a.identical(b); }
template <typename Number>
bool same(const Number& a, const Number& b) {
  return same(a.value(), b.value());
}

void expect_same(const schemas::TickHeader& a, const schemas::TickHeader& b) {
  EXPECT_EQ(a.channel, b.channel);
  EXPECT_EQ(a.sequence, b.sequence);
  EXPECT_EQ(a.venue_time, b.venue_time);
  EXPECT_EQ(a.receive_time, b.receive_time);
}

TEST_F(ObjectReaderTest, QuotesAreTheSame) {
  auto quote = testing::quote(bitcoin_, 9, "0.000000000000000001");
  quote.bid_size = testing::quantity("123456789012345678901234.5000");
  auto again_read = again<schemas::Quote>(text_.of(quote, bitcoin_));
  expect_same(again_read.header, quote.header);
  EXPECT_TRUE(same(again_read.bid, quote.bid) && same(again_read.ask, quote.ask));
  EXPECT_TRUE(same(again_read.bid_size, quote.bid_size));
  EXPECT_TRUE(same(again_read.ask_size, quote.ask_size));
  quote.ask = {};
  quote.ask_size = {};
  quote.header.venue_time = schemas::kNoTime;
  again_read = again<schemas::Quote>(text_.of(quote, bitcoin_));
  expect_same(again_read.header, quote.header);
  EXPECT_TRUE(same(again_read.ask, quote.ask) && same(again_read.ask_size, quote.ask_size));
}

TEST_F(ObjectReaderTest, ConsolidatedQuotesNameTheirVenues) {
  auto quote = testing::quote(best_, 9);
  quote.header.bid_venue = 2;
  const auto* const object = read(text_.of(quote, best_));
  ASSERT_NE(object, nullptr) << reader_.error();
  EXPECT_EQ(object->symbol, "BEST:BTC-USD");
  EXPECT_EQ(object->bid_venue, "binance");
  EXPECT_EQ(object->ask_venue, "");
}

TEST_F(ObjectReaderTest, TradesAreTheSame) {
  auto trade = testing::trade(bitcoin_, 41);
  trade.side = schemas::Side::kSell;
  for (const auto* const id : {"8122", "", "a\"b\\c\n\x01", "\xE5\xB8\x81"}) {
    trade.id = std::string_view(id);
    const auto again_read = again<schemas::Trade>(text_.of(trade, bitcoin_));
    expect_same(again_read.header, trade.header);
    EXPECT_TRUE(same(again_read.price, trade.price) && same(again_read.size, trade.size));
    EXPECT_EQ(again_read.side, trade.side);
    EXPECT_EQ(again_read.id.view(), trade.id.view());
  }
}

TEST_F(ObjectReaderTest, GapsAreTheSame) {
  for (const auto reason : {schemas::GapReason::kSlowConsumer, schemas::GapReason::kFeedGap,
                            schemas::GapReason::kFeedRestart}) {
    const schemas::TradeGap gap{bitcoin_.id, schemas::SequenceNumber{42},
                                schemas::SequenceNumber{57}, reason};
    const auto again_read = again<schemas::TradeGap>(text_.of(gap, bitcoin_));
    EXPECT_EQ(again_read.from, gap.from);
    EXPECT_EQ(again_read.to, gap.to);
    EXPECT_EQ(again_read.reason, gap.reason);
  }
}

TEST_F(ObjectReaderTest, BooksAreTheSame) {
  for (const auto levels : std::array<std::uint8_t, 4>{0, 1, 25, 3}) {
    auto book = testing::book(bitcoin_, 90, levels);
    book.integrity = schemas::Integrity::kChecksum;
    if (levels == 3) book.ask_count = 0;
    const auto* const again_read = again<schemas::Book*>(text_.of(book, bitcoin_));
    ASSERT_NE(again_read, nullptr);
    expect_same(again_read->header, book.header);
    EXPECT_EQ(again_read->integrity, book.integrity);
    ASSERT_EQ(again_read->bid_count, book.bid_count);
    ASSERT_EQ(again_read->ask_count, book.ask_count);
    for (std::size_t i = 0; i < book.bid_count; ++i) {
      EXPECT_TRUE(same(again_read->bids[i].price, book.bids[i].price));
      EXPECT_TRUE(same(again_read->bids[i].size, book.bids[i].size));
    }
    for (std::size_t i = 0; i < book.ask_count; ++i) {
      EXPECT_TRUE(same(again_read->asks[i].price, book.asks[i].price));
    }
  }
}

TEST_F(ObjectReaderTest, TickersAreTheSame) {
  schemas::Ticker ticker{};
  ticker.header = testing::header(bitcoin_, schemas::Channel::kTicker, 5);
  ticker.last = testing::price("67123.50");
  ticker.high = testing::price("67500");
  ticker.low = testing::price("-1.5");
  ticker.volume = testing::quantity("1234.5");
  for (const bool more : {false, true}) {
    ticker.has_open = more;
    if (more) {
      ticker.open = testing::price("1");
      ticker.since = Timestamp{5};
    }
    const auto again_read = again<schemas::Ticker>(text_.of(ticker, bitcoin_));
    expect_same(again_read.header, ticker.header);
    EXPECT_TRUE(same(again_read.last, ticker.last) && same(again_read.high, ticker.high));
    EXPECT_TRUE(same(again_read.low, ticker.low) && same(again_read.volume, ticker.volume));
    EXPECT_TRUE(same(again_read.open, ticker.open));
    EXPECT_EQ(again_read.has_open, ticker.has_open);
    EXPECT_EQ(again_read.since, ticker.since);
  }
}

TEST_F(ObjectReaderTest, StatusesAreTheSame) {
  auto status = testing::status(bitcoin_, 3, State::kLive);
  status.header.venue_time = schemas::kNoTime;
  status.note = std::string_view("rhythm \"unknown\"");
  for (int i = 0; i < 2; ++i) {
    const auto again_read = again<schemas::InstrumentStatus>(text_.of(status, bitcoin_.symbol));
    expect_same(again_read.header, status.header);
    EXPECT_EQ(again_read.state, status.state);
    EXPECT_EQ(again_read.quote_state, status.quote_state);
    EXPECT_EQ(again_read.since, status.since);
    EXPECT_EQ(again_read.quote_since, status.quote_since);
    EXPECT_EQ(again_read.reason.view(), status.reason.view());
    EXPECT_EQ(again_read.quote_reason.view(), status.quote_reason.view());
    EXPECT_EQ(again_read.note.view(), status.note.view());
    status.state = State::kRecovering;
    status.since = Timestamp{77};
    status.reason = std::string_view("the book waits");
    status.quote_reason = std::string_view();
  }
}

schemas::Bar a_bar(const schemas::Instrument& instrument) {
  schemas::Bar bar{};
  bar.header = testing::header(instrument, schemas::Channel::kBar, 7);
  bar.header.venue_time = schemas::kNoTime;
  bar.interval = schemas::Interval::k4h;
  bar.start = Timestamp{1'732'099'980'000'000};
  bar.open = testing::price("1.10");
  bar.high = testing::price("2.20");
  bar.low = testing::price("0.30");
  bar.close = testing::price("1.40");
  bar.volume = testing::quantity("3.20000000");
  bar.trades = 41;
  bar.ordinal = 6;
  return bar;
}

void expect_same(const schemas::Bar& a, const schemas::Bar& b) {
  expect_same(a.header, b.header);
  EXPECT_EQ(a.interval, b.interval);
  EXPECT_EQ(a.closed, b.closed);
  EXPECT_EQ(a.corrected, b.corrected);
  EXPECT_EQ(a.complete, b.complete);
  EXPECT_EQ(a.start, b.start);
  EXPECT_TRUE(same(a.open, b.open) && same(a.high, b.high) && same(a.low, b.low));
  EXPECT_TRUE(same(a.close, b.close) && same(a.volume, b.volume));
  EXPECT_EQ(a.trades, b.trades);
  EXPECT_EQ(a.ordinal, b.ordinal);
}

TEST_F(ObjectReaderTest, BarsAreTheSame) {
  auto bar = a_bar(bitcoin_);
  expect_same(again<schemas::Bar>(text_.of(bar, bitcoin_)), bar);
  bar.closed = true;
  bar.trades = schemas::Bar::kTradesUnknown;
  expect_same(again<schemas::Bar>(text_.of(bar, bitcoin_)), bar);
  bar.closed = false;
  bar.corrected = true;
  bar.complete = false;
  bar.header.receive_time = {};
  expect_same(again<schemas::Bar>(text_.of(bar, bitcoin_)), bar);
}

TEST_F(ObjectReaderTest, AnAnswerHasItsBars) {
  std::vector bars = {a_bar(bitcoin_), a_bar(bitcoin_)};
  bars[1].ordinal = 9;
  std::string text(text_.bars(bars, bitcoin_));
  EXPECT_EQ(take_stamp(text), 7U);
  const auto length = text.size();
  text.append(ObjectReader::kPadding, '\0');
  std::vector<schemas::Bar> again_read;
  ASSERT_TRUE(reader_.read_bars({text.data(), length}, again_read)) << reader_.error();
  ASSERT_EQ(again_read.size(), 2U);
  expect_same(again_read[0], bars[0]);
  expect_same(again_read[1], bars[1]);
}

TEST_F(ObjectReaderTest, AnAnswerThatIsNoneHasNoBars) {
  std::vector<schemas::Bar> bars;
  for (std::string text : {R"({"type":"error","code":"unknown_symbol","message":"no"})", "{}",
                           R"({"bars":[{"type":"bar"}]})", R"({"bars":[1]})", R"({"bars":{}})"}) {
    const auto length = text.size();
    text.append(ObjectReader::kPadding, '\0');
    EXPECT_FALSE(reader_.read_bars({text.data(), length}, bars)) << text;
  }
}

TEST_F(ObjectReaderTest, TheClustersOwnWordsAreRead) {
  auto news = again<InstrumentNews>(text_.of(best_, false, Timestamp{5}));
  EXPECT_THAT(news.sources, ElementsAre("kraken", "binance"));
  EXPECT_FALSE(news.removed);
  EXPECT_EQ(news.time.value(), 5);
  news = again<InstrumentNews>(text_.removed("KRAKEN:BTC-USD", Timestamp{6}));
  EXPECT_TRUE(news.removed && news.sources.empty());
  EXPECT_EQ(reader_.read({padded_.data(), padded_.size() - ObjectReader::kPadding})->symbol,
            "KRAKEN:BTC-USD");
  const auto beat =
      again<IngestHeartbeat>(text_.heartbeat("a", Timestamp{5}, std::chrono::microseconds{77}));
  EXPECT_EQ(beat.time.value(), 5);
  EXPECT_EQ(beat.steady_us, 77);
  EXPECT_EQ(beat.ingest, "a");
  const auto* const venues = read(text_.venues(R"([{"name":"kraken","rate":4.0}])"));
  ASSERT_NE(venues, nullptr);
  EXPECT_EQ(std::get<VenuesNews>(venues->what).json, R"([{"name":"kraken","rate":4.0}])");
}

TEST_F(ObjectReaderTest, MembersThatItDoesNotKnowArePassedOver) {
  EXPECT_NE(
      read(with(quote_text(), "{", R"({"new":{"a":[1,{"b":"}"}]},"a long name of a member":1,)")),
      nullptr)
      << reader_.error();
}

TEST_F(ObjectReaderTest, WhiteSpaceIsNothing) {
  auto text = with(quote_text(), ":9,", " : 9 ,\n ");
  text += " \n";
  EXPECT_NE(read(text), nullptr) << reader_.error();
}

TEST_F(ObjectReaderTest, MalformedQuotesAreRefused) {
  const auto good = quote_text();
  ASSERT_NE(read(good), nullptr);
  for (std::size_t length = 0; length < good.size(); ++length) {
    expect_refused(good.substr(0, length));
  }
  expect_refused(good + "1");
  expect_refused(good + good);
  expect_refused("[" + good + "]");
  expect_refused(with(good, "\"seq\":9", "\"seq\":0"));
  expect_refused(with(good, "\"seq\":9", "\"seq\":-1"));
  expect_refused(with(good, "\"seq\":9", "\"seq\":9.5"));
  expect_refused(with(good, "\"seq\":9", "\"seq\":\"9\""));
  expect_refused(with(good, "\"seq\":9", "\"seq\":9,\"seq\":9"));
  expect_refused(with(good, "\"seq\":9", "\"seq\":9223372036854775808"));
  expect_refused(with(good, "\"seq\":9,", ""));
  expect_refused(with(good, "\"100.10\"", "100.10"));
  expect_refused(with(good, "\"100.10\"", "\"1e\""));
  expect_refused(with(good, "\"100.10\"", "\"\""));
  expect_refused(with(good, "\"100.10\"", "null"));
  expect_refused(with(good, "\"100.10\"", "{}"));
  expect_refused(with(good, "\"type\":\"quote\"", "\"type\":\"quotes\""));
  expect_refused(with(good, "\"type\":\"quote\"", "\"type\":1"));
  expect_refused(with(good, "KRAKEN:BTC-USD", ""));
  expect_refused(with(good, "KRAKEN:BTC-USD", "KRAKEN:BTC\\u002dUSD"));
  expect_refused(with(good, "KRAKEN:BTC-USD", "KRAKEN:\xFF"));
  expect_refused(with(good, "\"fence\":7", "\"fence\":true"));
  expect_refused(with(good, ",\"fence\":7", ""));
  expect_refused(with(good, "01EPOCH", ""));
  expect_refused(with(good, "01EPOCH", "an epoch that is longer than a name may be"));
  expect_refused(with(good, "\"time\":1700000000000000", "\"time\":-9223372036854775808"));
}

TEST_F(ObjectReaderTest, MalformedOthersAreRefused) {
  const std::string trade(text_.of(testing::trade(bitcoin_, 1), bitcoin_));
  expect_refused(with(trade, "\"buy\"", "\"hold\""));
  expect_refused(with(trade, "\"id\":\"id\"", "\"id\":null"));
  expect_refused(with(trade, "\"id\":\"id\"", "\"id\":\"\\ud800\""));
  expect_refused(with(trade, ",\"id\":\"id\"", ""));
  const std::string gap(text_.of(
      schemas::TradeGap{bitcoin_.id, schemas::SequenceNumber{5}, schemas::SequenceNumber{6}, {}},
      bitcoin_));
  expect_refused(with(gap, "\"to\":6", "\"to\":4"));
  expect_refused(with(gap, "\"channel\":\"trade\"", "\"channel\":\"quote\""));
  expect_refused(with(gap, "slow_consumer", "other"));
  const std::string book(text_.of(testing::book(bitcoin_, 1, 25), bitcoin_));
  expect_refused(with(book, "\"bids\":[", "\"bids\":[[\"1\",\"1\"],"));
  expect_refused(with(book, "\"bids\":[[", "\"bids\":[[\"1\","));
  expect_refused(with(book, "\"bids\":[[", "\"bids\":[1,["));
  expect_refused(with(book, "\"bids\":", "\"bid_levels\":"));
  expect_refused(with(book, "\"none\"", "\"some\""));
  const std::string status(text_.of(testing::status(bitcoin_, 1, State::kDown), bitcoin_.symbol));
  expect_refused(with(status, "\"down\"", "\"up\""));
  expect_refused(with(status, "\"reason\":\"\"", "\"reason\":5"));
  expect_refused(with(status, "\"since\":1700000000000000", "\"since\":null"));
  const std::string bar(text_.of(a_bar(bitcoin_), bitcoin_));
  expect_refused(with(bar, "\"4h\"", "\"3h\""));
  expect_refused(with(bar, "\"closed\":false", "\"closed\":0"));
  expect_refused(R"({"type":"heartbeat","time":null,"ingest":"a","epoch":"E","fence":1})");
  expect_refused(R"({"type":"venues","venues":{},"epoch":"E","fence":1})");
  expect_refused(
      R"({"type":"instrument","symbol":"A:B","sources":[1],"time":5,"epoch":"E","fence":1})");
}

TEST(TakeStamp, TakesTheLastTwoMembersAndNothingElse) {
  std::string text = R"({"a":",\"epoch\":","epoch":"E","fence":12})";
  EXPECT_EQ(take_stamp(text), 12U);
  EXPECT_EQ(text, R"({"a":",\"epoch\":"})");
  for (const std::string none :
       {"", "{}", R"({"epoch":"E","fence":12})", R"({"a":1,"epoch":"E"})",
        R"({"a":1,"epoch":"E","fence":x})", R"({"a":1,"epoch":"E","fence":)"}) {
    auto kept = none;
    EXPECT_EQ(take_stamp(kept), std::nullopt) << none;
    EXPECT_EQ(kept, none);
  }
}

}  // namespace
}  // namespace tickgate::feeds
