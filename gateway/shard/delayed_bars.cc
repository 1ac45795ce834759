// SPDX-License-Identifier: Apache-2.0
#include "gateway/shard/delayed_bars.h"

#include <algorithm>
#include <iterator>

namespace tickgate::gateway {

using schemas::Bar;

std::vector<Bar> DelayedBars::take(schemas::InstrumentId instrument, schemas::Interval interval,
                                   std::span<const Bar> copy, schemas::Timestamp wall,
                                   Monotonic now) {
  const auto key = std::uint64_t{instrument.value()} * schemas::kIntervalCount +
                   static_cast<std::uint64_t>(interval);
  waiting_.erase(key);
  const auto reckoned = std::min(wall.value(), now.count() + apart_);
  // By how much later than now it may be told, in microseconds.
  const auto wait = [&](const Bar& bar) {
    if (!bar.closed) return delay_;  // as it is now
    const auto ended = bar.start.value() + length(interval);
    const auto by_end = std::min(delay_, ended - reckoned + delay_) + kMargin;
    const auto late = bar.header.receive_time.value();  // of its last trade behind its end; 0: none
    return late == 0 ? by_end : std::max(by_end, late - reckoned + delay_);
  };
  const auto later =
      std::ranges::find_if(copy, [&](const Bar& bar) { return !bar.closed || wait(bar) > 0; });
  std::vector<Bar> told(copy.begin(), later);
  // A copy has the ordinal of its moment: the ends that are told later count up to it.
  const auto ordinal = [](Bar& bar) { bar.ordinal -= bar.ordinal > 0 ? 1 : 0; };
  std::ranges::for_each(told, ordinal);
  std::deque<Waiting> waiting;
  auto sequence = told.empty() ? 0 : told.back().header.sequence.value();
  auto due = now;
  for (auto bar = later; bar != copy.end(); ++bar) {
    due = std::max(due, now + Monotonic{wait(*bar)});
    auto& added = waiting.emplace_back(Waiting{due, *bar}).bar;
    if (!added.closed) continue;
    ordinal(added);
    // One without a trade has the number of the one before, which whoever has that would miss.
    sequence = std::max(sequence + 1, added.header.sequence.value());
    added.header.sequence = schemas::SequenceNumber{sequence};
  }
  if (!waiting.empty()) waiting_[key] = std::move(waiting);
  return told;
}

}  // namespace tickgate::gateway
