// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "feeds/publish/last_value_cache.h"
#include "gateway/fanout/trade_history.h"
#include "schemas/instrument.h"
#include "schemas/tick.h"

namespace tickgate::gateway {

// What a shard knows of the market: its instruments, the newest value of each, and the newest
// trades of those that somebody follows. Its shard's thread only.
class Market {
 public:
  // False: it is known already. It outlives this.
  bool add(const schemas::Instrument& instrument);
  void apply(const schemas::Quote& quote) { cache_.apply(quote); }
  void apply(const schemas::Book& book) { cache_.apply(book); }
  void apply(const schemas::Ticker& ticker) { cache_.apply(ticker); }
  void apply(const schemas::InstrumentStatus& status);
  // True: somebody follows these trades.
  bool apply(const schemas::Trade& trade);
  void apply(const schemas::TradeGap& gap);

  // Null for what this shard has not seen. By id or symbol ("KRAKEN:BTC-USD").
  const schemas::Instrument* instrument(schemas::InstrumentId id) const {
    return id.value() < instruments_.size() ? instruments_[id.value()] : nullptr;
  }
  const schemas::Instrument* instrument(std::string_view symbol) const;
  // By id, null for those not seen; and how many were.
  const std::vector<const schemas::Instrument*>& instruments() const { return instruments_; }
  std::size_t instrument_count() const { return by_symbol_.size(); }

  const feeds::LastValueCache& cache() const { return cache_; }
  // While it is, no quote and no book of it is shown.
  bool is_recovering(schemas::InstrumentId id) const {
    return id.value() < recovering_.size() && recovering_[id.value()];
  }

  // Trades are kept from the first follower to the last.
  const TradeHistory& follow_trades(schemas::InstrumentId instrument);
  void forget_trades(schemas::InstrumentId instrument);
  const TradeHistory& trades(schemas::InstrumentId followed) const {
    return *histories_[followed.value()];
  }

 private:
  std::vector<const schemas::Instrument*> instruments_;
  absl::flat_hash_map<std::string, const schemas::Instrument*> by_symbol_;
  feeds::LastValueCache cache_;
  std::vector<bool> recovering_;                          // by instrument, as those below
  std::vector<std::unique_ptr<TradeHistory>> histories_;  // null while nobody follows
  std::vector<std::uint64_t> next_trades_;                // sequence expected next
};

}  // namespace tickgate::gateway
