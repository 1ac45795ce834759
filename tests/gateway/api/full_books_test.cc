// SPDX-License-Identifier: Apache-2.0
#include "gateway/api/full_books.h"

#include <gmock/gmock.h>

#include "tests/support/test_ticks.h"

namespace tickgate::gateway {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class FullBooksTest : public ::testing::Test {
 protected:
  using Duration = std::chrono::steady_clock::duration;

  // What the feed's thread was asked for, to be answered by the test.
  struct Asked {
    std::string symbol;
    FullBooks::Copied done;
  };
  void ask(const schemas::Instrument& instrument, std::size_t depth = 1000) {
    books.read_book(instrument, depth,
                    [this](std::string json) { got.push_back(std::move(json)); });
    run();
  }
  void answer(Duration took = {}) {
    auto one = std::move(asked.front());
    asked.pop_front();
    const auto& instrument = *registry.find(one.symbol);
    feeds::OrderBook levels;
    for (int i = 1; i <= 3; ++i) {
      levels.set(feeds::BookSide::kBid, schemas::Price{{100 - i, 0}}, schemas::Quantity{{1, 0}});
      levels.set(feeds::BookSide::kAsk, schemas::Price{{100 + i, 0}}, schemas::Quantity{{1, 0}});
    }
    schemas::Book top;
    top.header.instrument = instrument.id;
    top.header.sequence = schemas::SequenceNumber{++sequence};
    one.done(std::make_shared<const BookCopy>(std::move(levels), top), took);
    run();
  }
  void run() {
    io.restart();
    io.poll();
  }

  boost::asio::io_context io;
  std::deque<Asked> asked;
  FullBooks books{io, [this](const schemas::Instrument& instrument, FullBooks::Copied done) {
                    asked.push_back({instrument.symbol, std::move(done)});
                  }};
  schemas::InstrumentRegistry registry;
  const schemas::Instrument& btc = registry.add("sim", "BTC-USD");
  const schemas::Instrument& eth = registry.add("sim", "ETH-USD");
  std::vector<std::string> got;
  std::uint64_t sequence = 0;
};

TEST_F(FullBooksTest, AHundredWhoAskAtOnceAreOneCopy) {
  for (int i = 0; i < 100; ++i) ask(btc);
  ASSERT_THAT(asked, SizeIs(1));
  answer();
  ASSERT_THAT(got, SizeIs(100));
  EXPECT_THAT(got.front(), HasSubstr(R"("symbol":"SIM:BTC-USD","seq":1,)"));
  EXPECT_EQ(got.front(), got.back());
}

TEST_F(FullBooksTest, WhoAsksAMomentLaterGetsThatCopyAtTheDepthAskedFor) {
  ask(btc);
  answer();
  ask(btc, 2);
  EXPECT_THAT(asked, SizeIs(0));
  ASSERT_THAT(got, SizeIs(2));
  EXPECT_THAT(got[0], HasSubstr(R"("97")"));
  EXPECT_THAT(got[1], Not(HasSubstr(R"("97")")));
  EXPECT_THAT(got[1], HasSubstr(R"("depth":2)"));
}

TEST_F(FullBooksTest, OneCopyIsMadeAtATimeAndEachIsFollowedByARest) {
  ask(btc);
  ask(eth);
  ASSERT_THAT(asked, SizeIs(1));
  const auto begun = std::chrono::steady_clock::now();
  answer(milliseconds(1));
  EXPECT_THAT(asked, SizeIs(0)) << "it rests";
  io.restart();
  io.run_one_for(std::chrono::seconds(5));
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked.front().symbol, "SIM:ETH-USD");
  EXPECT_GE(std::chrono::steady_clock::now() - begun, milliseconds(FullBooks::kRest));
}

TEST_F(FullBooksTest, ABookThatIsNotWholeIsAnEmptyText) {
  ask(btc);
  asked.front().done(nullptr, Duration{});
  run();
  EXPECT_THAT(got, ElementsAre(""));
}

}  // namespace
}  // namespace tickgate::gateway
