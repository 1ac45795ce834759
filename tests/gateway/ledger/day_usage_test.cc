// SPDX-License-Identifier: Apache-2.0
#include "gateway/ledger/day_usage.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

namespace tickgate::gateway {
namespace {

using schemas::Timestamp;

TEST(DayUsage, ARunWhoseEndIsNotSaidIsOpenUntilTheNextSaysThatItBrokeOff) {
  std::string lines;
  append_line(lines, BeginLine{Timestamp{1}, "R1", "pod"});
  append_line(lines, FlushedLine{Timestamp{3'723'000'000}, "R1"});
  DayUsage open;
  std::istringstream file(lines);
  open.add_all(file);
  EXPECT_NE(usage_json(Day{0}, open).find(R"("open":{"run":"R1","until":3723000000},"lines":2)"),
            std::string::npos)
      << usage_json(Day{0}, open);
  EXPECT_NE(usage_text(Day{0}, open)
                .find("run R1 has not ended: it goes on, or it broke off; usage "
                      "is known until 1970-01-01 01:02:03 UTC"),
            std::string::npos);
  for (const LedgerLine& last : std::vector<LedgerLine>{GapLine{"R1", Timestamp{2}, Timestamp{9}},
                                                        EndLine{Timestamp{9}, "R1"}}) {
    auto said = lines;
    append_line(said, last);
    DayUsage usage;
    std::istringstream whole(said);
    usage.add_all(whole);
    EXPECT_NE(usage_json(Day{0}, usage).find(R"("open":null,"lines":3)"), std::string::npos);
    EXPECT_EQ(usage_text(Day{0}, usage).find("has not ended"), std::string::npos);
  }
}

TEST(DayUsage, TheLastGapThatFitsIsNotSkipped) {
  DayUsage usage;
  std::string line;
  append_line(line, GapLine{"R", Timestamp{1}, Timestamp{2}});
  line.pop_back();
  for (std::size_t i = 0; i < DayUsage::kMostRuns; ++i) usage.add(line);
  EXPECT_EQ(usage.gaps().size(), DayUsage::kMostRuns);
  EXPECT_EQ(usage.skipped(), 0U);
  usage.add(line);
  EXPECT_EQ(usage.gaps().size(), DayUsage::kMostRuns);
  EXPECT_EQ(usage.skipped(), 1U);
}

TEST(DayUsage, WhoReadsMuchHasOtherWorkDoneBetween) {
  std::string lines;
  for (std::uint64_t i = 0; i < 2 * DayUsage::kPiece + 1; ++i) {
    append_line(lines, EndLine{Timestamp{1}, "R"});
  }
  std::istringstream file(lines);
  DayUsage usage;
  int turns = 0;
  usage.add_all(file, [&] { ++turns; });
  EXPECT_EQ(turns, 2);
  EXPECT_EQ(usage.lines(), 2 * DayUsage::kPiece + 1);
}

}  // namespace
}  // namespace tickgate::gateway
