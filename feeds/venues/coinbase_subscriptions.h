// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "feeds/adapter/adapter_base.h"
#include "feeds/adapter/trade_ids.h"
#include "feeds/venues/coinbase_messages.h"
#include "feeds/venues/coinbase_products.h"
#include "schemas/json.h"

// What Coinbase is asked for, and what it answers: subscriptions in pieces, refusals that name a
// product, another, or none, and a limit that nobody documents.
namespace tickgate::feeds::coinbase {

using schemas::Channel;

// What we subscribe to per product, and the channel that stands for it in acknowledgements.
struct Subscribable {
  std::string_view channel;
  std::optional<Channel> stands_for;
};
inline constexpr std::array<Subscribable, 4> kSubscribables = {{{"level2", Channel::kBook},
                                                                {"market_trades", Channel::kTrade},
                                                                {"ticker", Channel::kTicker},
                                                                {"status", std::nullopt}}};
inline constexpr std::size_t kLevel2 = 0, kTrades = 1, kStatus = 3;  // their indices above
// One product that the venue does not know may spoil the message it is in.
inline constexpr std::size_t kProductsPerMessage = 50;

// What is kept of one product.
struct State : SymbolState {
  TradeIds trades{TradeIds::Jump::kIsLossInDoubt};
  OrderBook levels;
  std::string spelling;           // of the product, as it was configured
  std::uint8_t asked = 0;         // a bit per Subscribable, set until it is acknowledged
  bool granted = false;           // level2, on this connection
  bool elsewhere = false;         // beyond what this connection may have: served by another
  bool in_hole = false;           // its book is to be asked for anew, with others
  bool asked_with_other = false;  // so it was
  bool refused = false;           // not listed yet, perhaps
  bool probing = false;           // REST was asked for its best prices, and nothing has come since
  bool status_known = true;       // the word that the venue has for it

  const OrderBook& book() const { return levels; }
  void clear_book() { levels.clear(); }
  void continue_from(const State& other) {
    SymbolState::continue_from(other);
    status_known = other.status_known;
  }
  bool waits_for(std::size_t what) const { return (asked >> what & 1U) != 0; }
};

// The half of the adapter that asks; coinbase.cc reads the market with it.
class Subscriptions : public AdapterBase<State> {
 protected:
  using AdapterBase::AdapterBase;

  Entry* add_pair(const std::string& pair) override {
    const auto product = product_for(pair);
    if (Entry* const known = instruments_.find(product)) {
      instruments_.add_alias(*known, pair);
      if (known->state.spelling != product) also_named_.push_back(known->state.spelling);
      if (pair.ends_with("-USDC")) also_named_.push_back(pair);
      known->state.spelling = product;
    } else {
      add(product, pair);
      Entry* const added = instruments_.find(product);
      if (added != nullptr) added->state.spelling = product;
    }
    // An alias keeps its name towards the venue, so that a recording tells what was configured.
    Entry* const entry = instruments_.find(product);
    if (entry == nullptr || product == pair || !pair.ends_with("-USDC")) return entry;
    instruments_.add_spelling(*entry, pair);
    if (entry->aliases.empty()) entry->state.spelling = pair;
    return entry;
  }

  std::string pair_of(std::string_view symbol) const override { return pair_for(symbol); }

  // Of a connection whose recording names "ABC-USDC", what comes is named "ABC-USD".
  void discover_named(std::string_view product) {
    const auto pair = pair_of(product);
    Entry* const known = instruments_.find(product_for(product));
    if (known == nullptr) {
      discover(product_for(product), pair);
      return;
    }
    const auto before = known->aliases.size();
    discover_alias(*known, pair);
    if (known->aliases.size() == before || !known->state.synced) return;
    events_.on_synced(known->aliases.back()->id);
    publish_book(*known, schemas::kNoTime);
  }

  // {"type":"subscribe","product_ids":["BTC-USD"],"channel":"level2"}; heartbeats need no products.
  static std::string make_request(std::string_view type, std::string_view channel,
                                  std::span<const std::string> products) {
    auto out = fmt::format(R"({{"type":"{}")", type);
    std::string_view separator = R"(,"product_ids":[)";
    for (const auto& product : products) {
      schemas::append_json_string(out.append(separator), product);
      separator = ",";
    }
    if (!products.empty()) out.append("]");
    return out.append(fmt::format(R"(,"channel":"{}"}})", channel));
  }
  static std::vector<std::string> spellings(std::span<Entry* const> entries) {
    std::vector<std::string> names;
    for (const Entry* const entry : entries) {
      const auto& spelling = entry->state.spelling;
      names.push_back(spelling.empty() ? entry->venue_symbol : spelling);
    }
    return names;
  }
  void subscribe_anew(std::size_t what, std::span<Entry* const> entries) {
    const auto names = spellings(entries);
    events_.send(make_request("unsubscribe", kSubscribables[what].channel, names), {});
    subscribe(what, entries);
  }
  void subscribe(std::size_t what, std::span<Entry* const> entries) {
    for (std::size_t i = 0; i < entries.size(); i += kProductsPerMessage) {
      subscribe_piece(what, entries.subspan(i, std::min(kProductsPerMessage, entries.size() - i)));
    }
  }
  void subscribe_piece(std::size_t what, std::span<Entry* const> entries) {
    std::vector<VenueSubscription> awaited;
    for (Entry* const entry : entries) {
      no_longer_awaited(*entry, what);
      entry->state.asked = static_cast<std::uint8_t>(entry->state.asked | 1U << what);
      if (!kSubscribables[what].stands_for) continue;
      entry->for_each_instrument([&](const schemas::Instrument& instrument) {
        awaited.push_back({instrument.id, *kSubscribables[what].stands_for});
      });
    }
    pieces_.push_back({what, {entries.begin(), entries.end()}});
    events_.send(make_request("subscribe", kSubscribables[what].channel, spellings(entries)),
                 awaited);
  }
  void no_longer_awaited(const Entry& entry, std::size_t what) {
    for (auto& piece : pieces_) {
      if (piece.what == what) std::erase(piece.entries, &entry);
    }
    std::erase_if(pieces_, [](const Piece& piece) { return piece.entries.empty(); });
  }

