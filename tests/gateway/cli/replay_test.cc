// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/replay.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "feeds/capture/capture.h"
#include "gateway/config/words.h"
#include "schemas/text.h"

namespace tickgate::gateway {
namespace {

using feeds::CaptureKind;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

struct Result {
  int code = 0;
  std::vector<std::string> lines;
  std::string errors;
};

std::string contents(std::FILE* file) {
  std::string text;
  std::rewind(file);
  char bytes[4096];
  while (const auto count = std::fread(bytes, 1, sizeof bytes, file)) text.append(bytes, count);
  return text;
}

Result replay(ReplayFlags flags) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> out(std::tmpfile(), std::fclose);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> err(std::tmpfile(), std::fclose);
  Result result;
  result.code = run_replay(flags, out.get(), err.get());
  result.errors = contents(err.get());
  result.lines = absl::StrSplit(contents(out.get()), '\n', absl::SkipEmpty());
  return result;
}

// Writes a capture of Coinbase's traffic, a record a second.
class ReplayFile : public ::testing::Test {
 protected:
  std::string path(int number = 0) const {
    return fmt::format("{}replay_test_{}_{}", ::testing::TempDir(), number,
                       ::testing::UnitTest::GetInstance()->current_test_info()->name());
  }
  void TearDown() override {
    for (int i = 0; i < 2; ++i) std::filesystem::remove(path(i));
  }
  void open(std::uint32_t conn = 1) { add(CaptureKind::kOpen, "wss://example", "", conn); }
  void book(int sequence, std::string_view type, std::string_view side, std::string_view price,
            std::string_view size, std::uint32_t conn = 1) {
    add(CaptureKind::kText, "",
        fmt::format(R"({{"channel":"l2_data","timestamp":"2026-11-20T10:00:00Z","sequence_num":{})"
                    R"(,"events":[{{"type":"{}","product_id":"A-USD","updates":[{{"side":"{}")"
                    R"(,"price_level":"{}","new_quantity":"{}"}}]}}]}})",
                    sequence, type, side, price, size),
        conn);
  }
  void trade(int sequence, int id, std::string_view price = "1") {
    add(CaptureKind::kText, "",
        fmt::format(
            R"({{"channel":"market_trades","timestamp":"","sequence_num":{})"
            R"(,"events":[{{"type":"update","trades":[{{"product_id":"A-USD","trade_id":"{}")"
            R"(,"price":"{}","size":"2","time":"2026-11-20T10:00:00Z","side":"BUY"}}]}}]}})",
            sequence, id, price));
  }
  void add(CaptureKind kind, std::string_view target, std::string_view data, std::uint32_t conn = 1,
           std::string_view venue = "coinbase") {
    feeds::append_capture_line(text_,
                               {++seconds_ * 1'000'000'000, venue, conn, kind, target, data});
  }
  std::string write(int number = 0) {
    std::ofstream(path(number)) << std::exchange(text_, {});
    return path(number);
  }

  std::string text_;
  std::int64_t seconds_ = 0;
};

TEST_F(ReplayFile, PrintsEachTickAsALineAndASummary) {
  open();
  book(0, "snapshot", "bid", "1.50", "2");
  trade(1, 7);
  const auto result = replay({{write()}});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(
      result.lines,
      ElementsAre(
          R"({"type":"status","symbol":"COINBASE:A-USD","seq":1,"state":"recovering","since":2000000,)"
          R"("reason":"waiting for the first book"})",
          R"({"type":"status","symbol":"COINBASE:A-USD","seq":2,"state":"live","since":2000000,"reason":""})",
          R"({"type":"book","symbol":"COINBASE:A-USD","seq":1,"depth":25,"integrity":"sequence",)"
          R"("bids":[["1.50","2"]],"asks":[],"time":1795168800000000,"received":2000000})",
          R"({"type":"quote","symbol":"COINBASE:A-USD","seq":1,"bid":"1.50","bid_size":"2","ask":null,)"
          R"("ask_size":null,"time":1795168800000000,"received":2000000})",
          R"({"type":"trade","symbol":"COINBASE:A-USD","seq":1,"price":"1","size":"2","side":"sell",)"
          R"("id":"7","time":1795168800000000,"received":3000000})"));
  EXPECT_THAT(result.errors,
              AllOf(HasSubstr("records: 3\n"), HasSubstr("frames: 2\n"), HasSubstr("quote: 1\n"),
                    HasSubstr("book: 1\n"), HasSubstr("trade: 1\n"), HasSubstr("status: 2\n"),
                    HasSubstr("gaps: 0\n"), HasSubstr("parse_errors: 0\n"),
                    HasSubstr("checksums_verified: 0\n"), HasSubstr("frames_per_second: ")));
}

TEST_F(ReplayFile, WhatCannotBeRightIsLeftOutAndCounted) {
  open();
  trade(0, 7);
  trade(1, 8, "10.01");
  trade(2, 9, "0");
  trade(3, 10, "10");
  for (int i = 4; i < 15; ++i) trade(i, 7 + i, "30");  // each a second later: it moves
  const auto result = replay({{write()}});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(
      result.errors,
      AllOf(HasSubstr("quarantined: 12\n"), HasSubstr("quarantined bad_price: 1\n"),
            HasSubstr("quarantined off_median: 11\n"), HasSubstr("trade: 3\n"),
            HasSubstr(":3: quarantined: off_median: COINBASE:A-USD trade 10.01 against 1\n"),
            HasSubstr(":4: quarantined: bad_price: COINBASE:A-USD trade 0\n"),
            HasSubstr("trades_lost: 12\n")));
  EXPECT_THAT(result.lines.back(), HasSubstr(R"("seq":15,"price":"30")"));
}

TEST_F(ReplayFile, AGapHoldsPricesBackOrIsOnlyCounted) {
  open();
  book(0, "snapshot", "bid", "1", "2");
  trade(1, 7);
  trade(5, 10);
  book(6, "update", "bid", "1", "3");
  ReplayFlags flags{{write()}};
  const auto resync = replay(flags);
  EXPECT_THAT(resync.errors, AllOf(HasSubstr("gaps: 1\n"), HasSubstr("book: 1\n"),
                                   HasSubstr(":4: gap: sequence_num 5 after 1")));
  EXPECT_THAT(resync.lines[5], HasSubstr(R"("state":"recovering")"));
  EXPECT_EQ(
      resync.lines[6],
      R"({"type":"gap","channel":"trade","symbol":"COINBASE:A-USD","from":2,"to":3,"reason":"feed_gap"})");
  EXPECT_THAT(resync.lines[7], HasSubstr(R"("type":"trade","symbol":"COINBASE:A-USD","seq":4)"));
  flags.gaps = feeds::GapPolicy::kWarn;
  EXPECT_THAT(replay(flags).errors, AllOf(HasSubstr("gaps: 1\n"), HasSubstr("book: 2\n")));
}

TEST_F(ReplayFile, OpeningAConnectionAnewIsAReconnect) {
  open();
  book(0, "snapshot", "bid", "1", "2");
  open();
  book(0, "snapshot", "bid", "1", "3");
  const auto result = replay({{write()}});
  std::vector<std::string> states;
  for (const auto& line : result.lines) {
    const auto at = line.find(R"("state":")");
    if (at != std::string::npos)
      states.push_back(line.substr(at + 9, line.find('"', at + 9) - at - 9));
  }
  EXPECT_THAT(states, ElementsAre("recovering", "live", "down", "recovering", "live"));
  EXPECT_THAT(result.errors, AllOf(HasSubstr("gaps: 0\n"), HasSubstr("duplicates: 0\n")));
}

TEST_F(ReplayFile, ConnectionsSideBySideDoNotMixTheirSequences) {
  open(1);
  open(2);
  book(0, "snapshot", "bid", "1", "2", 1);
  book(0, "snapshot", "bid", "1", "2", 2);
  book(1, "update", "bid", "1", "3", 1);
  book(1, "update", "bid", "1", "4", 2);
  const auto result = replay({{write()}});
  EXPECT_THAT(result.errors, AllOf(HasSubstr("gaps: 0\n"), HasSubstr("duplicates: 0\n")));
}

TEST_F(ReplayFile, SeveralFilesGoOnCountingAndBeginWithNewConnections) {
  open();
  book(0, "snapshot", "bid", "1", "2");
  const auto first = write(0);
  book(0, "snapshot", "bid", "1", "3");
  const auto second = write(1);
  const auto result = replay({{first, second}});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.errors, AllOf(HasSubstr("book: 2\n"), HasSubstr("duplicates: 0\n")));
  EXPECT_THAT(result.lines.back(), HasSubstr(R"("seq":2)"));
}

TEST_F(ReplayFile, DepthCutsWhatIsPrinted) {
  open();
  book(0, "snapshot", "bid", "1", "2");
  book(1, "update", "bid", "2", "2");
  ReplayFlags flags{{write()}};
  flags.depth = 1;
  const auto result = replay(flags);
  EXPECT_THAT(result.lines[4],
              AllOf(HasSubstr(R"("depth":1,)"), HasSubstr(R"("bids":[["2","2"]])")));
}

TEST_F(ReplayFile, WhatCannotBeReadEndsWithOneAndItsPlace) {
  EXPECT_EQ(replay({{path()}}).code, 1);
  EXPECT_THAT(replay({{path()}}).errors, HasSubstr(path() + ":1: expected a readable file"));
  open();
  text_ += "{\"time\":1}\n";
  const auto broken = replay({{write()}});
  EXPECT_EQ(broken.code, 1);
  EXPECT_THAT(broken.errors,
              AllOf(StartsWith(fmt::format("tickgate: {}:2: expected the key \"venue\"\n", path())),
                    HasSubstr("records: 1\n")));
  add(CaptureKind::kText, "", "{}", 1, "nasqad");
  const auto unknown = replay({{write()}});
  EXPECT_EQ(unknown.code, 1);
  EXPECT_THAT(unknown.errors,
              StartsWith(fmt::format(
                  "tickgate: {}:1: venue: expected {}, got \"nasqad\"\n", path(),
                  either(venue_names([](const auto& facts) { return !facts.made_up; })))));
}

TEST_F(ReplayFile, AFullDiskIsAnError) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> full(std::fopen("/dev/full", "w"),
                                                             std::fclose);
  if (full == nullptr) GTEST_SKIP() << "no /dev/full here";
  open();
  book(0, "snapshot", "bid", "1", "2");
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> err(std::tmpfile(), std::fclose);
  EXPECT_EQ(run_replay({{write()}}, full.get(), err.get()), 1);
  EXPECT_THAT(contents(err.get()), HasSubstr("cannot write the ticks: No space left on device"));
}

}  // namespace
}  // namespace tickgate::gateway
