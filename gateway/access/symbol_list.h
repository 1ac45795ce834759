// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "gateway/protocol/symbol_pattern.h"

namespace tickgate::gateway {

// Symbols and patterns of them, as a claim, a key or a plan grants them. Made ready to be asked
// when it is read, once, and shared by all its copies: so what is granted by thousands of names
// costs a client that subscribes no more than what is granted by a star. Immutable; any thread.
class SymbolList {
 public:
  SymbolList() = default;  // covers nothing
  explicit SymbolList(std::vector<SymbolPattern> patterns);

  // Any text; no memory is asked for.
  bool covers(std::string_view symbol) const;
  // Is there a symbol, now or ever, that this covers and that `pattern` matches?
  bool meets(const SymbolPattern& pattern) const;

  const std::vector<SymbolPattern>& patterns() const;
  // The same patterns in the same order.
  friend bool operator==(const SymbolList& one, const SymbolList& other);

 private:
  struct Ready;
  std::shared_ptr<const Ready> ready_;  // null: nothing
};

}  // namespace tickgate::gateway
