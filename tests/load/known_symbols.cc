// SPDX-License-Identifier: Apache-2.0
#include "tests/load/known_symbols.h"

namespace tickgate::load {

const SymbolNumber* KnownSymbols::find(std::string_view symbol) const {
  const auto at = numbers_.find(symbol);
  return at == numbers_.end() ? nullptr : &at->second;
}

SymbolNumber KnownSymbols::add(std::string_view symbol, std::int64_t received, std::int64_t now) {
  const auto number = static_cast<SymbolNumber>(entries_.size());
  entries_.push_back({std::string(symbol), now, received});
  numbers_.emplace(std::string(symbol), number);
  return number;
}

const SymbolStates::State* SymbolStates::find(SymbolNumber symbol) const {
  if (states_.empty()) return nullptr;
  const std::size_t mask = states_.size() - 1;
  std::size_t at = symbol * std::size_t{0x9E3779B1} >> 7U & mask;
  while (states_[at].key != 0 && states_[at].key != symbol + 1) at = (at + 1) & mask;
  return states_[at].key == 0 ? nullptr : &states_[at];
}

void SymbolStates::grow() {
  const auto old = std::move(states_);
  states_ = std::vector<State>(old.empty() ? 8 : 2 * old.size());
  for (const auto& state : old) {
    if (state.key != 0) slot(state.key - 1) = state;
  }
}

}  // namespace tickgate::load
