// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/address_table.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace tickgate::gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Refusal = AddressTable::Refusal;

constexpr Monotonic kNow = seconds(1'000);
constexpr std::uint64_t kSeed = 7;

PeerAddress at(const std::string& text) { return {*parse_address(text)}; }

// A network of IPv6 of so many.
PeerAddress of(std::uint32_t network, std::uint8_t wide = 1) {
  PeerAddress address = at("2001:db8::1");
  address.bytes[5] = wide;
  address.bytes[6] = static_cast<std::uint8_t>(network >> 8U);
  address.bytes[7] = static_cast<std::uint8_t>(network);
  return address;
}

}  // namespace

TEST(AddressTable, AnAddressIsOneHosts) {
  EXPECT_EQ(host_of(at("::ffff:192.0.2.1")), host_of(at("192.0.2.1")));
  EXPECT_EQ(host_of(at("2001:db8:1:2::1")), host_of(at("2001:db8:1:2:ffff::7")));
  EXPECT_NE(host_of(at("2001:db8:1:2::1")), host_of(at("2001:db8:1:3::1")));
  EXPECT_NE(host_of(at("192.0.2.1")), host_of(at("192.0.2.2")));
}

TEST(AddressTable, OneAddressHasSoManyConnectionsAndOthersHaveTheirs) {
  AddressTable limits({.connections = 2}, kSeed);
  const auto one = at("192.0.2.1"), other = at("192.0.2.2");
  EXPECT_EQ(limits.enter(one, kNow), std::nullopt);
  EXPECT_EQ(limits.enter(one, kNow), std::nullopt);
  EXPECT_EQ(limits.enter(one, kNow), Refusal::kConnections);
  EXPECT_EQ(limits.enter(other, kNow), std::nullopt);
  limits.leave(one);
  EXPECT_EQ(limits.enter(one, kNow), std::nullopt);
  EXPECT_EQ(limits.open(), 3U);
}

TEST(AddressTable, A48HasEightTimesWhatA64Has) {
  AddressTable limits({.connections = 2}, kSeed);
  for (std::uint32_t i = 0; i < 8; ++i) {
    EXPECT_EQ(limits.enter(of(i), kNow), std::nullopt);
    EXPECT_EQ(limits.enter(of(i), kNow), std::nullopt);
    EXPECT_EQ(limits.enter(of(i), kNow), Refusal::kConnections) << "of the /64";
  }
  EXPECT_EQ(limits.enter(of(8), kNow), Refusal::kConnections) << "of the /48";
  EXPECT_EQ(limits.enter(of(0, 2), kNow), std::nullopt) << "of another /48";
  limits.leave(of(3));
  EXPECT_EQ(limits.enter(of(9), kNow), std::nullopt) << "who was refused took no place";
  EXPECT_EQ(limits.open(), 17U);
}

TEST(AddressTable, ComesSoOftenInASecond) {
  AddressTable limits({.handshakes_per_second = 10}, kSeed);
  const auto one = at("192.0.2.1");
  for (int i = 0; i < 10; ++i) EXPECT_EQ(limits.enter(one, kNow), std::nullopt) << i;
  EXPECT_EQ(limits.enter(one, kNow + milliseconds(99)), Refusal::kHandshakes);
  EXPECT_EQ(limits.enter(one, kNow + milliseconds(100)), std::nullopt);
  EXPECT_EQ(limits.enter(one, kNow + milliseconds(100)), Refusal::kHandshakes);
  EXPECT_EQ(limits.enter(at("192.0.2.2"), kNow), std::nullopt);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(limits.enter(one, kNow + seconds(9)), std::nullopt) << i;
  EXPECT_EQ(limits.open(), 22U);
}

