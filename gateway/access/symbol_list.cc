// SPDX-License-Identifier: Apache-2.0
#include "gateway/access/symbol_list.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <functional>
#include <utility>

namespace tickgate::gateway {
namespace {

std::uint64_t hash_of(std::string_view text) { return std::hash<std::string_view>{}(text); }

}  // namespace

// Its names are views of its patterns' texts, so it stays where it is made.
struct SymbolList::Ready {
  // Texts that stand elsewhere, found by their hashes in one array, which is at most half full. No
  // nodes: what a lookup touches lies close together.
  class Names {
   public:
    void reserve(std::size_t most) {
      names_.reserve(most);
      cells_.resize(std::bit_ceil(2 * most + 1));
    }
    void add(std::string_view name) {
      const auto hash = hash_of(name);
      auto at = hash & mask();
      for (; cells_[at].name != 0; at = (at + 1) & mask()) {
        if (is(cells_[at], hash, name)) return;
      }
      names_.push_back(name);
      cells_[at] = {tag_of(hash), static_cast<std::uint32_t>(names_.size())};
    }
    bool contains(std::string_view name) const {
      if (names_.empty()) return false;
      const auto hash = hash_of(name);
      for (auto at = hash & mask(); cells_[at].name != 0; at = (at + 1) & mask()) {
        if (is(cells_[at], hash, name)) return true;
      }
      return false;
    }
    bool empty() const { return names_.empty(); }

   private:
    struct Cell {
      std::uint32_t tag = 0;
      std::uint32_t name = 0;  // its place and 1; 0: none
    };

    static std::uint32_t tag_of(std::uint64_t hash) {
      return static_cast<std::uint32_t>(hash >> 32U);
    }
    std::size_t mask() const { return cells_.size() - 1; }
    bool is(const Cell& cell, std::uint64_t hash, std::string_view name) const {
      return cell.tag == tag_of(hash) && names_[cell.name - 1] == name;
    }

    std::vector<Cell> cells_;
    std::vector<std::string_view> names_;
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
  Ready(const Ready&) = delete;
  Ready& operator=(const Ready&) = delete;

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
