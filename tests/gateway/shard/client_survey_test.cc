// SPDX-License-Identifier: Apache-2.0
#include "gateway/shard/client_survey.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace tickgate::gateway {
namespace {

struct FakeClient {
  std::string address;
  Slowness is;
  std::size_t slots = 1;
  Slowness slowness() const { return is; }
  std::size_t subscriptions() const { return slots; }
  ClientReport report(const Slowness& slowness, Monotonic, schemas::Timestamp) const {
    ClientReport report;
    report.address = address;
    report.slowness = slowness;
    return report;
  }
};

std::vector<FakeClient> random_clients(std::mt19937_64& random, std::size_t count,
                                       const std::string& name) {
  std::vector<FakeClient> clients;
  for (std::size_t i = 0; i < count; ++i) {
    clients.push_back(
        {name + std::to_string(i),
         {random() % 3 * 1000, random() % 4, static_cast<std::uint32_t>(random() % 50)}});
  }
  return clients;
}

ClientSurvey::Found survey(const std::vector<FakeClient>& clients, std::size_t most) {
  ClientSurvey survey(most);
  for (const auto& client : clients) survey.look(client, {}, {});
  return survey.take();
}

TEST(Slowness, IsUnsentBytesFirstAndThenTheRoundTrip) {
  EXPECT_GT((Slowness{0, 2, 0}), (Slowness{1, 0, 99}));
  EXPECT_GT((Slowness{1, 1, 7}), (Slowness{2, 0, 6}));
}

TEST(ClientSurvey, FindsTheSlowestOfAnyOrderOverAllShards) {
  std::mt19937_64 random(7);
  for (int turn = 0; turn < 50; ++turn) {
    const auto a = random_clients(random, random() % 200, "a");
    const auto b = random_clients(random, random() % 200, "b");
    const std::size_t most = 1 + random() % 100;
    std::vector<Slowness> expected;
    for (const auto* all : {&a, &b}) {
      for (const auto& client : *all) expected.push_back(client.is);
    }
    std::ranges::sort(expected, std::greater{});
    const auto found = merge({survey(a, most), survey(b, most)}, most);
    EXPECT_EQ(found.clients, expected.size());
    ASSERT_EQ(found.slowest.size(), std::min(most, expected.size()));
    for (std::size_t i = 0; i < found.slowest.size(); ++i) {
      EXPECT_TRUE(std::is_eq(found.slowest[i].slowness <=> expected[i])) << i;
    }
  }
}

TEST(ClientSurvey, OneThatWasLookedAtTwiceIsThereOnce) {
  const std::vector<FakeClient> clients{{"a", {9, 0, 0}}, {"b", {5, 0, 0}}, {"a", {9, 0, 0}}};
  const auto found = merge({survey(clients, 10)}, 10);
  ASSERT_EQ(found.slowest.size(), 2U);
  EXPECT_EQ(found.slowest[1].address, "b");
}

TEST(ClientSurvey, ManySubscriptionsCostMore) {
  ClientSurvey survey(1);
  EXPECT_GT(survey.look(FakeClient{"a", {9, 0, 0}, 50'000}, {}, {}), 500U);
  EXPECT_EQ(survey.look(FakeClient{"b", {5, 0, 0}, 50'000}, {}, {}), 1U) << "not looked at";
}

}  // namespace
}  // namespace tickgate::gateway
