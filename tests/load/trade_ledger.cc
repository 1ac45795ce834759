// SPDX-License-Identifier: Apache-2.0
#include "tests/load/trade_ledger.h"

#include <algorithm>
#include <set>
#include <string>

namespace tickgate::load {

void TradeLedger::see(std::uint32_t client, SymbolNumber symbol, std::string_view id,
                      std::int64_t now) {
  if (symbol >= symbols_.size()) symbols_.resize(symbol + std::size_t{1});
  auto& all = symbols_[symbol];
  auto place = static_cast<std::uint32_t>(all.first_seen.size());
  if (const auto known = all.places.find(id); known != all.places.end()) {
    place = known->second;
  } else {
    all.places.emplace(std::string(id), place);
    all.first_seen.push_back(now);
  }
  auto& had = had_[{client, symbol}];
  if (place >= had.size()) had.resize(place + std::size_t{1});
  had[place] = true;
}

TradeLedger::Sum TradeLedger::sum(std::int64_t begin, std::int64_t end, std::int64_t edge) const {
  Sum sum;
  for (const auto& symbol : symbols_) sum.trades += symbol.first_seen.size();
  std::set<std::uint32_t> losers;
  for (const auto& [who, had] : had_) {
    const auto& first_seen = symbols_[who.second].first_seen;
    const auto from =
        static_cast<std::size_t>(std::find(had.begin(), had.end(), true) - had.begin());
    for (auto place = from; place < had.size(); ++place) {  // the last one is a trade that it had
      if (had[place]) {
        ++sum.had;
      } else if (first_seen[place] > begin + edge && first_seen[place] < end - edge) {
        ++sum.lost;
        losers.insert(who.first);
      }
    }
  }
  sum.clients_lost = losers.size();
  return sum;
}

}  // namespace tickgate::load
