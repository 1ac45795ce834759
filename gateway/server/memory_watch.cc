// SPDX-License-Identifier: Apache-2.0
#include "gateway/server/memory_watch.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <utility>

#include "gateway/log/log.h"

namespace tickgate::gateway {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kGlance{100};
// Between two times that what is free inside is given back, unless somebody was shed: it takes the
// allocator's locks.
constexpr std::chrono::seconds kTrim{1};
// v1 says so many, or more, where there is no limit.
constexpr std::uint64_t kNoLimit = std::uint64_t{1} << 60U;

std::optional<std::uint64_t> read_number(const std::string& path) {
  std::ifstream file(path);
  std::string word;
  std::uint64_t number = 0;
  if (!(file >> word)) return std::nullopt;
  const auto read = std::from_chars(word.data(), word.data() + word.size(), number);
  if (read.ec != std::errc{} || read.ptr != word.data() + word.size()) return std::nullopt;
  return number;
}

// A line "sock 4096" of memory.stat.
std::uint64_t socket_buffers(const std::string& root) {
  if (!read_number(root + "/memory.max").has_value()) return 0;  // then it may be of all the host
  std::ifstream file(root + "/memory.stat");
  std::string name;
  std::uint64_t bytes = 0;
  while (file >> name >> bytes) {
    if (name == "sock") return bytes;
  }
  return 0;
}

}  // namespace

std::uint64_t granted_memory(const std::string& root) {
  for (const char* const file :
       {"/memory.max", "/memory/memory.limit_in_bytes", "/memory.limit_in_bytes"}) {
    const auto limit = read_number(root + file);
    if (limit.has_value() && *limit < kNoLimit) return *limit;
  }
  return 0;
}

std::uint64_t memory_budget(std::uint64_t configured, std::uint64_t granted) {
  return configured > 0 ? configured : granted / 5 * 4;
}

std::uint64_t held_memory(const std::string& root) {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) + socket_buffers(root);
}

bool LeaveWatch::should_trim(std::uint32_t clients, std::chrono::steady_clock::time_point now) {
  if (clients < last_) left_ = now;
  last_ = clients;
  most_ = std::max(most_, clients);
  if (most_ < kFew || clients > most_ / 2 || now - left_ < kTrim) return false;
  most_ = clients;
  return true;
}

void MemoryWatch::start() {
  if (budget_.bytes() > 0) log::info("gateway", "memory budget", {{"bytes", budget_.bytes()}});
  look();
}

void MemoryWatch::look() {
  const auto now = std::chrono::steady_clock::now();
  if (leave_watch_.should_trim(clients_.load(std::memory_order_relaxed), now)) ::malloc_trim(0);
  if (budget_.bytes() > 0) note_budget(now);
  timer_.expires_after(kGlance);
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error && !stopped_) look();
  });
}

void MemoryWatch::note_budget(std::chrono::steady_clock::time_point now) {
  budget_.note(held_memory());
  const auto shed = budget_.shed();
  if (budget_.is_tight() && (shed != seen_ || now - trimmed_ >= kTrim)) {
    trimmed_ = now;
    seen_ = shed;
    ::malloc_trim(0);  // what clients left behind is not held by anybody
    budget_.note(held_memory());
  }
  const bool tight = budget_.is_tight();
  visitors_.set_tight(tight);
  if (shed != shed_) {
    if (const auto suppressed = shed_line_.admit()) {
      log::warning("gateway", "memory: the largest holders are shed",
                   {{"clients", shed - std::exchange(shed_, shed)},
                    {"held_bytes", budget_.held()},
                    {"budget_bytes", budget_.bytes()}});
    }
  } else if (tight) {
    if (const auto suppressed = tight_line_.admit()) {
      log::warning("gateway", "memory: nobody new is let in",
                   {{"held_bytes", budget_.held()}, {"budget_bytes", budget_.bytes()}});
    }
  }
}

}  // namespace tickgate::gateway
