// SPDX-License-Identifier: Apache-2.0
#include "gateway/ledger/ledger_line.h"

#include <gtest/gtest.h>

#include "gateway/ledger/day.h"

namespace tickgate::gateway {
namespace {

using schemas::Timestamp;

UsageLine usage() {
  UsageLine line;
  line.at = Timestamp{1'790'000'000'000'000};
  line.run = "01JD0X";
  line.key = {"a \"quoted\" subject", "gold", "KRAKEN", 900};
  line.connections = 3;
  line.updates = 12'345'678'901;
  line.peak = 2;
  line.minutes.add(0);
  line.minutes.add(1'439);
  line.symbols = 2;
  line.new_symbols = {"KRAKEN:BTC-USD", "KRAKEN:ETH-USD"};
  line.details = {0b101, 25, {"key:ab12"}, {"192.0.2.0/24"}};
  return line;
}

TEST(LedgerLine, WhatIsWrittenIsReadAgain) {
  LedgerLineReader reader;
  std::string text;
  append_line(text, usage());
  ASSERT_EQ(text.back(), '\n');
  const auto read = reader.read(text.substr(0, text.size() - 1));
  ASSERT_TRUE(read.has_value());
  const auto& line = std::get<UsageLine>(*read);
  const auto wanted = usage();
  EXPECT_EQ(line.at, wanted.at);
  EXPECT_EQ(line.key, wanted.key);
  EXPECT_EQ(line.connections, wanted.connections);
  EXPECT_EQ(line.updates, wanted.updates);
  EXPECT_EQ(line.peak, wanted.peak);
  EXPECT_EQ(line.minutes, wanted.minutes);
  EXPECT_EQ(line.new_symbols, wanted.new_symbols);
  EXPECT_EQ(line.details.channels, wanted.details.channels);
  EXPECT_EQ(line.details.credentials, wanted.details.credentials);
  EXPECT_EQ(line.details.addresses, wanted.details.addresses);
}

TEST(LedgerLine, TheOtherLinesAreReadAgain) {
  LedgerLineReader reader;
  const auto again = [&](const LedgerLine& line) {
    std::string text;
    append_line(text, line);
    return reader.read(text.substr(0, text.size() - 1)).value();
  };
  EXPECT_EQ(std::get<BeginLine>(again(BeginLine{Timestamp{5}, "R", "pod-1"})).instance, "pod-1");
  EXPECT_EQ(std::get<GapLine>(again(GapLine{"R", Timestamp{5}, Timestamp{9}})).to, Timestamp{9});
  EXPECT_EQ(std::get<FlushedLine>(again(FlushedLine{Timestamp{7}, "R"})).at, Timestamp{7});
  EXPECT_EQ(std::get<EndLine>(again(EndLine{Timestamp{8}, "R"})).run, "R");
}

TEST(LedgerLine, EveryPartOfALineIsNone) {
  LedgerLineReader reader;
  std::string text;
  append_line(text, usage());
  for (std::size_t size = 0; size + 1 < text.size(); ++size) {
    EXPECT_FALSE(reader.read(text.substr(0, size)).has_value()) << text.substr(0, size);
  }
}

TEST(LedgerLine, WhatIsOfAnotherKindIsNone) {
  LedgerLineReader reader;
  for (const char* line :
       {"", "{}", "[]", "null", R"({"type":"news"})", R"({"type":"end","at":-1,"run":"R"})",
        R"({"type":"end","at":1})", R"({"type":"gap","run":"R","from":1,"to":"2"})",
        R"({"type":"end","at":253402300800000000,"run":"R"})"}) {
    EXPECT_FALSE(reader.read(line).has_value()) << line;
  }
  EXPECT_TRUE(reader.read(R"({"type":"end","at":1,"run":"R","later":[1]})").has_value());
}

TEST(Minutes, AreWrittenAsRuns) {
  Minutes minutes;
  EXPECT_EQ(minutes.text(), "");
  for (const std::uint32_t minute : {5, 6, 7, 63, 64, 1'439}) minutes.add(minute);
  EXPECT_EQ(minutes.text(), "5-7,63-64,1439");
  EXPECT_EQ(minutes.count(), 6U);
  EXPECT_EQ(Minutes::parse(minutes.text()), minutes);
  EXPECT_EQ(Minutes::parse("0-1439")->count(), 1'440U);
  for (const char* wrong : {"1440", "-1", "1-", "2-1", "1,", ",1", "1 2", "x", "1-2-3"}) {
    EXPECT_FALSE(Minutes::parse(wrong).has_value()) << wrong;
  }
}

TEST(Day, IsOfTheCalendar) {
  const Timestamp moment{1'790'000'000'000'000};  // 2026-09-21 14:13:20
  EXPECT_EQ(text(day_of(moment)), "2026-09-21");
  EXPECT_EQ(minute_of(moment) % Minutes::kDay, 14 * 60 + 13);
  EXPECT_EQ(parse_day("2026-09-21"), day_of(moment));
  EXPECT_EQ(text(*parse_day("2024-02-29")), "2024-02-29");
  for (const char* wrong : {"", "2026-9-21", "2026-02-29", "2026-13-01", "2026-00-01", "1969-12-31",
                            "2026/09/21", "+026-09-21", "2026-09-2x"}) {
    EXPECT_FALSE(parse_day(wrong).has_value()) << wrong;
  }
}

}  // namespace
}  // namespace tickgate::gateway
