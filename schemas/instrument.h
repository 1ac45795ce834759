// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/ids.h"
#include "schemas/text.h"

namespace tickgate::schemas {

// One tradable at one venue. Never changes once registered and lives as long as its registry.
struct Instrument {
  InstrumentId id;
  std::string symbol;  // ours: "KRAKEN:BTC-USD"
  std::string venue;   // "kraken"
  std::string base;    // "BTC"
  std::string quote;   // "USD"
  // Of a consolidated one ("BEST:BTC-USD"): the venues that may be in it, in configured order.
  std::vector<std::string> sources;
};

inline constexpr std::size_t kMostSymbolBytes = 64;

// A symbol's parts, as views into it. "KRAKEN:BTC-USD" -> {"KRAKEN", "BTC", "USD"}; nullopt unless
// it is VENUE:BASE-QUOTE of A-Z, a-z, 0-9, '.' and '_' (a quote may be missing: "SIM:QUIET"), at
// most kMostSymbolBytes long. Base and quote may also have visible characters beyond ASCII, as
// UTF-8 (is_visible_text()); they are compared byte by byte.
struct SymbolParts {
  std::string_view venue, base, quote;
};
std::optional<SymbolParts> split_symbol(std::string_view symbol);

// Gives every instrument its dense id. Any thread may call; taken on cold paths only (a feed that
// meets a new instrument), never per tick. Threads downstream learn of an instrument by a pointer.
class InstrumentRegistry {
 public:
  // `venue` in lower case ("kraken"); `pair` is "BTC-USD". The same symbol gives the same one. Both
  // are such that split_symbol() takes "VENUE:pair"; of a pair that a peer gave, ask first.
  const Instrument& add(std::string_view venue, std::string_view pair,
                        std::vector<std::string> sources = {});
  const Instrument* find(std::string_view symbol) const;
  const Instrument& at(InstrumentId id) const;
  std::size_t size() const;

 private:
  mutable std::mutex mutex_;
  std::deque<Instrument> instruments_;  // a deque: references stay valid
  TextMap<InstrumentId> by_symbol_;
};

}  // namespace tickgate::schemas
