// SPDX-License-Identifier: Apache-2.0
#include "gateway/access/subject_counts.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace tickgate::gateway {
namespace {

std::shared_ptr<const Grant> grant_of(std::string subject, std::uint32_t connections) {
  Grant grant;
  grant.subject = std::move(subject);
  grant.connections = connections;
  return std::make_shared<const Grant>(std::move(grant));
}

}  // namespace

TEST(SubjectCounts, ASubjectHasAsManyAsItsGrantGivesAndOthersAreNotTouched) {
  SubjectCounts counts;
  const auto two = grant_of("a", 2);
  std::vector<SubjectCounts::Place> places;
  for (int i = 0; i < 2; ++i) places.push_back(counts.enter(two).value());
  EXPECT_FALSE(counts.enter(two).has_value());
  EXPECT_TRUE(counts.enter(grant_of("b", 1)).has_value());
  EXPECT_EQ(counts.count("b"), 0U) << "that place was given back at once";
  places.pop_back();
  EXPECT_EQ(counts.count("a"), 1U);
  EXPECT_TRUE(counts.enter(two).has_value());
  EXPECT_FALSE(counts.enter(grant_of("a", 1)).has_value()) << "each credential has its own limit";
  EXPECT_TRUE(counts.enter(grant_of("a", 0)).has_value()) << "this one has none";
  places.clear();
  EXPECT_EQ(counts.count("a"), 0U);
}

TEST(SubjectCounts, APlaceThatMovesIsCountedOnce) {
  SubjectCounts counts;
  auto place = counts.enter(grant_of("a", 1)).value();
  SubjectCounts::Place other = std::move(place);
  EXPECT_EQ(counts.count("a"), 1U);
  other = {};
  EXPECT_EQ(counts.count("a"), 0U);
  EXPECT_TRUE(counts.enter(grant_of("a", 1)).has_value());
}

}  // namespace tickgate::gateway
