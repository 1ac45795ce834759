// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "feeds/adapter/name_text.h"
#include "schemas/instrument.h"
#include "schemas/text.h"

namespace tickgate::feeds {

// One venue's symbols and the instruments they mean, each with what the adapter keeps about it.
// Belongs to one adapter and its thread. Entries never move.
template <typename State>
class InstrumentMap {
 public:
  struct Entry {
    const schemas::Instrument* first;
    const std::string venue_symbol;
    State state{};
    std::vector<const schemas::Instrument*> aliases{};  // others that the same symbol feeds

    const schemas::Instrument& instrument() const { return *first; }
    schemas::InstrumentId id() const { return first->id; }
    // say(const Instrument&), first the one it was added for.
    template <typename Say>
    void for_each_instrument(Say&& say) const {
      say(*first);
      for (const auto* const alias : aliases) say(*alias);
    }
  };

  // `venue` in lower case. The registry outlives the map.
  InstrumentMap(std::string_view venue, schemas::InstrumentRegistry& registry)
      : venue_(venue), registry_(registry) {}

  // Registers `pair` ("BTC-USD") under the venue's symbol and says whether it is new. Null when
  // the pair is not the text that our symbols are made of, whoever invented it.
  std::pair<Entry*, bool> add(std::string_view venue_symbol, std::string_view pair) {
    if (Entry* known = find(venue_symbol)) return {known, false};
    if (!schemas::split_symbol(venue_ + ":" + std::string(pair))) return {nullptr, false};
    const auto& instrument = registry_.add(venue_, pair);
    if (Entry* known = find(instrument.id)) {  // a second spelling of the same instrument
      by_symbol_.emplace(venue_symbol, known);
      return {known, false};
    }
    Entry& entry = entries_.emplace_back(Entry{&instrument, std::string(venue_symbol)});
    by_symbol_.emplace(entry.venue_symbol, &entry);
    by_id_.emplace(instrument.id.value(), &entry);
    return {&entry, true};
  }

  // A further instrument of ours that gets what comes for the entry's symbol. False when the pair
  // is no text of a symbol, or has an entry already.
  bool add_alias(Entry& entry, std::string_view pair) {
    if (!schemas::split_symbol(venue_ + ":" + std::string(pair))) return false;
    const auto& instrument = registry_.add(venue_, pair);
    if (!by_id_.emplace(instrument.id.value(), &entry).second) return false;
    entry.aliases.push_back(&instrument);
    return true;
  }

  // Another name of the venue's for what it sends as the entry's symbol.
  void add_spelling(Entry& entry, std::string_view venue_symbol) {
    by_symbol_.emplace(venue_symbol, &entry);
  }

  // The instrument gets nothing any more. True: its entry feeds no other, and is gone with it, and
  // whoever points to it must know.
  bool remove(schemas::InstrumentId id) {
    const auto at = by_id_.find(id.value());
    if (at == by_id_.end()) return false;
    Entry& entry = *at->second;
    by_id_.erase(at);
    if (entry.aliases.empty()) {
      erase(entry);
      return true;
    }
    if (entry.first->id == id) entry.first = entry.aliases.front();
    std::erase_if(entry.aliases,
                  [&](const auto* alias) { return alias->id == id || alias == entry.first; });
    return false;
  }

  // Null when unknown. As it stands in the venue's JSON, where "\u5e01" may stand for "币"; without
  // such escapes the lookup makes no string.
  Entry* find(std::string_view venue_symbol) {
    const auto it = by_symbol_.find(venue_symbol);
    if (it != by_symbol_.end()) [[likely]]
      return it->second;
    if (venue_symbol.find('\\') == std::string_view::npos) return nullptr;
    const auto plain = json_unescaped(venue_symbol);
    const auto resolved = plain ? by_symbol_.find(*plain) : by_symbol_.end();
    return resolved == by_symbol_.end() ? nullptr : resolved->second;
  }
  Entry* find(schemas::InstrumentId id) {
    const auto it = by_id_.find(id.value());
    return it == by_id_.end() ? nullptr : it->second;
  }
  const Entry* find(schemas::InstrumentId id) const {
    const auto it = by_id_.find(id.value());
    return it == by_id_.end() ? nullptr : it->second;
  }

  // In the order they were added.
  auto begin() { return entries_.begin(); }
  auto end() { return entries_.end(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  std::size_t size() const { return entries_.size(); }

 private:
  void erase(const Entry& entry) {
    absl::erase_if(by_symbol_, [&](const auto& one) { return one.second == &entry; });
    entries_.remove_if([&](const Entry& one) { return &one == &entry; });
  }

  std::string venue_;
  schemas::InstrumentRegistry& registry_;
  std::list<Entry> entries_;  // a list: entries stay where they are
  schemas::TextMap<Entry*> by_symbol_;
  absl::flat_hash_map<std::uint32_t, Entry*> by_id_;
};

}  // namespace tickgate::feeds
