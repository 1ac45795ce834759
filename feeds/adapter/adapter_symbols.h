// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "feeds/adapter/instrument_map.h"
#include "feeds/adapter/venue_adapter.h"
#include "feeds/log/log.h"
#include "fmt/format.h"

namespace tickgate::feeds {

// Which symbols an adapter speaks for: those that are configured, those that a capture turns out to
// hold, and those that come and go while the connection is open. A venue adds its names for them,
// and how they are subscribed to. The lower half of AdapterBase.
template <typename State>
class AdapterSymbols : public VenueAdapter {
 public:
  void carry(std::span<const std::string> pairs, schemas::Timestamp now) override {
    begin(now);
    std::vector<Entry*> fresh;
    for (const auto& pair : pairs) {
      const auto known = configured_.size();
      Entry* const entry = add_pair(pair);
      if (entry == nullptr) continue;
      left_.erase(entry->venue_symbol);
      if (configured_.size() == known) {
        join(*entry);
      } else {
        announce(*entry);
        fresh.push_back(entry);
      }
    }
    if (!fresh.empty()) subscribe_to_added(fresh);
  }
  void release(std::span<const schemas::InstrumentId> instruments,
               schemas::Timestamp now) override {
    begin(now);
    std::vector<Entry*> leaving;
    for (const auto id : instruments) {
      Entry* const entry = instruments_.find(id);
      if (entry == nullptr) continue;
      if (entry->aliases.empty()) {
        leaving.push_back(entry);
      } else {
        instruments_.remove(id);
      }
    }
    if (leaving.empty()) return;
    unsubscribe_from(leaving);
    for (Entry* const entry : leaving) {
      left_.insert(entry->venue_symbol);
      std::erase(configured_, entry);
      instruments_.remove(entry->id());
    }
  }

 protected:
  using Entry = typename InstrumentMap<State>::Entry;

  // All but the settings outlive it.
  AdapterSymbols(const VenueFacts& facts, const AdapterSettings& settings,
                 schemas::InstrumentRegistry& registry, AdapterEvents& events)
      : settings_(settings),
        log_name_(fmt::format("feeds.{}", facts.name)),
        events_(events),
        instruments_(facts.name, registry) {}

  // The venue's constructor adds what is configured; null: it is no pair.
  Entry* add(std::string_view symbol, std::string_view pair) {
    const auto [entry, fresh] = instruments_.add(symbol, pair);
    if (entry == nullptr) log::error(log_name_, "not a pair", {{"pair", pair}});
    if (fresh) configured_.push_back(entry);
    return entry;
  }
  // As the constructor does it for each.
  virtual Entry* add_pair(const std::string& pair) = 0;
  // Over the connection as it is: to these alone, which were just added; and from these, which are
  // forgotten behind the call, so that nothing may point to them.
  virtual void subscribe_to_added(std::span<Entry* const> entries) = 0;
  virtual void unsubscribe_from(std::span<Entry* const> entries) = 0;
  // First in every call: nothing is said of an instrument before it is announced. True: it was now.
  bool begin(schemas::Timestamp received) {
    received_ = received;
    ++message_;
    if (std::exchange(announced_, true)) [[likely]]
      return false;
    for (const auto& entry : instruments_) announce(entry);
    return true;
  }
  // "BTC-USD" for a symbol that a capture holds and nobody configured; empty: it cannot be told.
  virtual std::string pair_of(std::string_view symbol) const = 0;
  // Such a one was announced: what the capture said of it before it was known is to be said now.
  virtual void on_discovered(Entry& /*entry*/) {}
  // Its book as it is now, to all that it feeds.
  virtual void tell_book(Entry& entry) = 0;
  // Null, and counted, for a symbol that nobody asked for; of one that we have left, what was on
  // its way still comes.
  Entry* entry_of(std::string_view symbol) {
    if (Entry* const entry = instruments_.find(symbol)) [[likely]]
      return entry;
    if (left_.contains(symbol)) return nullptr;
    if (settings_.discover) {
      const auto plain = json_unescaped(symbol);
      const auto pair = plain ? pair_of(*plain) : std::string();
      if (Entry* const entry = pair.empty() ? nullptr : discover(*plain, pair)) return entry;
    }
    events_.on_anomaly(Anomaly::kUnknownInstrument, symbol.substr(0, 100));
    return nullptr;
  }
  // Of a capture: a symbol that nobody configured. Null when the pair is none.
  Entry* discover(std::string_view symbol, std::string_view pair) {
    const auto [entry, fresh] = instruments_.add(symbol, pair);
    if (fresh) {
      announce(*entry);
      on_discovered(*entry);
    }
    return entry;
  }
  // Likewise: another instrument that gets what comes for a known symbol.
  void discover_alias(Entry& entry, std::string_view pair) {
    if (instruments_.add_alias(entry, pair)) events_.on_instrument(*entry.aliases.back());
  }
  // The connection is gone, and nothing is on its way any more.
  void forget_left() { left_.clear(); }
  bool announced() const { return announced_; }
  // Of the messages, the one at hand.
  std::uint64_t message() const { return message_; }

  const AdapterSettings settings_;
  const std::string log_name_;
  AdapterEvents& events_;
  InstrumentMap<State> instruments_;
  std::vector<Entry*> configured_;  // in their order; discovered ones are not among them
  schemas::Timestamp received_;     // of the message at hand

 private:
  void announce(const Entry& entry) {
    entry.for_each_instrument([&](const auto& instrument) { events_.on_instrument(instrument); });
  }
  // Another instrument gets what comes for the symbol; what is known of it is said at once.
  void join(Entry& entry) {
    if (entry.aliases.empty()) return;
    events_.on_instrument(*entry.aliases.back());
    if (!entry.state.synced) return;
    events_.on_synced(entry.aliases.back()->id);
    tell_book(entry);
  }

  bool announced_ = false;
  std::set<std::string, std::less<>> left_;  // the venue's symbols, on this connection
  std::uint64_t message_ = 0;                // counts what begin() began
};

}  // namespace tickgate::feeds
