// SPDX-License-Identifier: Apache-2.0
// What /v1/instruments answers: which instruments, in what pages, and how often they are made.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <zlib.h>

#include <algorithm>
#include <array>

#include "gateway/api/http_api.h"
#include "gateway/api/instrument_pages.h"
#include "tests/support/test_ticks.h"

namespace tickgate::gateway {
namespace {

using schemas::State;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

using Parameters = std::vector<QueryParameter>;

HttpRequest request(Parameters query) {
  HttpRequest one;
  one.path = "/v1/instruments";
  one.query = std::move(query);
  return one;
}

std::string unpacked(const std::string& body) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string in = body, out(8 << 20U, '\0');
  stream.next_in = reinterpret_cast<unsigned char*>(in.data());
  stream.avail_in = static_cast<unsigned>(in.size());
  stream.next_out = reinterpret_cast<unsigned char*>(out.data());
  stream.avail_out = static_cast<unsigned>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0U);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

// Of a page's text.
std::vector<std::string> symbols(const std::string& json) {
  std::vector<std::string> found;
  constexpr std::string_view kKey = R"("symbol":")";
  for (auto at = json.find(kKey); at != std::string::npos; at = json.find(kKey, at)) {
    at += kKey.size();
    found.push_back(json.substr(at, json.find('"', at) - at));
  }
  return found;
}

class InstrumentsTest : public ::testing::Test {
 protected:
  const schemas::Instrument& add(std::string_view venue, std::string_view pair, State state) {
    const auto& one = registry.add(venue, pair);
    fan_out.on_instrument(one);
    fan_out.on_tick(testing::status(one, 1, state));
    return one;
  }

  std::variant<InstrumentQuery, HttpAnswerBody> query(Parameters parameters) {
    return InstrumentQuery::read(request(std::move(parameters)), fan_out);
  }
  HttpAnswerBody error(Parameters parameters) {
    auto read = query(std::move(parameters));
    const auto* error = std::get_if<HttpAnswerBody>(&read);
    return error == nullptr ? HttpAnswerBody{} : *error;
  }
  void ask(Parameters parameters, bool gzip = false) {
    auto read = query(std::move(parameters));
    ASSERT_TRUE(std::holds_alternative<InstrumentQuery>(read));
    taken = pages.read({std::get<InstrumentQuery>(std::move(read)), {}, gzip}, asker,
                       [this](const InstrumentPages::Page& page) { got.push_back(page); });
  }
  // To the answer, which has to come.
  const KeptPage& page(Parameters parameters, bool gzip = false) {
    const auto before = got.size();
    ask(std::move(parameters), gzip);
    io.restart();
    while (got.size() == before && io.run_one_for(std::chrono::seconds(10)) > 0) {
    }
    EXPECT_THAT(got, SizeIs(before + 1));
    return *got.back();
  }

  schemas::InstrumentRegistry registry;
  FanOut fan_out{{}, "EPOCH"};
  boost::asio::io_context io;
  InstrumentPages pages{fan_out, io};
  std::shared_ptr<int> asker = std::make_shared<int>();
  std::vector<InstrumentPages::Page> got;
  bool taken = false;
};

TEST_F(InstrumentsTest, TheyStandInOrderWithTheirStates) {
  add("sim", "ETH-USD", State::kLive);
  add("kraken", "BTC-USD", State::kStale);
  fan_out.on_instrument(registry.add("sim", "BTC-USD"));
  EXPECT_EQ(page({}).body,
            R"([{"symbol":"KRAKEN:BTC-USD","venue":"kraken","base":"BTC","quote":"USD",)"
            R"("state":"stale"},)"
            R"({"symbol":"SIM:BTC-USD","venue":"sim","base":"BTC","quote":"USD","state":"down"},)"
            R"({"symbol":"SIM:ETH-USD","venue":"sim","base":"ETH","quote":"USD","state":"live"}])");
  EXPECT_EQ(got.back()->next, "");
}

TEST_F(InstrumentsTest, WhereThereAreNoneIsAnEmptyArray) { EXPECT_EQ(page({}).body, "[]"); }

TEST_F(InstrumentsTest, FiltersChooseAmongThem) {
  add("sim", "BTC-USD", State::kLive);
  add("sim", "ETH-USD", State::kStale);
  add("simple", "BTC-USD", State::kLive);
  add("kraken", "BTC-USD", State::kHalted);
  EXPECT_THAT(symbols(page({{"venue", "sim"}}).body), ElementsAre("SIM:BTC-USD", "SIM:ETH-USD"));
  EXPECT_THAT(symbols(page({{"venue", "Simple"}}).body), ElementsAre("SIMPLE:BTC-USD"));
  EXPECT_THAT(symbols(page({{"venue", "none"}}).body), IsEmpty());
  EXPECT_THAT(symbols(page({{"state", "stale,halted"}}).body),
              ElementsAre("KRAKEN:BTC-USD", "SIM:ETH-USD"));
  EXPECT_THAT(symbols(page({{"symbols", "SIM:ETH-USD,*:BTC-USD"}, {"state", "live,stale"}}).body),
              ElementsAre("SIM:BTC-USD", "SIM:ETH-USD", "SIMPLE:BTC-USD"));
  EXPECT_THAT(symbols(page({{"venue", "sim"}, {"after", "SIM:BTC-USD"}}).body),
              ElementsAre("SIM:ETH-USD"));
  EXPECT_THAT(symbols(page({{"venue", "sim"}, {"after", "KRAKEN:BTC-USD"}}).body), SizeIs(2));
  EXPECT_THAT(symbols(page({{"venue", "sim"}, {"after", "Z"}}).body), IsEmpty());
  EXPECT_THAT(symbols(page({{"venue", ""}, {"symbols", ""}, {"state", ""}, {"x", "y"}}).body),
              SizeIs(4));
}

