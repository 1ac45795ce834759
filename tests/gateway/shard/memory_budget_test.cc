// SPDX-License-Identifier: Apache-2.0
#include "gateway/shard/memory_budget.h"

#include <gtest/gtest.h>

namespace tickgate::gateway {
namespace {

std::vector<std::size_t> clients(const std::vector<Holding>& chosen) {
  std::vector<std::size_t> out;
  for (const auto& holding : chosen) out.push_back(holding.client);
  return out;
}

TEST(MemoryBudget, TakesNobodyOver80PercentAndShedsOver90DownTo85) {
  MemoryBudget budget(1'000'000);
  budget.note(800'000);
  EXPECT_FALSE(budget.is_tight());
  budget.note(800'001);
  EXPECT_TRUE(budget.is_tight());
  EXPECT_EQ(budget.excess(), 0U);
  budget.note(900'000);
  EXPECT_EQ(budget.excess(), 0U);
  budget.note(950'000);
  EXPECT_EQ(budget.excess(), 100'000U);
  budget.note(700'000);
  EXPECT_FALSE(budget.is_tight());
  EXPECT_EQ(budget.excess(), 0U);
}

TEST(MemoryBudget, WhatIsShedIsSubtractedAndCounted) {
  MemoryBudget budget(1'000'000);
  budget.note(950'000);
  budget.note_shed(60'000);
  EXPECT_EQ(budget.excess(), 40'000U);
  budget.note_shed(60'000);  // more than was wanted
  EXPECT_EQ(budget.excess(), 0U);
  EXPECT_EQ(budget.shed(), 2U);
}

TEST(MemoryBudget, WithoutOneNothingIsTight) {
  MemoryBudget budget(0);
  budget.note(UINT64_MAX / 2);
  EXPECT_FALSE(budget.is_tight());
  EXPECT_EQ(budget.excess(), 0U);
}

TEST(ChooseToShed, TheLargestFirstUntilItIsEnough) {
  const Holding all[] = {
      {10'000, 10'000, 0}, {90'000, 90'000, 1}, {50'000, 50'000, 2}, {70'000, 70'000, 3}};
  EXPECT_EQ(clients(choose_to_shed(all, 1, 9)), (std::vector<std::size_t>{1}));
  EXPECT_EQ(clients(choose_to_shed(all, 90'001, 9)), (std::vector<std::size_t>{1, 3}));
  EXPECT_EQ(clients(choose_to_shed(all, 1'000'000, 9)), (std::vector<std::size_t>{1, 3, 2, 0}));
  EXPECT_EQ(clients(choose_to_shed(all, 1'000'000, 2)), (std::vector<std::size_t>{1, 3}));
}

TEST(ChooseToShed, WhoReadsIsSparedWhileSomebodyDoesNot) {
  const Holding all[] = {{0, 200'000, 0}, {5'000, 5'000, 1}};
  EXPECT_EQ(clients(choose_to_shed(all, 100'000, 9)), (std::vector<std::size_t>{1}));
}

TEST(ChooseToShed, WithoutAnybodyBehindTheLargestGo) {
  const Holding all[] = {{0, 20'000, 0}, {100, 160'000, 1}, {0, 900, 2}};
  EXPECT_EQ(clients(choose_to_shed(all, 1'000'000, 9)), (std::vector<std::size_t>{1, 0}));
}

TEST(ChooseToShed, NobodyWhoHoldsLittle) {
  const Holding all[] = {{4'095, 4'095, 0}, {0, 16'383, 1}};
  EXPECT_TRUE(choose_to_shed(all, 1'000'000, 9).empty());
  EXPECT_TRUE(choose_to_shed({}, 1'000'000, 9).empty());
}

}  // namespace
}  // namespace tickgate::gateway
