// SPDX-License-Identifier: Apache-2.0
#include "gateway/fanout/entitlements.h"

#include <algorithm>
#include <utility>

namespace tickgate::gateway {
namespace {

constexpr std::size_t kWord = 64;

}  // namespace

bool Coverage::covers(std::string_view symbol) const {
  return std::ranges::all_of(grant_->symbols,
                             [&](const SymbolList& list) { return list.covers(symbol); });
}

bool Coverage::covers(const schemas::Instrument& instrument) {
  const auto word = instrument.id.value() / kWord;
  const auto bit = std::uint64_t{1} << instrument.id.value() % kWord;
  if (word >= known_.size()) {
    covered_.resize(word + 1);
    known_.resize(word + 1);
  }
  if ((known_[word] & bit) == 0) {
    if (covers(std::string_view(instrument.symbol))) covered_[word] |= bit;
    known_[word] |= bit;
  }
  return (covered_[word] & bit) != 0;
}

bool Coverage::meets(const SymbolPattern& pattern) const {
  return std::ranges::all_of(grant_->symbols,
                             [&](const SymbolList& list) { return list.meets(pattern); });
}

std::shared_ptr<Coverage> Entitlements::of(const std::shared_ptr<const Grant>& grant) {
  if (grant == nullptr || grant->symbols.empty()) return nullptr;
  auto found = std::ranges::find(held_, grant, [](const auto& one) { return one->grant(); });
  if (found == held_.end()) {
    found = std::ranges::find_if(
        held_, [&](const auto& one) { return one->grant()->symbols == grant->symbols; });
  }
  if (found == held_.end()) {
    auto fresh = std::make_shared<Coverage>(grant);
    if (held_.size() == kMost) held_.erase(held_.begin());
    held_.push_back(std::move(fresh));
    return held_.back();
  }
  std::rotate(found, found + 1, held_.end());
  return held_.back();
}

}  // namespace tickgate::gateway
