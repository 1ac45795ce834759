// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "feeds/publish/forgotten.h"
#include "feeds/publish/last_value_cache.h"
#include "gateway/fanout/near_symbols.h"
#include "gateway/fanout/still_feeds.h"
#include "gateway/fanout/trade_histories.h"
#include "gateway/fanout/usage_counts.h"
#include "schemas/instrument.h"
#include "schemas/tick.h"

namespace tickgate::gateway {

// Instruments by their symbol, byte by byte; looked up by any text.
struct BySymbol {
  using is_transparent = void;
  static std::string_view text(std::string_view symbol) { return symbol; }
  static std::string_view text(const schemas::Instrument* instrument) { return instrument->symbol; }
  template <typename A, typename B>
  bool operator()(const A& a, const B& b) const {
    return text(a) < text(b);
  }
};
using InstrumentsInOrder = absl::btree_set<const schemas::Instrument*, BySymbol>;

// What a shard knows of the market: its instruments, the newest value of each, and the newest
// trades. Its shard's thread only.
class Market {
 public:
  // As a delay: nothing ever comes, for whoever has a longer one than anybody holds back.
  static constexpr std::uint32_t kNever = UINT32_MAX;

  // `delay_s`: what it is told is so much later than others know it; 0: live. The others: see
  // TradeHistories.
  Market(std::uint32_t delay_s, std::size_t trades_kept, std::size_t trades_memory)
      : delay_s_(delay_s), trades_(trades_kept, trades_memory) {}

  std::uint32_t delay_s() const { return delay_s_; }

  // False: it is known already. It outlives this. `source`: which of the shard's rings it comes by.
  bool add(const schemas::Instrument& instrument, std::size_t source = 0);
  // It is served no more: nothing is left of it but how far it was numbered, and that it is closed.
  // False: it was not known.
  bool remove(const schemas::Instrument& instrument, schemas::Timestamp now);
  // Nobody hears of this value any more.
  void forget(const feeds::Forgotten& forgotten) {
    cache_.forget(forgotten.instrument, forgotten.channel);
  }
  // As if nothing had come, nor any number.
  void restart();
  void apply(const schemas::Quote& quote) { cache_.apply(quote); }
  void apply(const schemas::Book& book) { cache_.apply(book); }
  void apply(const schemas::Ticker& ticker) { cache_.apply(ticker); }
  void apply(const schemas::InstrumentStatus& status);
  // One of our own, whatever feeds say.
  void say(const schemas::InstrumentStatus& status) { show(status); }
  // True: somebody follows these trades.
  bool apply(const schemas::Trade& trade);
  void apply(const schemas::TradeGap& gap) { trades_.add_gap(gap); }

  // Null for what this shard has not seen. By id or symbol ("KRAKEN:BTC-USD").
  const schemas::Instrument* instrument(schemas::InstrumentId id) const {
    return id.value() < instruments_.size() ? instruments_[id.value()] : nullptr;
  }
  const schemas::Instrument* instrument(std::string_view symbol) const;
  // By id, null for those not seen; and how often one appeared.
  const std::vector<const schemas::Instrument*>& instruments() const { return instruments_; }
  std::uint64_t appeared() const { return appeared_; }
  const InstrumentsInOrder& in_order() const { return in_order_; }
  const NearSymbols& near_symbols() const { return near_symbols_; }
  // That it is closed, as of when it was last removed, though it may be served again: who followed
  // it is to be told so first. Null where nothing was said of it.
  const schemas::InstrumentStatus* last_words(schemas::InstrumentId id) const {
    const auto found = closed_.find(id);
    return found == closed_.end() ? nullptr : &found->second;
  }

  const VenueIndex& venues() const { return venues_; }

  const feeds::LastValueCache& cache() const { return cache_; }
  // While it is recovering, no book of it is shown; while its quote is, no quote.
  bool withholds(schemas::Channel channel, schemas::InstrumentId id) const {
    const auto& recovering =
        channel == schemas::Channel::kQuote ? quote_recovering_ : book_recovering_;
    return id.value() < recovering.size() && recovering[id.value()];
  }

  // The thread behind a ring stands still, or moves again: changed(InstrumentId) for each whose
  // status is another one by it.
  template <typename Changed>
  void stand_still(std::size_t source, schemas::Timestamp now, Changed&& changed) {
    still_.begin(source, now, cache_, [&](const schemas::InstrumentStatus& status) {
      show(status);
      changed(status.header.instrument);
    });
  }
  template <typename Changed>
  void move_again(std::size_t source, Changed&& changed) {
    still_.end(source, [&](const schemas::InstrumentStatus& status) {
      show(status);
      changed(status.header.instrument);
    });
  }
  bool stands_still(schemas::InstrumentId id) const { return still_.stands_still(id); }

  // From the first follower to the last.
  const TradeHistory& follow_trades(schemas::InstrumentId instrument) {
    return trades_.follow(instrument);
  }
  void leave_trades(schemas::InstrumentId instrument) { trades_.leave(instrument); }
  const TradeHistory& trades(schemas::InstrumentId followed) const {
    return trades_.followed(followed);
  }
  std::size_t trade_bytes() const { return trades_.bytes(); }

 private:
  void show(const schemas::InstrumentStatus& status);

  const std::uint32_t delay_s_;
  std::vector<const schemas::Instrument*> instruments_;
  std::uint64_t appeared_ = 0;
  absl::flat_hash_map<std::string, const schemas::Instrument*> by_symbol_;
  InstrumentsInOrder in_order_;
  NearSymbols near_symbols_;
  feeds::LastValueCache cache_;
  StillFeeds still_;
  absl::flat_hash_map<schemas::InstrumentId, schemas::InstrumentStatus> closed_;  // once removed
  std::vector<bool> book_recovering_, quote_recovering_;  // by instrument, as those below
  TradeHistories trades_;
  VenueIndex venues_;
};

}  // namespace tickgate::gateway
