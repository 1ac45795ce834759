// SPDX-License-Identifier: Apache-2.0
#include "gateway/access/symbol_list.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace tickgate::gateway {
namespace {

std::uint64_t hash_of(std::string_view text) { return std::hash<std::string_view>{}(text); }

}  // namespace

struct SymbolList::Ready {
  // Texts behind each other in one string, found by their hashes in one array, which is at most
  // half full: what a lookup touches is little, and stays in a cache.
  class Names {
   public:
    void reserve(std::size_t most) { cells_.resize(std::bit_ceil(2 * most + 1)); }
    void add(std::string_view name) {
      const auto hash = hash_of(name);
      auto& cell = cells_[find(hash, name)];
      if (cell.place != 0) return;
      static_assert(SymbolPattern::kMaxLength <= UINT8_MAX);
      cell = {tag_of(hash), static_cast<std::uint32_t>(texts_.size() + 1)};
      texts_.push_back(static_cast<char>(name.size()));
      texts_.append(name);
    }
    bool contains(std::string_view name) const {
      return !empty() && cells_[find(hash_of(name), name)].place != 0;
    }
    bool empty() const { return texts_.empty(); }

   private:
    struct Cell {
      std::uint32_t tag = 0;
      std::uint32_t place = 0;  // in texts_ and 1, of its length; 0: none
    };

    static std::uint32_t tag_of(std::uint64_t hash) {
      return static_cast<std::uint32_t>(hash >> 32U);
    }
    // Where it stands, or would.
    std::size_t find(std::uint64_t hash, std::string_view name) const {
      const auto mask = cells_.size() - 1;
      auto at = hash & mask;
      while (cells_[at].place != 0 && !is(cells_[at], hash, name)) at = (at + 1) & mask;
      return at;
    }
    bool is(const Cell& cell, std::uint64_t hash, std::string_view name) const {
      if (cell.tag != tag_of(hash)) return false;
      const auto length = static_cast<unsigned char>(texts_[cell.place - 1]);
      return std::string_view(texts_).substr(cell.place, length) == name;
    }

    std::vector<Cell> cells_;
    std::string texts_;  // each behind its length, a byte
  };

  explicit Ready(std::vector<SymbolPattern> all_patterns) : patterns(std::move(all_patterns)) {
    const auto exact = std::ranges::count_if(patterns, &SymbolPattern::is_exact);
    const auto stars = patterns.size() - static_cast<std::size_t>(exact);
    symbols.reserve(static_cast<std::size_t>(exact));
    venues.reserve(stars);
    pairs.reserve(stars);
    for (const auto& pattern : patterns) {
      constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15;  // so that the order counts
      fingerprint = fingerprint * kOdd + hash_of(pattern.text());
      if (pattern.is_exact()) {
        symbols.add(pattern.text());
      } else if (!pattern.any_venue()) {
        venues.add(pattern.venue());
      } else if (!pattern.any_pair()) {
        pairs.add(pattern.pair());
      } else {
        all = true;
      }
    }
  }
  std::vector<SymbolPattern> patterns;
  Names symbols, venues, pairs;
  bool all = false;
  std::uint64_t fingerprint = 0;  // two that differ in it are not the same
};

SymbolList::SymbolList(std::vector<SymbolPattern> patterns)
    : ready_(std::make_shared<const Ready>(std::move(patterns))) {}

bool SymbolList::covers(std::string_view symbol) const {
  if (ready_ == nullptr) return false;
  if (ready_->all || ready_->symbols.contains(symbol)) return true;
  if (ready_->venues.empty() && ready_->pairs.empty()) return false;
  const auto colon = symbol.find(':');
  if (colon == std::string_view::npos) return false;
  return ready_->venues.contains(symbol.substr(0, colon)) ||
         ready_->pairs.contains(symbol.substr(colon + 1));
}

bool SymbolList::meets(const SymbolPattern& pattern) const {
  return std::ranges::any_of(patterns(), [&](const auto& one) { return one.meets(pattern); });
}

const std::vector<SymbolPattern>& SymbolList::patterns() const {
  static const std::vector<SymbolPattern> kNone;
  return ready_ == nullptr ? kNone : ready_->patterns;
}

bool operator==(const SymbolList& one, const SymbolList& other) {
  if (one.ready_ == other.ready_) return true;
  if (one.ready_ == nullptr || other.ready_ == nullptr) {
    return one.patterns().empty() && other.patterns().empty();
  }
  return one.ready_->fingerprint == other.ready_->fingerprint &&
         one.ready_->patterns == other.ready_->patterns;
}

}  // namespace tickgate::gateway
