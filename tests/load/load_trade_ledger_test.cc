// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "tests/load/trade_ledger.h"

namespace tickgate::load {
namespace {

// Each trade comes a second after the one before it.
constexpr std::int64_t kSecond = 1'000'000;

class LoadTradeLedger : public ::testing::Test {
 protected:
  void see(std::uint32_t client, int from, int to, SymbolNumber symbol = 0) {
    for (int id = from; id <= to; ++id)
      ledger_.see(client, symbol, std::to_string(id), id * kSecond);
  }
  TradeLedger::Sum sum() const { return ledger_.sum(0, 100 * kSecond, kSecond); }

  TradeLedger ledger_;
};

TEST_F(LoadTradeLedger, WhatOthersHadBetweenIsLost) {
  see(1, 2, 20);
  see(2, 2, 7);
  see(2, 11, 20);
  EXPECT_EQ(sum().trades, 19U);
  EXPECT_EQ(sum().had, 19U + 16);
  EXPECT_EQ(sum().lost, 3U);
  EXPECT_EQ(sum().clients_lost, 1U);
}

TEST_F(LoadTradeLedger, TwiceIsOnceAndLateIsNotLost) {
  see(1, 2, 20);
  see(2, 2, 9);
  see(2, 15, 20);
  see(2, 8, 16);  // over its other connection
  EXPECT_EQ(sum().lost, 0U);
  EXPECT_EQ(sum().had, 2 * 19U);
}

TEST_F(LoadTradeLedger, WhoCameLaterOrLeftEarlierLostNothing) {
  see(1, 2, 20);
  see(2, 9, 12);
  EXPECT_EQ(sum().lost, 0U);
}

TEST_F(LoadTradeLedger, SymbolsAreApart) {
  see(1, 2, 20, 0);
  see(1, 2, 4, 5);
  see(2, 2, 3, 5);
  EXPECT_EQ(sum().lost, 0U);
}

TEST_F(LoadTradeLedger, TheEdgesCountForNobody) {
  see(1, 2, 20);
  see(2, 2, 2);
  see(2, 4, 20);
  EXPECT_EQ(ledger_.sum(2 * kSecond, 100 * kSecond, kSecond).lost, 0U) << "as it began";
  EXPECT_EQ(ledger_.sum(0, 4 * kSecond, kSecond).lost, 0U) << "as it ended";
  EXPECT_EQ(ledger_.sum(0, 5 * kSecond, kSecond).lost, 1U);
}

}  // namespace
}  // namespace tickgate::load
