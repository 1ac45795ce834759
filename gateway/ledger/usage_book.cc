// SPDX-License-Identifier: Apache-2.0
#include "gateway/ledger/usage_book.h"

#include <algorithm>
#include <iterator>

namespace tickgate::gateway {

void add_later(UsageTable& seen, const UsageTable& later) {
  for (const auto& [key, one] : later) {
    auto& sum = seen[key];
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

void UsageBook::add(const UsageTable& seen) {
  for (const auto& [key, one] : seen) {
    Entry& entry = entry_of(key);
    auto& sum = entry.second;
    sum.connections += one.connections;
    sum.updates += one.updates;
    const auto minutes_before = sum.minutes;
    sum.minutes.add(one.minutes);
    const bool new_symbols = add_symbols(sum, one);
    const bool new_details = sum.details.add(one.details);
    if (one.connections > 0 || one.updates > 0 || new_symbols || new_details ||
        sum.minutes != minutes_before) {
      note_changed(entry);
    }
  }
}

// Beyond the most keys several are one, of which no more is known than what is open at a time. What
// nobody has been seen to use yet is not written: its shard says so within seconds.
void UsageBook::note_open(const UsageKey& key, std::int64_t more, std::uint32_t peak) {
  Entry& entry = entry_of(key);
  auto& sum = entry.second;
  sum.open += more;
  const bool own = entry.first == key;
  const auto most = own ? peak : static_cast<std::uint32_t>(std::max<std::int64_t>(sum.open, 0));
  if (most <= sum.peak) return;
  sum.peak = most;
  if (sum.connections > 0) note_changed(entry);
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
