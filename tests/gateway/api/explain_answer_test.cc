// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/explain_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <string>

#include "gateway/api/time_text.h"

namespace tickgate::gateway {
namespace {

using schemas::Channel;
using schemas::State;
using schemas::Timestamp;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::StartsWith;

const schemas::Instrument kInstrument{
    schemas::InstrumentId{0}, "KRAKEN:BTC-USD", "kraken", "BTC", "USD", {}};
constexpr std::int64_t kNow = 1'790'000'000'000'000;

schemas::InstrumentStatus status_of(State state, std::string_view reason, State quote,
                                    std::string_view quote_reason) {
  schemas::InstrumentStatus status;
  status.state = state;
  status.reason = reason;
  status.quote_state = quote;
  status.quote_reason = quote_reason;
  status.since = status.quote_since = Timestamp{kNow - 12'000'000};
  return status;
}

ExplainAnswer answer_of(State state, std::string_view reason, bool told = true) {
  ExplainAnswer answer;
  answer.instrument = &kInstrument;
  answer.now = Timestamp{kNow};
  answer.status = status_of(state, reason, state, reason);
  if (!told) return answer;
  auto& explanation = answer.told.emplace();
  explanation.feed = explanation.venue = "kraken";
  explanation.now = answer.now;
  explanation.status = *answer.status;
  explanation.connection.state = feeds::FeedState::kLive;
  explanation.connection.host = "ws.kraken.com";
  auto& book = explanation.channels.emplace_back();
  book.channel = Channel::kBook;
  book.sequence = 9;
  auto& rhythm = explanation.channels.back().rhythm;
  rhythm = {.known = true,
            .gaps = 30,
            .patience = seconds(3),
            .longest = milliseconds(300),
            .silent = seconds(15),
            .stale_in = -seconds(12)};
  return answer;
}

TEST(ExplainWords, SayWhatIsGreyAndWhy) {
  EXPECT_EQ(explain_words(answer_of(State::kLive, "")),
            "KRAKEN:BTC-USD is not grey: live for 12 s");
  EXPECT_EQ(explain_words(answer_of(State::kHalted, "cancel_only")),
            "KRAKEN:BTC-USD is grey: halted for 12 s: cancel_only");
  EXPECT_EQ(explain_words(answer_of(State::kRecovering, "checksum failed")),
            "KRAKEN:BTC-USD is grey: recovering for 12 s: checksum failed");
  auto noted = answer_of(State::kLive, "");
  noted.status->note = std::string_view("trade refused: no");
  EXPECT_EQ(explain_words(noted), "KRAKEN:BTC-USD is not grey: live for 12 s; trade refused: no");
}

TEST(ExplainWords, OfAStaleOneTheSilenceAndWhatWasBorne) {
  auto answer = answer_of(State::kStale, "silent beyond its rhythm");
  answer.told->channels.push_back(answer.told->channels.back());
  answer.told->channels.back().channel = Channel::kQuote;
  EXPECT_EQ(explain_words(answer),
            "KRAKEN:BTC-USD is grey: stale for 12 s: silent beyond its rhythm (nothing came for 15 "
            "s, and its rhythm explains 3.0 s)");
}

TEST(ExplainWords, ABookAloneIsGreyWhereItIsShown) {
  auto answer = answer_of(State::kStale, "");
  answer.status = status_of(State::kRecovering, "gap", State::kLive, "");
  EXPECT_THAT(explain_words(answer), HasSubstr("grey where its book is shown, which is recovering "
                                               "for 12 s: gap; its quote is live"));
}

TEST(ExplainWords, OfOneThatIsDownTheConnection) {
  auto answer = answer_of(State::kDown, "refused: no");
  answer.told->connection.state = feeds::FeedState::kDown;
  answer.told->connection.since = Timestamp{kNow - 5'000'000};
  answer.told->connection.index = 2;
  answer.told->connection.count = 3;
  EXPECT_THAT(explain_words(answer),
              HasSubstr("(connection 2 of 3 to ws.kraken.com is down for 5.0 s)"));
}

TEST(ExplainWords, WhoIsMissingIsSaid) {
  auto answer = answer_of(State::kStale, "the feeds' thread stands still", false);
  answer.missing = {"the feeds' thread"};
  EXPECT_THAT(explain_words(answer), HasSubstr("the feeds' thread did not answer"));
  answer.status.reset();
  EXPECT_THAT(explain_words(answer), StartsWith("KRAKEN:BTC-USD is grey: nothing was said"));
}

TEST(ExplainJson, IsJsonWhateverAVenueSaysAndWhoeverIsMissing) {
  for (const bool told : {true, false}) {
    auto answer = answer_of(State::kDown, "\"}\n\x1b[31m\xff", told);
    if (told) answer.told->refusal = {Timestamp{1}, Channel::kBook, "a \"word\"\n\x01"};
    answer.followers.push_back({Channel::kQuote, std::nullopt, 250, 3});
    answer.followers.push_back({Channel::kBar, schemas::Interval::k15m, 0, 2});
    simdjson::dom::parser parser;
    simdjson::dom::element parsed;
    ASSERT_EQ(parser.parse(explain_json(answer)).get(parsed), simdjson::SUCCESS);
    std::int64_t count = 0;
    EXPECT_EQ(parsed.at_pointer("/subscribers/0/count").get(count), simdjson::SUCCESS);
    EXPECT_EQ(count, 3);
    EXPECT_TRUE(parsed.at_pointer("/subscribers/0/interval").is_null());
    std::string_view interval;
    EXPECT_EQ(parsed.at_pointer("/subscribers/1/interval").get(interval), simdjson::SUCCESS);
    EXPECT_EQ(interval, "15m");
  }
}

TEST(ExplainText, FollowersOfBarsAreToldByTheLengthOfBars) {
  auto answer = answer_of(State::kLive, "");
  EXPECT_THAT(explain_text(answer), HasSubstr("subscribers   none\n"));
  answer.followers = {{Channel::kQuote, std::nullopt, 0, 4},
                      {Channel::kBar, schemas::Interval::k1s, 0, 2},
                      {Channel::kBar, schemas::Interval::k4h, 250, 1}};
  EXPECT_THAT(
      explain_text(answer),
      HasSubstr("subscribers   4 of each quote, 2 of each 1s bar, 1 of 4h bar each 250 ms\n"));
}

feeds::QuarantineReport two_quarantined() {
  feeds::QuarantineReport report;
  report.counts[static_cast<std::size_t>(feeds::Implausible::kOffMedian)] = {7, 3};
  auto& newer = report.newest.emplace_back();
  newer.time = Timestamp{kNow};
  newer.channel = Channel::kTrade;
  newer.reason = feeds::Implausible::kOffMedian;
  newer.price = "98765.43";
  newer.reference = "100.5";
  newer.message = "{\"p\":\"98765.43\"}\x1b[1m";
  newer.message_bytes = 700;
  auto& older = report.newest.emplace_back(newer);
  older.time = Timestamp{kNow - 1'000'000};
  older.reference.clear();
  older.message = "7b7d";
  older.is_binary = true;
  return report;
}

TEST(ExplainText, QuarantinedTicksAreToldWithTheVenuesWords) {
  auto answer = answer_of(State::kLive, "");
  EXPECT_THAT(explain_text(answer), HasSubstr("  quarantined   none\n"));
  answer.told->quarantined = two_quarantined();
  EXPECT_THAT(
      explain_text(answer),
      HasSubstr("  quarantined   off median 3 (7 in all)\n"
                "    2026-09-21 14:13:20.000 UTC  trade off median: 98765.43 beside 100.5; "
                "{\"p\":\"98765.43\"} [1m\n"
                "    2026-09-21 14:13:19.000 UTC  trade off median: 98765.43; binary 7b7d\n"));
}

TEST(ExplainJson, QuarantinedTicksAreToldByReasonAndTheNewest) {
  auto answer = answer_of(State::kLive, "");
  answer.told->quarantined = two_quarantined();
  const auto json = explain_json(answer);
  EXPECT_THAT(json,
              HasSubstr(R"("bad_size":{"today":0,"all":0},"off_median":{"today":3,"all":7}})"));
  EXPECT_THAT(json, HasSubstr(R"("newest":[{"time":1790000000000000,"channel":"trade",)"
                              R"("reason":"off_median","price":"98765.43","reference":"100.5",)"
                              R"("message":"{\"p\":\"98765.43\"}\u001b[1m","message_bytes":700,)"
                              R"("binary":false},{"time":1789999999000000,)"));
  EXPECT_THAT(json, HasSubstr(R"("reference":null,"message":"7b7d","message_bytes":700,)"
                              R"("binary":true}]})"));
}

TEST(ExplainText, HasNothingThatATerminalWouldObey) {
  auto answer = answer_of(State::kDown,
                          "a\x1b[31mb\xc2\x9b"
                          "c\rd");
  answer.told->refusal = {Timestamp{1}, Channel::kBook, "x\ny\x1b]0;title\x07"};
  answer.told->changes.push_back({Timestamp{1}, State::kDown, State::kDown,
                                  "l\x1b"
                                  "m",
                                  ""});
  answer.missing = {"shard 1"};
  const auto text = explain_text(answer);
  EXPECT_TRUE(std::ranges::none_of(text, [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7F;
  })) << text;
  EXPECT_EQ(text.find("\xc2\x9b"), text.npos);
  EXPECT_THAT(text, HasSubstr("shard 1 did not answer"));
}

TEST(LengthText, IsAsLongAsItHasToBe) {
  EXPECT_EQ(length_text(milliseconds(-5)), "0.0 s");
  EXPECT_EQ(length_text(milliseconds(9'999)), "9.9 s");
  EXPECT_EQ(length_text(seconds(59)), "59 s");
  EXPECT_EQ(length_text(seconds(245)), "4 min 5 s");
  EXPECT_EQ(length_text(seconds(3 * 3600 + 125)), "3 h 2 min");
  EXPECT_EQ(length_text(seconds(52 * 3600)), "2 d 4 h");
  EXPECT_EQ(moment_text(Timestamp{1'790'000'000'123'456}), "2026-09-21 14:13:20.123 UTC");
}

}  // namespace
}  // namespace tickgate::gateway