TEST_F(InstrumentsTest, WrongParametersAreRefusedByName) {
  add("sim", "BTC-USD", State::kLive);
  for (const auto* limit : {"", "0", "-1", "5001", "99999999999999999999", "1x", " 1", "0x1"}) {
    EXPECT_THAT(error({{"limit", limit}}).json, HasSubstr("limit: expected 1 to 5000")) << limit;
    EXPECT_EQ(error({{"limit", limit}}).status, 400U);
  }
  for (const auto* state : {"alive", "live,", ",", "LIVE", "live stale"}) {
    EXPECT_THAT(error({{"state", state}}).json, HasSubstr("state: expected live")) << state;
  }
  EXPECT_EQ(error({{"symbols", "SIM:btc-usd"}}).status, 404U);
  EXPECT_THAT(error({{"symbols", "SIM:btc-usd"}}).json, HasSubstr("did you mean SIM:BTC-USD?"));
  std::string many = "*";
  for (std::size_t i = 0; i < SymbolPattern::kMaxInRequest; ++i) many += ",X:*";
  EXPECT_THAT(error({{"symbols", many}}).json, HasSubstr("too_many_symbols"));
}

TEST_F(InstrumentsTest, PagesFollowEachOtherWithoutHolesOrRepetition) {
  constexpr std::size_t kMany = 3'000;
  for (std::size_t i = 0; i < kMany; ++i) {
    add(i % 2 == 0 ? "sim" : "kraken", fmt::format("A{:04}币-USD", i),
        i % 3 == 0 ? State::kStale : State::kLive);
  }
  add("sim", "Ä币-USD", State::kLive);
  std::vector<std::string> all;
  std::string after, next;
  do {
    const auto& one = page({{"limit", "700"}, {"state", "live"}, {"after", after}});
    const auto found = symbols(one.body);
    ASSERT_THAT(found, Not(IsEmpty()));
    EXPECT_LE(found.size(), 700U);
    all.insert(all.end(), found.begin(), found.end());
    next = one.next;
    after = found.back();
    if (!next.empty()) {
      EXPECT_THAT(next, ::testing::StartsWith("/v1/instruments?state=live&limit=700&after="));
    }
  } while (!next.empty());
  EXPECT_THAT(all, SizeIs(2'001));
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
}

TEST_F(InstrumentsTest, TheLinkIsPercentEncoded) {
  add("sim", "币安-USD", State::kLive);
  add("sim", "币安人-USD", State::kLive);
  EXPECT_EQ(page({{"symbols", "SIM:*,*"}, {"limit", "1"}, {"venue", "sim"}}).next,
            "/v1/instruments?venue=sim&symbols=SIM:*,*&limit=1"
            "&after=SIM:%E5%B8%81%E5%AE%89-USD");
}

TEST_F(InstrumentsTest, WithoutALimitAPageHasAThousand) {
  for (int i = 0; i < 1'001; ++i) add("sim", fmt::format("A{:04}-USD", i), State::kLive);
  EXPECT_THAT(symbols(page({}).body), SizeIs(1'000));
  EXPECT_EQ(got.back()->next, "/v1/instruments?after=SIM:A0999-USD");
  EXPECT_THAT(symbols(page({{"limit", "1001"}}).body), SizeIs(1'001));
  EXPECT_EQ(got.back()->next, "");
}

TEST_F(InstrumentsTest, WhoAsksAMomentLaterGetsTheSamePageAndLaterANewOne) {
  const auto& btc = add("sim", "BTC-USD", State::kLive);
  page({});
  fan_out.on_tick(testing::status(btc, 2, State::kHalted));
  ask({});
  ASSERT_THAT(got, SizeIs(2)) << "at once";
  EXPECT_EQ(got[0], got[1]);
  EXPECT_THAT(page({{"venue", "sim"}}).body, HasSubstr("halted")) << "another question";
  // What is kept is forgotten after its time.
  const auto begun = std::chrono::steady_clock::now();
  const std::weak_ptr<const KeptPage> first = got[0];
  got.clear();
  io.restart();
  while (!first.expired() && io.run_one_for(std::chrono::seconds(10)) > 0) {
  }
  EXPECT_TRUE(first.expired());
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10));
  EXPECT_THAT(page({}).body, HasSubstr("halted"));
}

TEST_F(InstrumentsTest, ThoseWhoWaitForOnePageAreAnsweredByOne) {
  for (int i = 0; i < 1'000; ++i) add("sim", fmt::format("A{}-USD", i), State::kLive);
  for (int i = 0; i < 100; ++i) ask({});
  EXPECT_THAT(got, IsEmpty()) << "it takes more than one piece";
  while (got.size() < 100 && io.run_one_for(std::chrono::seconds(10)) > 0) {
  }
  ASSERT_THAT(got, SizeIs(100));
  EXPECT_EQ(got.front(), got.back());
}

TEST_F(InstrumentsTest, APageThatNobodyWaitsForIsNotMade) {
  for (int i = 0; i < 500; ++i) add("sim", fmt::format("A{}-USD", i), State::kLive);
  ask({});
  asker = nullptr;
  io.run();
  EXPECT_THAT(got, IsEmpty());
  asker = std::make_shared<int>();
  EXPECT_THAT(symbols(page({}).body), SizeIs(500));
}

TEST_F(InstrumentsTest, NoMoreQuestionsWaitThanMay) {
  for (int i = 0; i < 500; ++i) add("sim", fmt::format("A{}-USD", i), State::kLive);
  for (std::size_t i = 1; i <= InstrumentPages::kMostQueued; ++i) {
    ask({{"limit", std::to_string(1000 + i)}});
    EXPECT_TRUE(taken);
  }
  ask({{"limit", "3000"}});
  EXPECT_FALSE(taken);
  ask({{"limit", "1001"}});
  EXPECT_TRUE(taken) << "one that is being made";
}

// The bound on what others wait is the piece, whatever is asked.
TEST_F(InstrumentsTest, OthersHaveTheirTurnBetweenPieces) {
  constexpr std::size_t kMany = 10 * InstrumentPages::kPiece;
  for (std::size_t i = 0; i < kMany; ++i) add("sim", fmt::format("A{}-USD", i), State::kLive);
  int turns = 0;
  std::function<void()> another = [&] {
    ++turns;
    if (got.empty()) boost::asio::post(io, another);
  };
  boost::asio::post(io, another);
  EXPECT_THAT(symbols(page({{"state", "halted"}}).body), IsEmpty());
  EXPECT_GT(turns, 9);
}

TEST_F(InstrumentsTest, PackedItIsTheSameWithATagOfItsOwn) {
  for (std::size_t i = 0; i < 700; ++i) add("sim", fmt::format("A{}-USD", i), State::kLive);
  const auto plain = page({});
  const auto packed = page({}, true);
  EXPECT_TRUE(packed.gzip);
  EXPECT_LT(packed.body.size() * 5, plain.body.size());
  EXPECT_EQ(unpacked(packed.body), plain.body);
  EXPECT_EQ(packed.etag, plain.etag.substr(0, plain.etag.size() - 1) + "-gzip\"");
  EXPECT_THAT(plain.etag, ::testing::MatchesRegex("\"[0-9a-f]{32}\""));
}

TEST_F(InstrumentsTest, TheTagChangesWithWhatItNamesAndOnlyThen) {
  const auto& btc = add("sim", "BTC-USD", State::kLive);
  const auto first = page({}).etag;
  EXPECT_EQ(page({{"venue", "sim"}}).etag, first) << "the same bytes";
  fan_out.on_tick(testing::status(btc, 2, State::kStale));
  EXPECT_NE(page({{"limit", "7"}}).etag, first);
}

TEST_F(InstrumentsTest, TheAnswerSaysWhatMayBeDoneWithIt) {
  const KeptPage made{"body", "\"1-gzip\"", true, "/v1/instruments?after=A"};
  auto asked = request({});
  const std::string head =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 4\r\n";
  const auto whole = instruments_response(asked, made);
  EXPECT_THAT(whole, ::testing::StartsWith(head));
  EXPECT_THAT(whole, ::testing::EndsWith("\r\n\r\nbody"));
  for (const auto* line :
       {"Vary: Accept-Encoding, Origin", "ETag: \"1-gzip\"", "Cache-Control: no-cache",
        "Content-Encoding: gzip", "Link: </v1/instruments?after=A>; rel=\"next\""}) {
    EXPECT_THAT(whole, HasSubstr(fmt::format("\r\n{}\r\n", line)));
  }
  EXPECT_THAT(whole, Not(HasSubstr("no-store")));
  asked.head_only = true;
  EXPECT_EQ(instruments_response(asked, made), whole.substr(0, whole.size() - 4));
  for (const bool head_only : {false, true}) {
    asked.head_only = head_only;
    asked.if_none_match = "\"0\", W/\"1-gzip\"";
    const auto held = instruments_response(asked, made);
    EXPECT_THAT(held, ::testing::StartsWith("HTTP/1.1 304 Not Modified\r\n"));
    EXPECT_THAT(held, ::testing::EndsWith("\r\n\r\n"));
    EXPECT_THAT(held, HasSubstr("ETag: \"1-gzip\""));
    EXPECT_THAT(held, HasSubstr("Vary: "));
    EXPECT_THAT(held, Not(HasSubstr("Content-Length")));
    EXPECT_THAT(held, Not(HasSubstr("Content-Encoding")));
  }
}

}  // namespace
}  // namespace tickgate::gateway
