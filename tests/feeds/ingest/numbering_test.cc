// SPDX-License-Identifier: Apache-2.0
#include "feeds/ingest/numbering.h"

#include <gtest/gtest.h>

namespace tickgate::feeds {
namespace {

using schemas::Channel;
using schemas::InstrumentId;
using schemas::Interval;
using schemas::SequenceNumber;

constexpr InstrumentId kOne{1}, kTwo{2};

SequenceMemory::Numbers known(Channel channel, std::uint64_t number) {
  SequenceMemory::Numbers numbers;
  numbers.ticks[static_cast<std::size_t>(channel)] = number;
  return numbers;
}
std::uint64_t quote(Numbering& numbering, std::uint64_t own, InstrumentId instrument = kOne) {
  return numbering.state(instrument, Channel::kQuote, SequenceNumber{own}).value();
}

TEST(Numbering, WhereNobodyHasLedNumbersAreOurs) {
  Numbering numbering;
  EXPECT_EQ(quote(numbering, 1), 1U);
  EXPECT_EQ(quote(numbering, 7), 7U);
  EXPECT_EQ(quote(numbering, 7), 7U) << "said again";
}

TEST(Numbering, OursGoOnBehindThoseOfWhoeverLed) {
  Numbering numbering;
  numbering.count_on(kOne, known(Channel::kQuote, 5'000));
  EXPECT_EQ(quote(numbering, 3), 6'001U);
  EXPECT_EQ(quote(numbering, 3), 6'001U);
  EXPECT_EQ(quote(numbering, 4), 6'002U);
  EXPECT_EQ(quote(numbering, 4, kTwo), 4U) << "another instrument";
  EXPECT_EQ(numbering.state(kOne, Channel::kBook, SequenceNumber{4}).value(), 4U)
      << "another channel";
}

TEST(Numbering, OursThatAreGreaterStayAsTheyAre) {
  Numbering numbering;
  numbering.count_on(kOne, known(Channel::kQuote, 5'000));
  EXPECT_EQ(quote(numbering, 9'000), 9'000U);
  EXPECT_EQ(quote(numbering, 9'001), 9'001U);
}

TEST(Numbering, OfWhatWeSaidOurselvesNothingMoves) {
  Numbering numbering;
  numbering.count_on(kOne, known(Channel::kQuote, 5'000));
  EXPECT_EQ(quote(numbering, 3), 6'001U);
  EXPECT_EQ(quote(numbering, 10), 6'008U);
  numbering.count_on(kOne, known(Channel::kQuote, 6'005));  // the rest was not stored
  EXPECT_EQ(quote(numbering, 10), 6'008U);
}

TEST(Numbering, AnotherThatLedMeanwhileMovesOursOn) {
  Numbering numbering;
  EXPECT_EQ(quote(numbering, 10), 10U);
  numbering.count_on(kOne, known(Channel::kQuote, 2'000));
  EXPECT_EQ(quote(numbering, 900), 3'001U);
  EXPECT_EQ(quote(numbering, 901), 3'002U);
}

TEST(Numbering, AFeedThatCountsAnewStaysBehindWhatWasSaid) {
  Numbering numbering;
  EXPECT_EQ(quote(numbering, 50), 50U);
  EXPECT_EQ(quote(numbering, 1), 51U);
  EXPECT_EQ(quote(numbering, 2), 52U);
}

TEST(Numbering, BarsHaveNumbersAndOrdinalsByInterval) {
  Numbering numbering;
  SequenceMemory::Numbers numbers;
  numbers.bars[static_cast<std::size_t>(Interval::k1m)] = {400, 20};
  numbering.count_on(kOne, numbers);
  const auto bar = numbering.bar(kOne, Interval::k1m, SequenceNumber{5}, 2);
  EXPECT_EQ(bar.sequence.value(), 1'401U);
  EXPECT_EQ(bar.ordinal, 1'021U) << "a jump, so whoever holds the series asks for it";
  const auto other = numbering.bar(kOne, Interval::k1h, SequenceNumber{5}, 2);
  EXPECT_EQ(other.sequence.value(), 5U);
  EXPECT_EQ(other.ordinal, 2U);
}

// An answer to who asks for a series is of the same numbers as what goes out, whichever is first.
TEST(Numbering, AnAnswerAndWhatGoesOutAgree) {
  Numbering numbering;
  SequenceMemory::Numbers numbers;
  numbers.bars[static_cast<std::size_t>(Interval::k1m)] = {400, 20};
  numbering.count_on(kOne, numbers);
  const auto shift = numbering.bar_shift(kOne, Interval::k1m, SequenceNumber{9}, 3);
  const auto bar = numbering.bar(kOne, Interval::k1m, SequenceNumber{9}, 3);
  EXPECT_EQ(bar.sequence.value(), 9 + shift.sequence.value());
  EXPECT_EQ(bar.ordinal, 3 + shift.ordinal);
  EXPECT_EQ(quote(numbering, 5), 5 + numbering.shift(kOne, Channel::kQuote, SequenceNumber{4}));
}

TEST(Numbering, ARelaysPassThrough) {
  Numbering numbering(true);
  numbering.count_on(kOne, known(Channel::kQuote, 5'000));
  EXPECT_EQ(quote(numbering, 3), 3U);
  EXPECT_EQ(numbering.bar(kOne, Interval::k1m, SequenceNumber{5}, 2).ordinal, 2U);
  EXPECT_EQ(numbering.shift(kOne, Channel::kQuote, SequenceNumber{5}), 0U);
}

}  // namespace
}  // namespace tickgate::feeds
