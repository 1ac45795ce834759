// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/websocket/frame_composer.h"
#include "tests/load/frame_splitter.h"
#include "tests/load/message_scanner.h"
#include "tests/load/reply_reader.h"
#include "tests/load/requests.h"

namespace tickgate::load {
namespace {

using gateway::Opcode;
using ::testing::ElementsAre;
using Item = MessageScanner::Item;

constexpr std::string_view kQuote =
    R"({"type":"quote","symbol":"SIM:S0001-USD","seq":812,"bid":"67123.4","bid_size":"0.5",)"
    R"("ask":"67123.5","ask_size":"1.2","time":null,"received":1732100000124001})";

std::string message(std::initializer_list<std::string_view> objects) {
  std::string out;
  for (const auto object : objects) out.append(out.empty() ? "[" : ",").append(object);
  return out + "]";
}

// What a scanner finds: "quote SYMBOL SEQ RECEIVED", the text of another object, "broken".
std::vector<std::string> scan(std::string_view text) {
  MessageScanner scanner("quote");
  scanner.begin(text);
  std::vector<std::string> found;
  while (true) {
    switch (scanner.next()) {
      case Item::kUpdate:
        found.push_back("quote " + std::string(scanner.update().symbol) + " " +
                        std::to_string(scanner.update().sequence) + " " +
                        std::to_string(scanner.update().received));
        break;
      case Item::kOther:
        found.emplace_back(scanner.object());
        break;
      case Item::kEnd:
        return found;
      case Item::kBroken:
        found.emplace_back("broken");
        return found;
    }
  }
}

const char* const kFound = "quote SIM:S0001-USD 812 1732100000124001";

TEST(UpgradeRequest, ShowsACredentialWhereThereIsOne) {
  const feeds::Url url{false, true, "127.0.0.1", "8080", "/v1/stream"};
  const auto with = upgrade_request(url, "a.b.c"), without = upgrade_request(url, "");
  EXPECT_THAT(with, ::testing::HasSubstr("\r\nAuthorization: Bearer a.b.c\r\n"));
  EXPECT_THAT(without, ::testing::Not(::testing::HasSubstr("Authorization")));
  for (const auto& request : {with, without}) {
    EXPECT_EQ(request.find("\r\n\r\n"), request.size() - 4) << request;
  }
}

TEST(MessageScanner, FindsEveryUpdateAndLeavesOtherObjectsWhole) {
  const std::string_view status = R"({"type":"status","symbol":"A","reason":"}],{\"quote\""})";
  EXPECT_THAT(scan(message({kQuote})), ElementsAre(kFound));
  EXPECT_THAT(scan(message({status, kQuote, kQuote, status})),
              ElementsAre(status, kFound, kFound, status));
}

TEST(MessageScanner, ReadsAnUpdateWhoseFieldsStandElsewhere) {
  EXPECT_THAT(scan(R"([{"seq":3,"received":5,"symbol":"A","type":"quote","more":{"x":[{}]}}])"),
              ElementsAre("quote A 3 5"));
  EXPECT_THAT(scan(R"([{"type":"quote","symbol":"A","seq":3,"x":"},{","received":5},{"y":"]"}])"),
              ElementsAre("quote A 3 5", R"({"y":"]"})"));
  EXPECT_THAT(scan(R"([{"type":"quote","symbol":"A","seq":3,"x":[{"y":1,"received":7},{}]}])"),
              ElementsAre("quote A 3 7"));
  EXPECT_THAT(scan(R"([{"type":"quote","symbol":"A","seq":3,"bid":"1"}])"),
              ElementsAre("quote A 3 0"));
}

TEST(MessageScanner, SaysOfNoPrefixOfAMessageThatItIsWhole) {
  const auto whole = message({kQuote, R"({"type":"status","since":1})", kQuote});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string part = whole.substr(0, size);  // its own memory: a read beyond it shows
    EXPECT_EQ(scan(part).back(), "broken") << size;
  }
}

TEST(MessageScanner, RefusesWhatIsNoArrayOfObjects) {
  for (const auto* const text :
       {"", "{}", "[]", "[1]", "[{}", "[{}]]", "[{},]", "[{}{}]", "[\"{}\"]"}) {
    EXPECT_EQ(scan(text).back(), "broken") << text;
  }
}

// Payloads of every length form, one after the other.
std::string stream(std::vector<std::string>& payloads) {
  std::string bytes;
  for (const std::size_t size : {0, 1, 125, 126, 127, 65'535, 65'536}) {
    payloads.emplace_back(size, static_cast<char>('a' + payloads.size()));
    gateway::append_frame(bytes, Opcode::kText, payloads.back());
  }
  gateway::append_ping(bytes, "p");
  payloads.emplace_back("p");
  return bytes;
}

TEST(FrameSplitter, FindsTheFramesOfTheComposer) {
  std::vector<std::string> payloads;
  const auto bytes = stream(payloads);
  std::string_view rest = bytes;
  for (const auto& payload : payloads) {
    ServerFrame frame;
    ASSERT_EQ(split_frame(rest, frame), Split::kFrame);
    EXPECT_EQ(frame.payload, payload);
    rest.remove_prefix(frame.size);
  }
  EXPECT_TRUE(rest.empty());
}