  void subscribe_to_added(std::span<Entry* const> entries) override {
    for (std::size_t what = 0; what < kSubscribables.size(); ++what) subscribe(what, entries);
  }
  // Those that are served elsewhere were left when that was found.
  void unsubscribe_from(std::span<Entry* const> entries) override {
    std::vector<Entry*> held(entries.begin(), entries.end());
    std::erase_if(held, [](const Entry* entry) { return entry->state.elsewhere; });
    const auto names = spellings(held);
    for (std::size_t what = 0; what < kSubscribables.size(); ++what) {
      for (const Entry* const entry : entries) no_longer_awaited(*entry, what);
      if (held.empty()) continue;
      events_.send(make_request("unsubscribe", kSubscribables[what].channel, names), {});
    }
  }
  // The venue does not say which request it refuses. Those of the products that it names are
  // meant, and what was asked for with them is asked for without. Where it names none, it is the
  // oldest request without an answer.
  void on_error(const Message& message) {
    const auto pieces = pieces_;  // what follows changes them
    bool any_named = false;
    for (const auto& piece : pieces) {
      std::vector<Entry*> named, rest;
      for (Entry* const entry : piece.entries) {
        (is_named(message.text, *entry) ? named : rest).push_back(entry);
      }
      if (named.empty()) continue;
      any_named = true;
      for (Entry* const entry : named) refuse(*entry, piece.what, message.text);
      subscribe(piece.what, rest);
    }
    if (any_named) return;
    if (pieces.empty()) {
      return events_.on_anomaly(Anomaly::kUnknownMessage, message.text.substr(0, 100));
    }
    on_unnamed_error(pieces.front(), message.text);
  }
  static bool is_named(std::string_view text, const Entry& entry) {
    return names_product(text, entry.venue_symbol) || names_product(text, entry.state.spelling);
  }
  // How many products level2 may have, nobody documents: where some are granted, and no more are,
  // that is the limit. Else one product may spoil its piece, which is halved until it is alone.
  struct Piece {
    std::size_t what;
    std::vector<Entry*> entries;
  };
  void on_unnamed_error(const Piece& piece, std::string_view text) {
    const bool any_granted =
        std::ranges::any_of(instruments_, [](const auto& entry) { return entry.state.granted; });
    const auto says = [text](std::string_view word) { return text.find(word) != text.npos; };
    const bool too_fast = says("rate") || says("Rate");
    const bool too_many = says("limit") || says("many") || says("maximum") || says("exceed");
    const std::span all(piece.entries);
    if (too_fast) {
      for (Entry* const entry : all) refuse(*entry, piece.what, text);
    } else if (piece.what == kLevel2 && any_granted && (too_many || all.size() == 1)) {
      go_elsewhere(all, text);
    } else if (all.size() > 1) {
      subscribe(piece.what, all.first(all.size() / 2));
      subscribe(piece.what, all.subspan(all.size() / 2));
    } else {
      refuse(*all.front(), piece.what, text);
    }
  }
  void refuse(Entry& entry, std::size_t what, std::string_view text) {
    no_longer_awaited(entry, what);
    entry.state.refused = true;
    if (!kSubscribables[what].stands_for) return;  // status: asked for again by itself
    entry.for_each_instrument([&](const schemas::Instrument& instrument) {
      events_.on_refused({instrument.id, *kSubscribables[what].stands_for}, text);
    });
  }
  void go_elsewhere(std::span<Entry* const> entries, std::string_view text) {
    std::vector<schemas::InstrumentId> ids;
    for (Entry* const entry : entries) {
      entry->state.elsewhere = true;
      entry->state.asked = 0;
      for (std::size_t what = 0; what < kSubscribables.size(); ++what) {
        no_longer_awaited(*entry, what);
      }
      entry->for_each_instrument([&](const auto& instrument) { ids.push_back(instrument.id); });
    }
    for (std::size_t what = kTrades; what < kSubscribables.size(); ++what) {
      const auto products = spellings(entries);
      events_.send(make_request("unsubscribe", kSubscribables[what].channel, products), {});
    }
    events_.on_limit_reached(ids, text);
  }

  void on_subscriptions(const Message& message) {
    for (const auto& item : message.subscribed) {
      if (settings_.discover && product_for(item.product) != item.product) {
        discover_named(item.product);
      }
      Entry* const entry = instruments_.find(item.product);
      if (entry == nullptr) continue;
      for (std::size_t what = 0; what < kSubscribables.size(); ++what) {
        if (item.channel != kSubscribables[what].channel || !entry->state.waits_for(what)) continue;
        entry->state.asked = static_cast<std::uint8_t>(entry->state.asked & ~(1U << what));
        no_longer_awaited(*entry, what);
        if (what == kLevel2) entry->state.granted = true;
        if (!kSubscribables[what].stands_for) continue;
        entry->for_each_instrument([&](const schemas::Instrument& instrument) {
          events_.on_acknowledged({instrument.id, *kSubscribables[what].stands_for});
        });
      }
    }
  }

  void forget_pieces() { pieces_.clear(); }

  MessageDecoder decoder_;
  std::vector<std::string> also_named_;  // aliases of what is subscribed to under another name

 private:
  std::vector<Piece> pieces_;  // subscriptions without an answer, the oldest first
};

}  // namespace tickgate::feeds::coinbase
