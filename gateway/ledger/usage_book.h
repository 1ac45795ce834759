// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/hash/hash.h"
#include "gateway/ledger/ledger_line.h"
#include "gateway/ledger/usage.h"

namespace tickgate::gateway {

// Its entries stay where they are, and it is whole if memory ends.
using UsageTable = std::unordered_map<UsageKey, UsageSeen, absl::Hash<UsageKey>>;

// What a shard has seen later goes to what it had seen before, which nobody has taken yet.
void add_later(UsageTable& seen, const UsageTable& later);

// What one run has seen used on one day, of all shards together, and what of it is still to be
// written. Pure. One thread.
class UsageBook {
 public:
  // Beyond so many, usage is that of the subject "(other)", without a plan, of its venue.
  static constexpr std::size_t kMostKeys = 50'000;
  static constexpr std::size_t kSymbolsInLine = 1'000;

  explicit UsageBook(std::string run, std::size_t most_keys = kMostKeys)
      : run_(std::move(run)), most_keys_(most_keys) {}

  // What a shard has seen since it was asked last.
  void add(const UsageTable& seen);
  // So many connections more (less than none: fewer) have a subscription, and so many had at most.
  void note_open(const UsageKey& key, std::int64_t more, std::uint32_t peak);

  // Appends a line for each key of which something changed since they were written last.
  void append_changed(std::string& out, schemas::Timestamp at) const;
  // They are on the disk.
  void note_written();

  std::size_t keys() const { return sums_.size(); }
  bool has_changed() const { return !changed_.empty(); }

 private:
  struct Sum {
    std::uint64_t connections = 0, updates = 0, symbols = 0;
    std::uint32_t peak = 0;
    Minutes minutes;
    UsageDetails details;
    std::int64_t open = 0;
    std::vector<std::uint64_t> known;      // a bit for each instrument
    std::vector<std::string> new_symbols;  // not written yet
    bool changed = false;
  };
  using Entry = std::map<UsageKey, Sum>::value_type;

  Entry& entry_of(const UsageKey& key);
  void note_changed(Entry& entry);
  static bool add_symbols(Sum& sum, const UsageSeen& seen);

  std::string run_;
  std::size_t most_keys_;
  std::map<UsageKey, Sum> sums_;  // its entries stay where they are
  std::vector<Entry*> changed_;
};

}  // namespace tickgate::gateway
