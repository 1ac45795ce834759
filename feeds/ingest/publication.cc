// SPDX-License-Identifier: Apache-2.0
#include "feeds/ingest/publication.h"

#include <algorithm>
#include <utility>

namespace tickgate::feeds {

using schemas::Bar;
using schemas::Instrument;
using schemas::InstrumentId;
using schemas::InstrumentStatus;
using schemas::Timestamp;
using schemas::Trade;
using schemas::TradeGap;

Publication::Publication(Settings settings, feeds::Outlet& outlet, IngestCounters& counters,
                         BarDemand* demand)
    : settings_(std::move(settings)),
      outlet_(outlet),
      counters_(counters),
      subjects_(settings_.prefix),
      numbering_(settings_.relays),
      pen_(settings_.pen, settings_.relays),
      wants_(settings_.bars, demand) {}

void Publication::on_instrument(const Instrument& instrument) {
  const auto id = instrument.id;
  if (id.value() >= told_.size()) told_.resize(id.value() + std::size_t{1});
  OfInstrument& one = of(id);
  one.instrument = &instrument;
  one.removed = false;
  one.since = wall_;
  by_symbol_.try_emplace(instrument.symbol, id);
  wants_.on_instrument(id);
  fresh_.mark(id.value() * kKinds + kInstrument);
  const auto stranger = strangers_.find(instrument.symbol);
  if (stranger == strangers_.end()) return;
  numbering_.count_on(id, stranger->second.known.numbers);
  pen_.lead(id, stranger->second.known.last);
}

// What is stored of it stays: whoever reads that it is removed reads on no further.
void Publication::on_removed(const Instrument& instrument, Timestamp now) {
  const auto id = instrument.id;
  if (id.value() >= told_.size()) return;
  OfInstrument& one = of(id);
  one.removed = true;
  one.since = now;
  cache_.forget(id);
  pen_.forget(id);
  wants_.on_removed(id);
  for (auto mark = id.value() * kKinds + kBar; mark < (id.value() + 1) * kKinds; ++mark) {
    bars_.erase(mark);
  }
  strangers_.erase(instrument.symbol);
  fresh_.mark(id.value() * kKinds + kInstrument);
}

void Publication::on_tick(const InstrumentStatus& status) {
  take_state(status, kStatus);
  if (strangers_.empty() || status.header.instrument.value() >= told_.size()) return;
  if (const auto* const known = of(status.header.instrument).instrument) {
    strangers_.erase(known->symbol);
  }
}

void Publication::on_tick(const Trade& trade) {
  pen_.add(trade);
  flush_trades(trade.header.instrument);
}

void Publication::on_trade_gap(const TradeGap& gap) {
  pen_.add(gap, wall_);
  flush_trades(gap.instrument);
}

void Publication::flush_trades(InstrumentId instrument) {
  if (!publishing_) return;
  if (!pen_.flush(instrument, *this)) owing_.mark(instrument.value());
}

// That a bar has closed is said once of each: none is left out while they can be said.
void Publication::on_tick(const Bar& bar) {
  const auto id = bar.header.instrument;
  if (id.value() >= told_.size() || !wants_.wanted(id, bar.interval)) return;
  const auto mark = id.value() * kKinds + kBar + static_cast<std::uint32_t>(bar.interval);
  bars_[mark] = bar;
  if (publishing_) say_bar(of(id), mark);
}

void Publication::on_forgotten(const Forgotten& forgotten) {
  cache_.forget(forgotten.instrument, forgotten.channel);
}

void Publication::on_epoch(const Epoch& epoch) {
  if (!settings_.relays) return;
  if (!heard_.empty()) forget_all();
  heard_ = epoch.name.view();
  if (!waiting_.has_value() || waiting_->stamp.epoch != heard_) return;
  const auto order = *std::exchange(waiting_, std::nullopt);
  lead(order.stamp, order.numbers, round_at_);
}

void Publication::forget_all() {
  publishing_ = leading_ = false;
  for (const OfInstrument& one : told_) {
    if (one.instrument == nullptr) continue;
    wants_.on_removed(one.instrument->id);
    pen_.forget(one.instrument->id);
  }
  pen_.resign();
  pen_.forget_numbers();
  cache_ = LastValueCache();
  bars_.clear();
  told_.clear();
  by_symbol_.clear();
  fresh_.clear();
  again_.clear();
  owing_.clear();
  strangers_.clear();
}

void Publication::lead(const Stamp& stamp, const ClusterNumbers& numbers, Moment now) {
  if (settings_.relays && stamp.epoch != heard_) {
    waiting_ = Order{stamp, numbers};
    return;
  }
  if (stamp.epoch != stamp_.epoch) {
    numbering_.forget_all();
    pen_.forget_numbers();
  }
  stamp_ = stamp;
  text_.set(stamp_);
  leading_ = true;
  pen_.begin_to_lead();
  strangers_.clear();
  strangers_since_ = round_at_ = now;
  strangers_looked_ = {};
  count_on(numbers, true);
  counters_.takeovers.add();
  owe_all();
}

void Publication::resume(const ClusterNumbers& numbers) {
  if (!leading_) return;
  count_on(numbers, false);
  owe_all();
}

void Publication::count_on(const ClusterNumbers& numbers, bool leads_anew) {
  const bool ours = numbers.epoch == stamp_.epoch;
  const auto last_of = [&](InstrumentId id) -> LastTrade {
    if (!ours || id.value() >= told_.size() || of(id).instrument == nullptr) return {};
    const auto found = numbers.symbols.find(of(id).instrument->symbol);
    return found == numbers.symbols.end() ? LastTrade{} : found->second.last;
  };
  const auto most = std::max(pen_.instruments(), static_cast<std::uint32_t>(told_.size()));
  for (std::uint32_t i = 0; i < most; ++i) {
    const InstrumentId id(i);
    leads_anew ? pen_.lead(id, last_of(id)) : pen_.lead_on(id, last_of(id));
  }
  for (const auto& [symbol, known] : numbers.symbols) {
    auto one = known;
    if (!ours) one.numbers = {}, one.last = {};
    const auto found = by_symbol_.find(symbol);
    const bool here = found != by_symbol_.end();
    if (here) numbering_.count_on(found->second, one.numbers);
    const bool said =
        here && (of(found->second).removed || cache_.status(found->second) != nullptr);
    if (leads_anew && !said) strangers_[symbol].known = one;
  }
}

void Publication::owe_all() {
  publishing_ = true;
  again_.clear();
  fresh_.clear();
  for (std::uint32_t i = 0; i < told_.size(); ++i) {
    if (told_[i].instrument == nullptr) continue;
    for (std::uint32_t kind = 0; kind < kKinds; ++kind) again_.mark(i * kKinds + kind);
    owing_.mark(i);
  }
  for (auto& [symbol, stranger] : strangers_) stranger.down = false;
  strangers_wait_ = !strangers_.empty();
}

void Publication::resign() {
  waiting_.reset();
  publishing_ = leading_ = false;
  pen_.resign();
  strangers_.clear();
  again_.clear();
}

void Publication::seen(const StoredWord& word) {
  if (word.fence < stamp_.fence || (leading_ && word.fence == stamp_.fence)) return;
  if (!leading_ && word.fence == stamp_.fence && word.epoch != stamp_.epoch) return;
  if (!leading_ && word.fence > stamp_.fence) {
    if (word.epoch != stamp_.epoch) {
      numbering_.forget_all();
      pen_.forget_numbers();
    }
    stamp_ = {word.epoch, word.fence};
  }
  const auto found = by_symbol_.find(word.symbol);
  if (found == by_symbol_.end()) return;
  if (word.kind == StoredWord::Kind::kTrade) pen_.seen(found->second, {word.number, word.trade});
  if (word.kind == StoredWord::Kind::kGap) pen_.seen(found->second, {word.number, std::nullopt});
}

void Publication::want_bars(const WantedBars& wanted, Moment now) {
  for (const auto& [symbol, interval] : wanted.series) {
    const auto* const instrument = served(symbol);
    if (instrument != nullptr) wants_.want(instrument->id, interval, now);
  }
}

const Instrument* Publication::served(std::string_view symbol) const {
  const auto found = by_symbol_.find(symbol);
  return found == by_symbol_.end() ? nullptr : served(found->second);
}

const Instrument* Publication::served(InstrumentId instrument) const {
  if (instrument.value() >= told_.size()) return nullptr;
  const OfInstrument& one = told_[instrument.value()];
  return one.removed ? nullptr : one.instrument;
}

}  // namespace tickgate::feeds
