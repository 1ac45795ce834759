// SPDX-License-Identifier: Apache-2.0
#include "schemas/instrument.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "schemas/check.h"
#include "schemas/utf8.h"

namespace tickgate::schemas {
namespace {

bool is_plain(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_';
}

bool is_plain_text(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_plain);
}

// Letters of any script, but of ASCII the plain ones only.
bool is_symbol_text(std::string_view text) {
  if (is_plain_text(text)) return true;
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x80 || is_plain(c);
  });
  return plain && !text.empty() && is_visible_text(text);
}

}  // namespace

std::optional<SymbolParts> split_symbol(std::string_view symbol) {
  if (symbol.size() > kMostSymbolBytes) return std::nullopt;
  const auto colon = symbol.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  SymbolParts parts;
  parts.venue = symbol.substr(0, colon);
  const auto pair = symbol.substr(colon + 1);
  const auto dash = pair.find('-');
  parts.base = pair.substr(0, dash);
  if (dash != std::string_view::npos) {
    parts.quote = pair.substr(dash + 1);
    if (!is_symbol_text(parts.quote)) return std::nullopt;
  }
  if (!is_plain_text(parts.venue) || !is_symbol_text(parts.base)) return std::nullopt;
  return parts;
}

const Instrument& InstrumentRegistry::add(std::string_view venue, std::string_view pair,
                                          std::vector<std::string> sources) {
  std::string symbol(venue);
  for (char& c : symbol) c = absl::ascii_toupper(static_cast<unsigned char>(c));
  symbol.append(":").append(pair);
  const auto parts = split_symbol(symbol);
  TICKGATE_CHECK(parts.has_value());
  const std::scoped_lock lock(mutex_);
  const auto [it, fresh] =
      by_symbol_.try_emplace(symbol, InstrumentId{static_cast<std::uint32_t>(instruments_.size())});
  if (fresh) {
    instruments_.push_back({it->second, symbol, std::string(venue), std::string(parts->base),
                            std::string(parts->quote), std::move(sources)});
  }
  return instruments_[it->second.value()];
}

const Instrument* InstrumentRegistry::find(std::string_view symbol) const {
  const std::scoped_lock lock(mutex_);
  const auto it = by_symbol_.find(symbol);
  return it == by_symbol_.end() ? nullptr : &instruments_[it->second.value()];
}

const Instrument& InstrumentRegistry::at(InstrumentId id) const {
  const std::scoped_lock lock(mutex_);
  TICKGATE_CHECK(id.value() < instruments_.size());
  return instruments_[id.value()];
}

std::size_t InstrumentRegistry::size() const {
  const std::scoped_lock lock(mutex_);
  return instruments_.size();
}

}  // namespace tickgate::schemas
