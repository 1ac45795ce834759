// SPDX-License-Identifier: Apache-2.0
#include "gateway/fanout/market.h"

#include <algorithm>

#include "gateway/fanout/by_instrument.h"

namespace tickgate::gateway {

using schemas::Instrument;
using schemas::InstrumentId;
using schemas::SequenceNumber;

bool Market::add(const Instrument& instrument, std::size_t source) {
  auto& known = grown(instruments_, instrument.id);
  if (known != nullptr) return false;
  known = &instrument;
  still_.belongs(instrument.id, source);
  by_symbol_.emplace(instrument.symbol, &instrument);
  in_order_.insert(&instrument);
  near_symbols_.add(instrument);
  return true;
}

void Market::apply(const schemas::InstrumentStatus& status) { show(still_.shown(status)); }

void Market::show(const schemas::InstrumentStatus& status) {
  const auto id = status.header.instrument;
  grown(book_recovering_, id) = status.state == schemas::State::kRecovering;
  grown(quote_recovering_, id) = status.quote_state == schemas::State::kRecovering;
  cache_.apply(status);
}

bool Market::apply(const schemas::Trade& trade) {
  const auto id = trade.header.instrument;
  cache_.apply(trade);
  grown(next_trades_, id) = trade.header.sequence.value() + 1;
  auto& history = grown(histories_, id);
  if (history == nullptr) return false;
  history->add(trade, instruments_[id.value()]->symbol);
  return true;
}

void Market::apply(const schemas::TradeGap& gap) {
  grown(next_trades_, gap.instrument) = gap.to.value() + 1;
  auto& history = grown(histories_, gap.instrument);
  if (history != nullptr) history->add_gap(gap);
}

const Instrument* Market::instrument(std::string_view symbol) const {
  const auto it = by_symbol_.find(std::string(symbol));
  return it == by_symbol_.end() ? nullptr : it->second;
}

const TradeHistory& Market::follow_trades(InstrumentId instrument) {
  auto& history = grown(histories_, instrument);
  if (history == nullptr) {
    const auto next = std::max<std::uint64_t>(1, grown(next_trades_, instrument));
    history = std::make_unique<TradeHistory>(SequenceNumber{next});
  }
  return *history;
}

void Market::forget_trades(InstrumentId instrument) {
  if (instrument.value() < histories_.size()) histories_[instrument.value()].reset();
}

}  // namespace tickgate::gateway