TEST(AddressTable, IsWrongSoOftenInAMinute) {
  AddressTable limits({.failures_per_minute = 3}, kSeed);
  const auto one = host_of(of(1));
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(limits.may_try(one, kNow)) << i;
    limits.failed(one, kNow);
  }
  EXPECT_FALSE(limits.may_try(one, kNow));
  EXPECT_TRUE(limits.may_try(host_of(of(2)), kNow));
  for (int i = 0; i < 50; ++i) limits.failed(one, kNow);
  EXPECT_FALSE(limits.may_try(one, kNow + seconds(19)));
  EXPECT_TRUE(limits.may_try(one, kNow + seconds(20))) << "it owes no more than a burst";
  EXPECT_FALSE(limits.may_try(host_of(of(7)), kNow)) << "the /48 has used up what it may";
  EXPECT_EQ(limits.enter(of(1), kNow), std::nullopt) << "which is another matter";
}

TEST(AddressTable, ZeroIsNoLimitAndLimitsMayChange) {
  AddressTable limits({}, kSeed);
  const auto one = at("192.0.2.1");
  for (int i = 0; i < 1'000; ++i) {
    EXPECT_EQ(limits.enter(one, kNow), std::nullopt);
    limits.failed(host_of(one), kNow);
  }
  EXPECT_TRUE(limits.may_try(host_of(one), kNow));
  limits.set_limits({.connections = 10});
  EXPECT_EQ(limits.enter(one, kNow), Refusal::kConnections);
}

TEST(AddressTable, NamesWhoHasMost) {
  AddressTable limits({}, kSeed);
  EXPECT_EQ(limits.heaviest().connections, 0U);
  for (const char* one : {"192.0.2.1", "2001:db8:1:2::1", "2001:db8:1:2::2", "2001:db8:1:3::1"}) {
    EXPECT_EQ(limits.enter(at(one), kNow), std::nullopt);
  }
  auto most = limits.heaviest();
  EXPECT_EQ(most.address, "2001:db8:1:2::/64");
  EXPECT_EQ(most.connections, 2U);
  EXPECT_EQ(most.all, 4U);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(limits.enter(at("192.0.2.1"), kNow), std::nullopt);
  EXPECT_EQ(limits.heaviest().address, "192.0.2.1");
}

TEST(AddressTable, AStayEndsOnce) {
  AddressTable limits({}, kSeed);
  const auto one = at("192.0.2.1");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(limits.enter(one, kNow), std::nullopt);
  {
    AddressStay stay(&limits, one);
    AddressStay moved = std::move(stay);
    moved.end();
    moved = AddressStay(&limits, one);
    EXPECT_EQ(limits.open(), 1U);
  }
  EXPECT_EQ(limits.open(), 0U);
}

// Strangers displace each other, and nobody who is near his limit.
TEST(AddressRates, StrangersDisplaceNobodyWhoOwesMore) {
  AddressRates rates(1U << 12U, kSeed);
  constexpr AddressRates::Rate kRate{seconds(1), 4};
  for (std::uint64_t holder = 0; holder < 1'000; ++holder) {
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(rates.take(holder, kRate, kNow));
  }
  for (std::uint64_t stranger = 0; stranger < 200'000; ++stranger) {
    rates.take(1'000'000 + stranger, kRate, kNow);
  }
  std::size_t forgotten = 0;
  for (std::uint64_t holder = 0; holder < 1'000; ++holder) {
    forgotten += rates.take(holder, kRate, kNow) ? 1 : 0;
  }
  EXPECT_LE(forgotten, 5U) << "a set of eight may have had nine holders";
}

TEST(AddressTable, ManyThreadsComeAndGoAndNobodyIsLeftOver) {
  AddressTable limits({.connections = 1'000, .handshakes_per_second = 100'000}, kSeed);
  std::vector<std::thread> threads;
  for (std::uint32_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (std::uint32_t i = 0; i < 5'000; ++i) {
        const auto address = i % 2 == 0 ? of(i % 16) : of(thread, 9);
        if (limits.enter(address, kNow + seconds(i))) continue;
        limits.failed(host_of(address), kNow);
        AddressStay(&limits, address).end();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(limits.open(), 0U);
  EXPECT_EQ(limits.heaviest().connections, 0U);
}

}  // namespace tickgate::gateway
