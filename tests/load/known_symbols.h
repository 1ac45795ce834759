// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/text.h"

namespace tickgate::load {

using SymbolNumber = std::uint32_t;

// Every symbol that any connection has seen an update of, numbered from 0, with the newest of
// these updates by the time of its host at the server.
class KnownSymbols {
 public:
  struct Entry {
    std::string name;
    std::int64_t first_seen = 0;  // on the clock of `now`
    std::int64_t newest = 0;      // `received` of the newest update
  };

  SymbolNumber see(std::string_view symbol, std::int64_t received, std::int64_t now) {
    const auto at = numbers_.find(symbol);
    if (at == numbers_.end()) return add(symbol, received, now);
    auto& entry = entries_[at->second];
    if (received > entry.newest) entry.newest = received;
    return at->second;
  }

  const SymbolNumber* find(std::string_view symbol) const;
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  SymbolNumber add(std::string_view symbol, std::int64_t received, std::int64_t now);

  schemas::TextMap<SymbolNumber> numbers_;
  std::vector<Entry> entries_;
};

// What one connection has seen of each symbol: 16 bytes each in a table of at most three quarters
// full, nothing before the first.
class SymbolStates {
 public:
  // Stands for the time of a value that is owed but has not come.
  static constexpr std::int64_t kAwaited = -1;

  struct State {
    std::uint32_t key = 0;       // number + 1; 0: free
    std::uint32_t sequence = 0;  // its low bits
    std::int64_t received = 0;
  };

  const State* find(SymbolNumber symbol) const;
  // Made if it isn't there; `is_new` says so. Lives until the next call.
  State& at(SymbolNumber symbol, bool& is_new) {
    if (4 * (used_ + 1) > 3 * states_.size()) grow();
    State& state = slot(symbol);
    is_new = state.key == 0;
    if (is_new) {
      state.key = symbol + 1;
      ++used_;
    }
    return state;
  }
  template <typename Function>
  void for_each(Function&& function) const {
    for (const auto& state : states_) {
      if (state.key != 0) function(SymbolNumber{state.key - 1}, state);
    }
  }

 private:
  State& slot(SymbolNumber symbol) {
    const std::size_t mask = states_.size() - 1;
    std::size_t at = symbol * std::size_t{0x9E3779B1} >> 7U & mask;
    while (states_[at].key != 0 && states_[at].key != symbol + 1) at = (at + 1) & mask;
    return states_[at];
  }
  void grow();

  std::vector<State> states_;  // a power of two of them, or none
  std::size_t used_ = 0;
};

}  // namespace tickgate::load
