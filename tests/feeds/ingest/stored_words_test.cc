// SPDX-License-Identifier: Apache-2.0
#include "feeds/ingest/stored_words.h"

#include <fmt/format.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace tickgate::feeds {
namespace {

using schemas::Channel;
using schemas::Interval;
using testing::ElementsAre;
using testing::Pair;

std::string quote(const char* symbol, int number, const char* epoch, int fence) {
  return fmt::format(R"({{"type":"quote","symbol":"{}","seq":{},"epoch":"{}","fence":{}}})", symbol,
                     number, epoch, fence);
}
std::string trade(int number, const char* id, const char* epoch, int fence) {
  return fmt::format(R"({{"type":"trade","symbol":"SIM:A-B","seq":{},"price":"1","size":"2",)"
                     R"("side":"buy","id":"{}","time":5,"received":6,"epoch":"{}","fence":{}}})",
                     number, id, epoch, fence);
}

ClusterNumbers merged(const std::vector<std::string>& texts) {
  WordReader reader;
  ClusterNumbers numbers;
  for (const auto& text : texts) {
    const auto word = reader.stored(text);
    EXPECT_TRUE(word.has_value()) << text;
    if (word.has_value()) merge(*word, numbers);
  }
  return numbers;
}
std::uint64_t quote_of(const ClusterNumbers& numbers, std::string_view symbol) {
  const auto found = numbers.symbols.find(symbol);
  if (found == numbers.symbols.end()) return 0;
  return found->second.numbers.ticks[static_cast<std::size_t>(Channel::kQuote)];
}

TEST(StoredWords, TheGreatestNumberOfEachCounts) {
  const auto numbers = merged(
      {quote("SIM:A-B", 5, "e", 3), quote("SIM:A-B", 4, "e", 4), quote("SIM:C-D", 9, "e", 2)});
  EXPECT_EQ(numbers.epoch, "e");
  EXPECT_EQ(numbers.fence, 4U);
  EXPECT_EQ(quote_of(numbers, "SIM:A-B"), 5U);
  EXPECT_EQ(quote_of(numbers, "SIM:C-D"), 9U);
}

TEST(StoredWords, OfTwoEpochsTheOneWithTheGreaterFenceCountsInAnyOrder) {
  const auto old = quote("SIM:A-B", 900, "old", 3), fresh = quote("SIM:A-B", 5, "new", 4);
  for (const auto& texts : {std::vector{old, fresh}, std::vector{fresh, old}}) {
    const auto numbers = merged(texts);
    EXPECT_EQ(numbers.epoch, "new");
    EXPECT_EQ(quote_of(numbers, "SIM:A-B"), 5U);
  }
}

TEST(StoredWords, TheLastTradeIsKept) {
  auto numbers = merged({trade(7, "x", "e", 1), trade(6, "w", "e", 1)});
  const auto& last = numbers.symbols.at("SIM:A-B").last;
  EXPECT_EQ(last.number, 7U);
  ASSERT_TRUE(last.trade.has_value());
  EXPECT_EQ(last.trade->id.view(), "x");
  numbers = merged(
      {trade(7, "x", "e", 1), R"({"type":"gap","symbol":"SIM:A-B","to":9,"epoch":"e","fence":1})"});
  EXPECT_EQ(numbers.symbols.at("SIM:A-B").last.number, 9U);
  EXPECT_FALSE(numbers.symbols.at("SIM:A-B").last.trade.has_value());
}

TEST(StoredWords, WhatIsNotAnIngestsIsNotRead) {
  WordReader reader;
  for (const std::string text :
       {"", "{", "[]", "7", "{}", R"({"type":"quote","symbol":"SIM:A-B","seq":1})",
        R"({"type":"quote","symbol":"SIM:A-B","seq":-1,"epoch":"e","fence":1})",
        R"({"type":"quote","symbol":"SIM:A-B","seq":18446744073709551615,"epoch":"e","fence":1})",
        R"({"type":"quote","symbol":"no symbol","seq":1,"epoch":"e","fence":1})",
        R"({"type":"bar","symbol":"SIM:A-B","seq":1,"interval":"2m","epoch":"e","fence":1})",
        R"({"type":"trade","symbol":"SIM:A-B","seq":1,"epoch":"e","fence":1})"}) {
    EXPECT_FALSE(reader.stored(text).has_value()) << text;
  }
}

TEST(AskedWords, QuestionsAreRead) {
  WordReader reader;
  const auto book = reader.asked_book(R"({"symbol":"SIM:A-B","depth":50})");
  ASSERT_TRUE(book.has_value());
  EXPECT_EQ(book->symbol, "SIM:A-B");
  EXPECT_EQ(book->depth, 50U);
  EXPECT_EQ(reader.asked_book(R"({"symbol":"SIM:A-B","depth":4000000000})")->depth,
            WordReader::kMostDepth);
  EXPECT_FALSE(reader.asked_book(R"({"symbol":"SIM:A-B","depth":0})").has_value());
  EXPECT_FALSE(reader.asked_book(R"({"symbol":"SIM:A-B"})").has_value());
  EXPECT_FALSE(reader.asked_book("nonsense").has_value());
  EXPECT_EQ(reader.asked_bars(R"({"symbol":"SIM:A-B","interval":"1h"})")->interval, Interval::k1h);
  EXPECT_FALSE(reader.asked_bars(R"({"symbol":"SIM:A-B","interval":"2h"})").has_value());
}

TEST(AskedWords, OfWantsWhatIsReadableIsRead) {
  WordReader reader;
  const auto wants = reader.wanted_bars(
      R"({"edge":"x","series":[["SIM:A-B","1m"],["SIM:A-B"],7,["SIM:C-D","9y"],["SIM:C-D","1s"]]})");
  ASSERT_TRUE(wants.has_value());
  EXPECT_THAT(wants->series,
              ElementsAre(Pair("SIM:A-B", Interval::k1m), Pair("SIM:C-D", Interval::k1s)));
  EXPECT_FALSE(reader.wanted_bars(R"({"edge":"x"})").has_value());
}

TEST(AskedWords, OfMoreSeriesThanAMessageMayHaveTheFirstAreRead) {
  std::string text = R"({"edge":"x","series":[)";
  for (int i = 0; i < 2'500; ++i) text += R"(["SIM:A-B","1m"],)";
  text.back() = ']';
  text += '}';
  WordReader reader;
  EXPECT_EQ(reader.wanted_bars(text)->series.size(), WordReader::kMostSeries);
}

}  // namespace
}  // namespace tickgate::feeds
