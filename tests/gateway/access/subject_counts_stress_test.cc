// SPDX-License-Identifier: Apache-2.0
// Shards' threads that let the same few subjects in and out, as fast as they can: never more at
// once than each may have, and nothing is left at the end.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gateway/access/subject_counts.h"

namespace tickgate::gateway {
namespace {

constexpr std::size_t kThreads = 4, kSubjects = 3;
constexpr std::uint32_t kMost = 3;
constexpr int kRounds = 20'000;

struct Subject {
  std::shared_ptr<const Grant> grant;
  std::atomic<std::uint32_t> inside{0}, most{0};
};

void come_and_go(SubjectCounts& counts, std::array<Subject, kSubjects>& subjects, std::size_t me) {
  for (int i = 0; i < kRounds; ++i) {
    auto& subject = subjects[(me + static_cast<std::size_t>(i)) % kSubjects];
    std::vector<SubjectCounts::Place> places;
    for (int k = 0; k < 2; ++k) {
      auto place = counts.enter(subject.grant);
      if (!place.has_value()) continue;
      places.push_back(*std::move(place));
      const auto now = subject.inside.fetch_add(1) + 1;
      auto most = subject.most.load();
      while (now > most && !subject.most.compare_exchange_weak(most, now)) {
      }
    }
    subject.inside.fetch_sub(static_cast<std::uint32_t>(places.size()));
  }
}

}  // namespace

TEST(SubjectCountsStress, NoSubjectEverHasMoreThanItMay) {
  SubjectCounts counts;
  std::array<Subject, kSubjects> subjects;
  for (std::size_t i = 0; i < kSubjects; ++i) {
    Grant grant;
    grant.subject = "subject " + std::to_string(i);
    grant.connections = kMost;
    subjects.at(i).grant = std::make_shared<const Grant>(std::move(grant));
  }
  std::latch start(kThreads);
  std::vector<std::thread> threads;
  for (std::size_t me = 0; me < kThreads; ++me) {
    threads.emplace_back([&, me] {
      start.arrive_and_wait();
      come_and_go(counts, subjects, me);
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& subject : subjects) {
    EXPECT_LE(subject.most.load(), kMost);
    EXPECT_GE(subject.most.load(), 2U) << "nobody met anybody";
    EXPECT_EQ(counts.count(subject.grant->subject), 0U);
  }
}

}  // namespace tickgate::gateway
