// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "schemas/text.h"
#include "tests/load/known_symbols.h"

namespace tickgate::load {

// Which trades each client has had, over all of its connections, known again by the venue's ids.
// A bit for each trade and client.
class TradeLedger {
 public:
  struct Sum {
    std::uint64_t trades = 0;        // different ones
    std::uint64_t had = 0;           // by all clients together
    std::uint64_t lost = 0;          // likewise: others had them
    std::uint64_t clients_lost = 0;  // who lost any
  };

  void see(std::uint32_t client, SymbolNumber symbol, std::string_view id, std::int64_t now);

  // A trade is lost to a client that had one before and one behind it, in the order in which trades
  // were first seen by any. Those first seen within `edge` of `begin` and `end` are on their way to
  // some, and count for nobody.
  Sum sum(std::int64_t begin, std::int64_t end, std::int64_t edge) const;

 private:
  struct Symbol {
    schemas::TextMap<std::uint32_t> places;  // by id, in the order in which they were first seen
    std::vector<std::int64_t> first_seen;
  };

  std::vector<Symbol> symbols_;
  std::map<std::pair<std::uint32_t, SymbolNumber>, std::vector<bool>> had_;  // by client and place
};

}  // namespace tickgate::load
