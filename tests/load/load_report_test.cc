// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <limits>

#include "simdjson.h"
#include "tests/load/known_symbols.h"
#include "tests/load/process_sample.h"
#include "tests/load/report.h"

namespace tickgate::load {
namespace {

using ::testing::HasSubstr;

Report example() {
  Report report;
  auto& first = report.section("delivery", "delivered");
  first.whole("updates", "updates", 1'234'567);
  first.number("us_per_update", "CPU for an update", 3.14159, 2, "us");
  first.number("none", "no number", std::numeric_limits<double>::quiet_NaN(), 2, "us");
  report.section("storm", "storm").number("served_ms", "all served", 17, 0, "ms");
  Findings findings;
  findings.add("closed by the server: 1012 \"quoted\"\n\x1b[31m", 2);
  report.findings(findings);
  return report;
}

TEST(LoadReport, JsonIsWellFormedAndHasEveryField) {
  simdjson::dom::parser parser;
  const auto parsed = parser.parse(example().json());
  ASSERT_EQ(parsed.error(), simdjson::SUCCESS);
  EXPECT_EQ(std::uint64_t(parsed["delivery"]["updates"]), 1'234'567U);
  EXPECT_EQ(double(parsed["delivery"]["us_per_update"]), 3.14);
  EXPECT_TRUE(parsed["delivery"]["none"].is_null());
  EXPECT_EQ(double(parsed["storm"]["served_ms"]), 17.0);
  EXPECT_EQ(std::uint64_t(parsed["findings"].at(0)["times"]), 2U);
  EXPECT_THAT(std::string(parsed["findings"].at(0)["what"].get_c_str()), HasSubstr("\"quoted\""));
}

TEST(LoadReport, WithoutFindingsTheListIsEmpty) {
  Report report;
  report.section("own", "own");
  simdjson::dom::parser parser;
  const auto parsed = parser.parse(report.json());
  ASSERT_EQ(parsed.error(), simdjson::SUCCESS);
  EXPECT_EQ(parsed["findings"].get_array().size(), 0U);
  EXPECT_THAT(report.table(), HasSubstr("no findings"));
}

TEST(LoadReport, TheTableHasUnitsAndNoControlCharacters) {
  const auto table = example().table();
  EXPECT_THAT(table, HasSubstr("3.14 us\n"));
  EXPECT_THAT(table, HasSubstr(" - us\n"));
  EXPECT_THAT(table, HasSubstr("2 x closed by the server"));
  EXPECT_EQ(table.find('\x1b'), std::string::npos);
}

TEST(Findings, HoldNoMoreKindsThanAPersonReads) {
  Findings findings;
  for (int i = 0; i < 1'000; ++i) findings.add("kind " + std::to_string(i));
  findings.add("nothing", 0);
  EXPECT_EQ(findings.kinds().size(), 101U);
  EXPECT_EQ(findings.kinds().at("other findings"), 900U);
}

TEST(ProcessSample, ReadsTheLineOfTheKernelWhateverTheProcessIsCalled) {
  const auto stat = parse_process_stat(
      "42 (a) S (b) 7) S 1 42 42 0 -1 4194304 10 0 0 0 311 122 0 0 20 0 3 0 9 1000000 2048 18446");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->user, 311U);
  EXPECT_EQ(stat->system, 122U);
  EXPECT_EQ(stat->resident, 2048U);
  EXPECT_FALSE(parse_process_stat(""));
  EXPECT_FALSE(parse_process_stat("42 (cut) S 1 42"));
}

TEST(ProcessSample, IsThereForAProcessThatLives) {
  const auto sample = sample_process(static_cast<std::uint32_t>(::getpid()));
  ASSERT_TRUE(sample);
  EXPECT_GT(sample->resident, 100'000U);
  EXPECT_FALSE(sample_process(0));
}

TEST(KnownSymbols, AreNumberedAndKeepTheNewestTime) {
  KnownSymbols known;
  EXPECT_EQ(known.see("A", 10, 1), 0U);
  EXPECT_EQ(known.see("B", 10, 2), 1U);
  EXPECT_EQ(known.see("A", 30, 3), 0U);
  EXPECT_EQ(known.see("A", 20, 4), 0U);
  EXPECT_EQ(known.entries()[0].newest, 30);
  EXPECT_EQ(known.entries()[0].first_seen, 1);
  EXPECT_EQ(known.find("C"), nullptr);
}

TEST(SymbolStates, KeepEachSymbolWhileTheyGrow) {
  SymbolStates states;
  EXPECT_EQ(states.find(3), nullptr);
  for (SymbolNumber i = 0; i < 50'000; ++i) {
    bool is_new = false;
    states.at(i, is_new).received = i + 7;
    ASSERT_TRUE(is_new);
  }
  std::size_t count = 0;
  states.for_each([&count](SymbolNumber, const auto&) { ++count; });
  EXPECT_EQ(count, 50'000U);
  for (SymbolNumber i = 0; i < 50'000; ++i) {
    bool is_new = true;
    EXPECT_EQ(states.at(i, is_new).received, i + 7);
    EXPECT_FALSE(is_new);
  }
  EXPECT_EQ(states.find(50'000), nullptr);
}

}  // namespace
}  // namespace tickgate::load
