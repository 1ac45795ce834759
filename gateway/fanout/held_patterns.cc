// SPDX-License-Identifier: Apache-2.0
#include "gateway/fanout/held_patterns.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace tickgate::gateway {

bool HeldPatterns::remember(Subscriber& subscriber, PatternSubscription pattern, std::size_t most) {
  if (subscriber.patterns == nullptr) {
    subscriber.patterns = std::make_unique<std::vector<PatternSubscription>>();
  }
  auto& patterns = *subscriber.patterns;
  const auto held = std::find_if(patterns.begin(), patterns.end(), [&](const auto& other) {
    return other.terms.channel == pattern.terms.channel && other.pattern == pattern.pattern &&
           bar_of(other.terms.channel, other.terms.depth) ==
               bar_of(pattern.terms.channel, pattern.terms.depth);
  });
  if (held != patterns.end()) {
    *held = std::move(pattern);
  } else if (patterns.size() < most) {
    patterns.push_back(std::move(pattern));
  } else {
    return false;
  }
  holders_.insert(&subscriber);
  return true;
}

void HeldPatterns::forget(Subscriber& subscriber, schemas::Channel channel,
                          std::optional<schemas::Interval> interval, const SymbolPattern& pattern) {
  if (subscriber.patterns == nullptr) return;
  std::erase_if(*subscriber.patterns, [&](const PatternSubscription& held) {
    return held.terms.channel == channel &&
           (!interval.has_value() || held.terms.depth == static_cast<std::uint8_t>(*interval)) &&
           (held.pattern == pattern || pattern.text() == "*");
  });
  forget_if_none(subscriber);
}

void HeldPatterns::forget_if_none(Subscriber& subscriber) {
  if (!subscriber.patterns->empty()) return;
  subscriber.patterns.reset();
  holders_.erase(&subscriber);
}

void HeldPatterns::remove(Subscriber& subscriber) {
  if (subscriber.patterns != nullptr) holders_.erase(&subscriber);
}

}  // namespace tickgate::gateway
