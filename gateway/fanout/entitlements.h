// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/access/grant.h"
#include "gateway/protocol/symbol_pattern.h"
#include "schemas/instrument.h"

namespace tickgate::gateway {

// Which symbols the lists of a grant cover. An instrument is held against them once, and is a bit
// from then on; an id is one symbol's for ever. By text alone it says the same, so that nobody
// learns from it what there is. One thread.
class Coverage {
 public:
  explicit Coverage(std::shared_ptr<const Grant> grant) : grant_(std::move(grant)) {}

  bool covers(const schemas::Instrument& instrument);
  // Of a symbol in its form.
  bool covers(std::string_view symbol) const;
  // Is there a symbol, now or ever, that each list and the pattern may cover?
  bool meets(const SymbolPattern& pattern) const;

  const std::shared_ptr<const Grant>& grant() const { return grant_; }

 private:
  std::shared_ptr<const Grant> grant_;
  std::vector<std::uint64_t> known_, covered_;  // a bit for each instrument, by id
};

// The coverage of the grants that asked last, shared by all whose lists are the same. What else is
// shared of a grant is its pointer: credentials are many, plans are few. Its shard's thread only.
class Entitlements {
 public:
  static constexpr std::size_t kMost = 64;

  // Null: it covers every symbol there is, as no grant does.
  std::shared_ptr<Coverage> of(const std::shared_ptr<const Grant>& grant);

 private:
  std::vector<std::shared_ptr<Coverage>> held_;  // used last is last
};

}  // namespace tickgate::gateway
