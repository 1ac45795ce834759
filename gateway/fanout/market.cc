// SPDX-License-Identifier: Apache-2.0
#include "gateway/fanout/market.h"

#include "gateway/fanout/by_instrument.h"

namespace tickgate::gateway {

using schemas::Instrument;
using schemas::SequenceNumber;

bool Market::add(const Instrument& instrument, std::size_t source) {
  auto& known = grown(instruments_, instrument.id);
  if (known != nullptr) return false;
  known = &instrument;
  ++appeared_;
  still_.belongs(instrument.id, source);
  by_symbol_.emplace(instrument.symbol, &instrument);
  in_order_.insert(&instrument);
  near_symbols_.add(instrument);
  venues_.add(instrument);
  return true;
}

// Its feed has left out a status's number for this one.
bool Market::remove(const Instrument& instrument, schemas::Timestamp now) {
  const auto id = instrument.id;
  if (this->instrument(id) == nullptr) return false;
  if (const auto* const last = cache_.status(id)) {
    auto status = *last;
    status.header.sequence = SequenceNumber{last->header.sequence.value() + 1};
    status.header.receive_time = status.since = status.quote_since = now;
    status.state = status.quote_state = schemas::State::kClosed;
    status.reason = std::string_view("not served any more");
    status.quote_reason = status.reason.view();
    status.note = std::string_view();
    closed_[id] = status;
  } else {
    closed_.erase(id);
  }
  instruments_[id.value()] = nullptr;
  by_symbol_.erase(instrument.symbol);
  in_order_.erase(&instrument);
  near_symbols_.remove(instrument);
  cache_.forget(id);
  still_.forget(id);
  grown(book_recovering_, id) = grown(quote_recovering_, id) = false;
  trades_.forget(id);
  return true;
}

void Market::restart() {
  const auto all = instruments_;
  for (const auto* const instrument : all) {
    if (instrument != nullptr) remove(*instrument, {});
  }
  closed_.clear();
  trades_.restart();
}

void Market::apply(const schemas::InstrumentStatus& status) { show(still_.shown(status)); }

void Market::show(const schemas::InstrumentStatus& status) {
  const auto id = status.header.instrument;
  grown(book_recovering_, id) = status.state == schemas::State::kRecovering;
  grown(quote_recovering_, id) = status.quote_state == schemas::State::kRecovering;
  cache_.apply(status);
}

bool Market::apply(const schemas::Trade& trade) {
  cache_.apply(trade);
  return trades_.add(trade);
}

const Instrument* Market::instrument(std::string_view symbol) const {
  const auto it = by_symbol_.find(std::string(symbol));
  return it == by_symbol_.end() ? nullptr : it->second;
}

}  // namespace tickgate::gateway
