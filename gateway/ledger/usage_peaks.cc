// SPDX-License-Identifier: Apache-2.0
#include "gateway/ledger/usage_peaks.h"

#include <algorithm>
#include <utility>

namespace tickgate::gateway {

void UsagePeaks::note_changed(Counts::value_type& entry) {
  if (entry.second.changed) return;
  changed_.push_back(&entry);
  entry.second.changed = true;
}

// Shards see midnight one after the other: the first one's counts for all.
void UsagePeaks::enter(const UsageKey& key, Day day) {
  const std::lock_guard lock(mutex_);
  if (day > day_) begin(day);
  auto& entry = *counts_.try_emplace(key).first;
  note_changed(entry);
  auto& count = entry.second;
  count.peak = std::max(count.peak, ++count.open);
}

// Of whom no memory was left for at his coming, nothing is known here.
void UsagePeaks::leave(const UsageKey& key, Day day) {
  const std::lock_guard lock(mutex_);
  if (day > day_) begin(day);
  const auto found = counts_.find(key);
  if (found == counts_.end() || found->second.open == 0) return;
  note_changed(*found);
  --found->second.open;
}

void UsagePeaks::tell(const Counts::value_type& entry) {
  const auto& [key, count] = entry;
  past_.push_back({day_, key, std::int64_t{count.open} - count.told, count.peak});
}

// On another day whoever is open is its first peak.
void UsagePeaks::begin(Day day) {
  for (auto* entry : changed_) tell(*entry);
  changed_.clear();
  day_ = day;
  std::erase_if(counts_, [](const auto& entry) { return entry.second.open == 0; });
  for (auto& entry : counts_) {
    auto& count = entry.second;
    count = {count.open, count.open, 0, false};
    note_changed(entry);
  }
}

std::vector<UsagePeaks::Change> UsagePeaks::take(Day today) {
  const std::lock_guard lock(mutex_);
  if (day_ != today) begin(today);
  for (auto* entry : changed_) {
    tell(*entry);
    entry->second.told = entry->second.open;
    entry->second.changed = false;
  }
  for (auto* entry : std::exchange(changed_, {})) {
    if (entry->second.open == 0) counts_.erase(counts_.find(entry->first));
  }
  return std::exchange(past_, {});
}

}  // namespace tickgate::gateway
