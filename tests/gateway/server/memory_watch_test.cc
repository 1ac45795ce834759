// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/memory_watch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

namespace tickgate::gateway {
namespace {

class Cgroup : public testing::Test {
 protected:
  Cgroup() {
    std::string pattern = testing::TempDir() + "cgroup-XXXXXX";
    root_ = ::mkdtemp(pattern.data());
  }
  ~Cgroup() override { std::filesystem::remove_all(root_); }

  void write(const std::string& name, const std::string& text) {
    const auto path = std::filesystem::path(root_) / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }

  std::string root_;
};

TEST_F(Cgroup, TheSecondVersionSaysWhatIsGranted) {
  write("memory.max", "2147483648\n");
  EXPECT_EQ(granted_memory(root_), 2'147'483'648U);
}

TEST_F(Cgroup, TheFirstVersionToo) {
  write("memory/memory.limit_in_bytes", "536870912\n");
  EXPECT_EQ(granted_memory(root_), 536'870'912U);
}

TEST_F(Cgroup, NothingIsGrantedWhereNothingIsLimited) {
  EXPECT_EQ(granted_memory(root_), 0U);
  write("memory.max", "max\n");
  EXPECT_EQ(granted_memory(root_), 0U);
  write("memory/memory.limit_in_bytes", "9223372036854771712\n");  // v1's "none"
  EXPECT_EQ(granted_memory(root_), 0U);
  write("memory.max", "-5 what\n");
  EXPECT_EQ(granted_memory(root_), 0U);
}

TEST_F(Cgroup, SocketsCountWhereALimitCountsThem) {
  write("memory.stat", "anon 5\nsock 1099511627776\nshmem 0\n");
  EXPECT_LT(held_memory(root_), std::uint64_t{1} << 40U);
  EXPECT_GT(held_memory(root_), 1U << 20U);  // this process
  write("memory.max", "2147483648\n");
  EXPECT_GT(held_memory(root_), std::uint64_t{1} << 40U);
}

TEST(MemoryBudgetOf, WhatIsConfiguredWins) {
  EXPECT_EQ(memory_budget(100, 1000), 100U);
  EXPECT_EQ(memory_budget(0, 1000), 800U);
  EXPECT_EQ(memory_budget(0, 0), 0U);
}

// Or the process never ends: a timer that is due already cannot be cancelled.
TEST(MemoryWatch, ALookThatIsDueWhenItIsStoppedIsTheLast) {
  using std::chrono::milliseconds;
  boost::asio::io_context io;
  MemoryBudget budget(0);
  Visitors visitors({});
  std::atomic<std::uint32_t> clients{0};
  MemoryWatch watch(io, budget, visitors, clients);
  boost::asio::steady_timer end(io, milliseconds(1));
  end.async_wait([&watch](boost::system::error_code) { watch.stop(); });
  watch.start();
  std::this_thread::sleep_for(milliseconds(200));  // until both are due, and taken up together
  io.run_for(std::chrono::seconds(1));
  EXPECT_TRUE(io.stopped());
}

}  // namespace
TEST(LeaveWatch, TrimsOnceWhenHalfHaveLeftAndNobodyLeavesAnyMore) {
  using std::chrono::milliseconds;
  LeaveWatch watch;
  std::chrono::steady_clock::time_point now{std::chrono::hours(1)};
  const auto after = [&](std::uint32_t clients, int ms) {
    return watch.should_trim(clients, now += milliseconds(ms));
  };
  EXPECT_FALSE(after(1'000, 100));
  EXPECT_FALSE(after(600, 5'000));  // not half
  EXPECT_FALSE(after(600, 5'000));
  EXPECT_FALSE(after(500, 100));  // they are leaving
  EXPECT_FALSE(after(300, 900));
  EXPECT_FALSE(after(300, 900));
  EXPECT_TRUE(after(300, 200));
  EXPECT_FALSE(after(300, 5'000));  // done
  EXPECT_FALSE(after(160, 5'000));
  EXPECT_FALSE(after(150, 2'000));
  EXPECT_TRUE(after(150, 2'000));  // half of what there was then
  EXPECT_FALSE(after(90, 2'000));
  EXPECT_FALSE(after(70, 2'000));
  EXPECT_TRUE(after(70, 2'000));
  EXPECT_FALSE(after(0, 2'000));  // few
  EXPECT_FALSE(after(0, 2'000));
}

}  // namespace tickgate::gateway
