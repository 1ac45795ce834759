// SPDX-License-Identifier: Apache-2.0
#include "gateway/fanout/held_patterns.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace tickgate::gateway {

void HeldPatterns::remember(Subscriber& subscriber, PatternSubscription pattern, std::size_t most) {
  if (subscriber.patterns == nullptr) {
    subscriber.patterns = std::make_unique<std::vector<PatternSubscription>>();
  }
  auto& patterns = *subscriber.patterns;
  const auto held = std::find_if(patterns.begin(), patterns.end(), [&](const auto& other) {
    return other.terms.channel == pattern.terms.channel && other.pattern == pattern.pattern;
  });
  if (held != patterns.end()) {
    *held = std::move(pattern);
  } else if (patterns.size() < most) {
    patterns.push_back(std::move(pattern));
  }
  holders_.insert(&subscriber);
}

void HeldPatterns::forget(Subscriber& subscriber, schemas::Channel channel,
                          const SymbolPattern& pattern) {
  if (subscriber.patterns == nullptr) return;
  std::erase_if(*subscriber.patterns, [&](const PatternSubscription& held) {
    return held.terms.channel == channel && (held.pattern == pattern || pattern.text() == "*");
  });
  if (!subscriber.patterns->empty()) return;
  subscriber.patterns.reset();
  holders_.erase(&subscriber);
}

void HeldPatterns::remove(Subscriber& subscriber) {
  if (subscriber.patterns != nullptr) holders_.erase(&subscriber);
}

}  // namespace tickgate::gateway
