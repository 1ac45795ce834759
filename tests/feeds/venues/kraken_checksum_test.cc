// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "feeds/venues/kraken_checksum.h"

namespace tickgate::feeds::kraken {
namespace {

struct Level {
  std::string_view price, size;
};

OrderBook book_of(const std::vector<Level>& bids, const std::vector<Level>& asks) {
  OrderBook book;
  const auto fill = [&book](BookSide side, const std::vector<Level>& levels) {
    for (const auto& [price, size] : levels) {
      book.set(side, schemas::Price{*schemas::parse_decimal(price)},
               schemas::Quantity{*schemas::parse_decimal(size)});
    }
  };
  fill(BookSide::kBid, bids);
  fill(BookSide::kAsk, asks);
  return book;
}

}  // namespace

// The expected values are those of Python's zlib.crc32 over the text named beside them.
TEST(KrakenChecksum, IsTheCrc32OfTheDigitsAsSent) {
  const struct {
    std::vector<Level> bids, asks;
    std::uint32_t crc32;
  } cases[] = {
      {{}, {}, 0U},                                      // ""
      {{{"100.0", "1.50"}}, {}, 1732856751U},            // "1000150"
      {{{"100.0", "1.5"}}, {}, 2607485837U},             // "100015": a zero less
      {{}, {{"0.00005100", "0.00100000"}}, 980186196U},  // "5100100000"
      {{{"99.9", "2"}, {"100.1", "3"}}, {{"100.3", "4"}, {"100.2", "5"}}, 1395901444U},
      // "1002510034" "10013" "9992": asks ascending, then bids descending
      {{{"0.1", "1e-08"}}, {}, 3596227959U},              // "11"
      {{{"5.000", "1"}, {"5.0", "2"}}, {}, 3396376858U},  // "502": one level, its last text
      {{{"100.0", "12345678901234567890.12345678"}},
       {{"100.1", "9.223372036854775808"}},
       3556946289U},
      // the same of numbers beyond 63 bits
  };
  for (const auto& c : cases) {
    EXPECT_EQ(checksum(book_of(c.bids, c.asks)), c.crc32);
  }
}

TEST(KrakenChecksum, CoversTheTenBestOfEachSideOnly) {
  std::vector<Level> bids, asks;
  static constexpr std::string_view kPrices[] = {"10", "11", "12", "13", "14", "15",
                                                 "16", "17", "18", "19", "20", "21"};
  for (const auto price : kPrices) bids.push_back({price, "1.0"});
  auto book = book_of(bids, {});
  const auto with_all = checksum(book);
  EXPECT_EQ(with_all, 849517058U);  // "2110" "2010" ... "1210"
  book.set(BookSide::kBid, schemas::Price{{10, 0}}, schemas::Quantity{{7, 0}});
  EXPECT_EQ(checksum(book), with_all);
  book.set(BookSide::kBid, schemas::Price{{12, 0}}, schemas::Quantity{{7, 0}});
  EXPECT_NE(checksum(book), with_all);
}

TEST(KrakenChecksum, HasRoomForTheLongestNumbers) {
  std::vector<Level> asks;
  static constexpr std::string_view kPrices[] = {
      "9223372036854775800", "9223372036854775801", "9223372036854775802", "9223372036854775803",
      "9223372036854775804", "9223372036854775805", "9223372036854775806", "9223372036854775807",
      "9223372036854775798", "9223372036854775799"};
  for (const auto price : kPrices) asks.push_back({price, "9.223372036854775807"});
  EXPECT_EQ(checksum(book_of(asks, asks)), 362930699U);
}

}  // namespace tickgate::feeds::kraken