TEST(FrameSplitter, CutAtEveryByteItAsksForMoreUntilTheLast) {
  for (const std::size_t size : {0, 5, 126, 700}) {
    std::string whole;
    gateway::append_frame(whole, Opcode::kText, std::string(size, 'x'));
    for (std::size_t length = 0; length < whole.size(); ++length) {
      const std::string part = whole.substr(0, length);
      ServerFrame frame;
      EXPECT_EQ(split_frame(part, frame), Split::kMore) << size << " " << length;
    }
    ServerFrame frame;
    EXPECT_EQ(split_frame(whole, frame), Split::kFrame);
  }
}

TEST(FrameSplitter, RefusesWhatNoServerOfOursSends) {
  const std::vector<std::string> cases = {
      std::string("\x81\x80", 2),          // masked
      std::string("\x01\x00", 2),          // a fragment
      std::string("\x80\x00", 2),          // a continuation
      std::string("\xc1\x00", 2),          // compressed
      std::string("\x82\x00", 2),          // binary
      std::string("\x8b\x00", 2),          // an unknown control frame
      std::string("\x89\x7e\x00\x7e", 4),  // a long ping
      std::string("\x81\x7f\x7f\xff\xff\xff\xff\xff\xff\xff", 10),
  };
  for (const auto& bytes : cases) {
    ServerFrame frame;
    EXPECT_EQ(split_frame(bytes, frame), Split::kBroken) << ::testing::PrintToString(bytes);
  }
}

TEST(ReplyReader, ReadsWhatWasGranted) {
  ReplyReader reader;
  const auto* const reply = reader.read(
      R"({"type":"subscribed","id":3,"channel":"quote","accepted":["A","B"],)"
      R"("rejected":[{"symbol":"C","code":"unknown_symbol"}],"interval_ms":10,"epoch":"x"})");
  ASSERT_NE(reply, nullptr);
  EXPECT_EQ(reply->kind, Reply::Kind::kSubscribed);
  EXPECT_EQ(reply->id, 3U);
  EXPECT_THAT(reply->accepted, ElementsAre("A", "B"));
  EXPECT_EQ(reply->rejected, 1U);
  EXPECT_EQ(reply->what, "unknown_symbol");
}

TEST(ReplyReader, KnowsErrorsWithAndWithoutARequest) {
  ReplyReader reader;
  const auto* const reply =
      reader.read(R"({"type":"error","id":null,"code":"rate_limited","message":"too many"})");
  ASSERT_NE(reply, nullptr);
  EXPECT_EQ(reply->kind, Reply::Kind::kError);
  EXPECT_EQ(reply->id, 0U);
  EXPECT_EQ(reply->what, "rate_limited: too many");
  EXPECT_EQ(reader.read(R"({"type":"subscribed","id":1})"), nullptr);
  EXPECT_EQ(reader.read(R"({"type":"unsubscribed",)"), nullptr);
  EXPECT_EQ(reader.read(R"({"type":"heartbeat","time":1})")->kind, Reply::Kind::kElse);
}

TEST(ReplyReader, AMessageIsAnArrayOfObjectsWithTypes) {
  ReplyReader reader;
  EXPECT_TRUE(reader.is_valid(message({kQuote, R"({"type":"heartbeat"})"})));
  for (const auto* const text : {"", "[]", "{\"type\":\"x\"}", "[{}]", "[{\"type\":1}]", "[1"}) {
    EXPECT_FALSE(reader.is_valid(text)) << text;
  }
}

TEST(Requests, ALongSubscriptionIsSeveralRequests) {
  const std::vector<std::string> symbols(5'000, "SIM:S0000-USD");
  std::uint32_t requests = 0;
  const auto frames = subscribe_frames({"quote", 10}, symbols, requests);
  EXPECT_EQ(requests, 3U);
  std::uint32_t one = 0;
  subscribe_frames({"quote", 10}, {"A"}, one);
  EXPECT_EQ(one, 1U);
}

TEST(Requests, AFrameIsMaskedAndCarriesItsText) {
  const auto frame = subscribe_frame({"trade", 10}, "SIM:A", 4);
  EXPECT_EQ(static_cast<unsigned char>(frame[0]), 0x81U);
  const auto second = static_cast<unsigned char>(frame[1]);
  EXPECT_EQ(second & 0x80U, 0x80U);
  std::string text;
  for (std::size_t i = 6; i < frame.size(); ++i) {
    text.push_back(static_cast<char>(frame[i] ^ frame[2 + (i - 6) % 4]));
  }
  EXPECT_EQ(text.size(), second & 0x7FU);
  EXPECT_EQ(text,
            R"({"op":"subscribe","id":4,"channel":"trade","symbols":["SIM:A"],"interval_ms":10})");
}

}  // namespace
}  // namespace tickgate::load
