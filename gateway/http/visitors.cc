// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/visitors.h"

#include "schemas/check.h"

namespace tickgate::gateway {

std::optional<HttpRefusal> Visitors::admit(std::uint64_t host) {
  if (tight_.load(std::memory_order_relaxed)) return HttpRefusal::kMemory;
  const std::lock_guard lock(mutex_);
  if (count_ >= most()) return HttpRefusal::kVisitors;
  auto& of_host = hosts_[host];
  const auto most_of_host = of_a_host_.load(std::memory_order_relaxed);
  if (most_of_host > 0 && of_host >= most_of_host) return HttpRefusal::kAddress;
  ++of_host;
  ++count_;
  return std::nullopt;
}

void Visitors::leave(std::uint64_t host) {
  const std::lock_guard lock(mutex_);
  const auto found = hosts_.find(host);
  TICKGATE_CHECK(found != hosts_.end() && count_ > 0);
  if (--found->second == 0) hosts_.erase(found);
  --count_;
}

bool Visitors::take(std::size_t bytes) {
  const auto before = bytes_.fetch_add(bytes, std::memory_order_relaxed);
  if (before + bytes <= most_bytes_.load(std::memory_order_relaxed)) return true;
  give_back(bytes);
  return false;
}

std::uint32_t Visitors::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

}  // namespace tickgate::gateway
