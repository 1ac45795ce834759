// SPDX-License-Identifier: Apache-2.0
#include "gateway/ledger/usage_book.h"

#include <algorithm>
#include <iterator>
#include <numeric>

namespace tickgate::gateway {

void add_later(UsageTable& seen, const UsageTable& later) {
  for (auto& [key, one] : seen) one.open = 0;
  for (const auto& [key, one] : later) {
    auto& sum = seen[key];
    sum.open = one.open;
    sum.connections += one.connections;
    sum.updates += one.updates;
    sum.minutes.add(one.minutes);
    sum.symbols.insert(sum.symbols.end(), one.symbols.begin(), one.symbols.end());
    sum.details.add(one.details);
  }
}

UsageBook::Entry& UsageBook::entry_of(const UsageKey& key) {
  if (const auto found = sums_.find(key); found != sums_.end()) return *found;
  if (sums_.size() < most_keys_) return *sums_.try_emplace(key).first;
  return *sums_.try_emplace({"(other)", "", key.venue, key.delay_s}).first;
}

void UsageBook::note_changed(Entry& entry) {
  if (entry.second.changed) return;
  entry.second.changed = true;
  changed_.push_back(&entry);
}

// True: there are new ones.
bool UsageBook::add_symbols(Sum& sum, const UsageSeen& seen) {
  const auto before = sum.symbols;
  for (const auto& [instrument, symbol] : seen.symbols) {
    if (instrument / 64 >= sum.known.size()) sum.known.resize(instrument / 64 + 1);
    auto& word = sum.known[instrument / 64];
    const auto bit = std::uint64_t{1} << instrument % 64;
    if ((word & bit) != 0) continue;
    word |= bit;
    ++sum.symbols;
    sum.new_symbols.push_back(symbol);
  }
  return sum.symbols != before;
}

void UsageBook::add(std::size_t shard, const UsageTable& seen) {
  open_.resize(shards_);
  for (Entry* entry : open_[shard]) entry->second.open[shard] = 0;
  open_[shard].clear();
  for (const auto& [key, one] : seen) {
    Entry& entry = entry_of(key);
    auto& sum = entry.second;
    sum.open.resize(shards_);
    if (sum.open[shard] == 0 && one.open > 0) open_[shard].push_back(&entry);
    sum.open[shard] += one.open;  // several keys may be one, beyond the most
    sum.connections += one.connections;
    sum.updates += one.updates;
    const auto minutes_before = sum.minutes;
    sum.minutes.add(one.minutes);
    const bool new_symbols = add_symbols(sum, one);
    const bool new_details = sum.details.add(one.details);
    const auto open = std::accumulate(sum.open.begin(), sum.open.end(), std::uint32_t{0});
    const bool higher = open > sum.peak;
    sum.peak = std::max(sum.peak, open);
    if (one.connections > 0 || one.updates > 0 || new_symbols || new_details || higher ||
        sum.minutes != minutes_before) {
      note_changed(entry);
    }
  }
}

void UsageBook::append_changed(std::string& out, schemas::Timestamp at) const {
  for (const Entry* entry : changed_) {
    const auto& sum = entry->second;
    UsageLine line{at,          run_,        entry->first, sum.connections, sum.updates, sum.peak,
                   sum.minutes, sum.symbols, {},           sum.details};
    auto next = sum.new_symbols.begin();
    do {
      const auto count = std::min<std::ptrdiff_t>(sum.new_symbols.end() - next, kSymbolsInLine);
      line.new_symbols.assign(next, next + count);
      append_line(out, line);
      next += count;
    } while (next != sum.new_symbols.end());
  }
}

void UsageBook::note_written() {
  for (Entry* entry : changed_) {
    entry->second.changed = false;
    entry->second.new_symbols.clear();
  }
  changed_.clear();
}

}  // namespace tickgate::gateway
