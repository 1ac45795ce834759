// SPDX-License-Identifier: Apache-2.0
#include "gateway/fanout/near_symbols.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/ascii.h"
#include "schemas/text.h"

namespace tickgate::gateway {
namespace {

constexpr std::uint32_t kNone = UINT32_MAX;
constexpr int kMostLookedAt = 200;
constexpr std::size_t kLongest = 64;  // bytes; no symbol is longer

// "btc/usd" and "BTC-USD" alike become "BTCUSD". Bytes beyond ASCII are letters.
std::string letters_of(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, kLongest)) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || byte >= 0x80) out.push_back(absl::ascii_toupper(byte));
  }
  return out;
}

// The venues' own names for what others call by another.
std::string usual_base(std::string base) {
  if (base == "XBT") return "BTC";
  if (base == "XDG") return "DOGE";
  return base;
}

std::uint64_t hash_of(std::string_view letters) { return absl::HashOf(schemas::to_absl(letters)); }

// What stands before the first separator: "BTC" of "BTC/USD"; all of a word without one.
std::string base_of(std::string_view pair) {
  const auto end = std::ranges::find_if(pair, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return !absl::ascii_isalnum(byte) && byte < 0x80;
  });
  return usual_base(letters_of({pair.begin(), end}));
}

}  // namespace

void NearSymbols::add(const schemas::Instrument& instrument) {
  const auto place = static_cast<std::uint32_t>(instruments_.size());
  const auto known = places_.find(instrument.id);
  if (known != places_.end()) {
    removed_[known->second] = false;
    return;
  }
  places_.emplace(instrument.id, place);
  instruments_.push_back(&instrument);
  removed_.push_back(false);
  const auto link = [place](Chains& chains, std::string_view letters) {
    const auto [head, fresh] = chains.heads.try_emplace(hash_of(letters), place);
    chains.next.push_back(fresh ? kNone : std::exchange(head->second, place));
  };
  const auto base = letters_of(instrument.base);
  link(by_letters_, base + letters_of(instrument.quote));
  link(by_base_, base);
}

void NearSymbols::remove(const schemas::Instrument& instrument) {
  const auto known = places_.find(instrument.id);
  if (known != places_.end()) removed_[known->second] = true;
}

template <typename Fits>
std::vector<std::string_view> NearSymbols::collect(const Chains& chains, std::string_view letters,
                                                   std::string_view venue, Fits&& fits) const {
  std::vector<std::string_view> own, others;
  const auto head = chains.heads.find(hash_of(letters));
  auto place = head == chains.heads.end() ? kNone : head->second;
  for (int i = 0; place != kNone && i < kMostLookedAt; ++i, place = chains.next[place]) {
    const auto& instrument = *instruments_[place];
    if (removed_[place] || !fits(instrument)) continue;
    const bool is_own = letters_of(instrument.venue) == venue;
    (is_own ? own : others).push_back(instrument.symbol);
  }
  std::ranges::sort(own);
  std::ranges::sort(others);
  if (own.empty()) own = std::move(others);
  own.resize(std::min(own.size(), kMost));
  return own;
}

std::vector<std::string_view> NearSymbols::near(std::string_view text) const {
  const auto colon = text.find(':');
  const auto venue = colon == text.npos ? std::string() : letters_of(text.substr(0, colon));
  const auto pair = colon == text.npos ? text : text.substr(colon + 1);
  const auto base = base_of(pair);
  const auto rest = letters_of(pair.substr(std::min(pair.size(), pair.find_first_of("-/_:."))));
  const auto letters = rest.empty() ? letters_of(pair) : base + rest;
  auto found = collect(by_letters_, letters, venue, [&](const schemas::Instrument& one) {
    return letters_of(one.base) + letters_of(one.quote) == letters;
  });
  if (!found.empty()) return found;
  return collect(by_base_, base, venue,
                 [&](const schemas::Instrument& one) { return letters_of(one.base) == base; });
}

}  // namespace tickgate::gateway
