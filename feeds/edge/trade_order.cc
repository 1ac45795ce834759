// SPDX-License-Identifier: Apache-2.0
#include "feeds/edge/trade_order.h"

#include <algorithm>
#include <utility>

namespace tickgate::feeds {

using schemas::InstrumentId;
using schemas::SequenceNumber;
using schemas::Trade;
using schemas::TradeGap;

namespace {

InstrumentId instrument_of(const TradeOrder::Item& item) {
  const auto* const trade = std::get_if<Trade>(&item);
  return trade != nullptr ? trade->header.instrument : std::get<TradeGap>(item).instrument;
}
std::uint64_t first_of(const TradeOrder::Item& item) {
  const auto* const trade = std::get_if<Trade>(&item);
  return (trade != nullptr ? trade->header.sequence : std::get<TradeGap>(item).from).value();
}
std::uint64_t last_of(const TradeOrder::Item& item) {
  const auto* const trade = std::get_if<Trade>(&item);
  return (trade != nullptr ? trade->header.sequence : std::get<TradeGap>(item).to).value();
}

}  // namespace

std::uint64_t& TradeOrder::next(InstrumentId instrument) {
  if (instrument.value() >= next_.size()) next_.resize(instrument.value() + std::size_t{1});
  return next_[instrument.value()];
}

bool TradeOrder::is_duplicate(const Item& item) {
  return last_of(item) < next(instrument_of(item));
}

TradeOrder::Took TradeOrder::take_live(const Item& item) {
  if (is_duplicate(item)) return Took::kDuplicate;
  const auto expected = next(instrument_of(item));
  const bool hole = expected != 0 && first_of(item) > expected;
  if (!filling_ && !hole) {
    pass(item);
    return Took::kPassed;
  }
  keep(item);
  return filling_ ? Took::kWaits : Took::kHole;
}

// What is missing in front of it may wait here: it came live and was not stored.
TradeOrder::Took TradeOrder::take_stored(const Item& item, std::uint64_t fence) {
  stored_fence_ = std::max(stored_fence_, fence);
  if (fence < stored_fence_ || is_duplicate(item)) return Took::kDuplicate;
  const auto instrument = instrument_of(item);
  const auto expected = next(instrument);
  if (expected != 0 && first_of(item) > expected) {
    pass_waiting(instrument, first_of(item));
    if (is_duplicate(item)) return Took::kDuplicate;
    say_missing(instrument, first_of(item));
  }
  pass(item);
  return Took::kPassed;
}

void TradeOrder::begin_filling() {
  filling_ = true;
  stored_fence_ = 0;
}

void TradeOrder::end_filling() {
  filling_ = false;
  while (!waiting_.empty()) pass_waiting(waiting_.begin()->first, UINT64_MAX);
}

// Those whose numbers are below `until`, and what is missing between them.
void TradeOrder::pass_waiting(InstrumentId instrument, std::uint64_t until) {
  const auto found = waiting_.find(instrument);
  if (found == waiting_.end()) return;
  auto items = std::move(found->second);
  waiting_.erase(found);
  waiting_count_ -= items.size();
  for (const Item& item : items) {
    if (is_duplicate(item)) continue;
    if (first_of(item) >= until) {
      keep(item);
      continue;
    }
    say_missing(instrument, first_of(item));
    pass(item);
  }
}

void TradeOrder::say_missing(InstrumentId instrument, std::uint64_t until) {
  auto& expected = next(instrument);
  if (expected == 0 || expected >= until) return;
  const TradeGap gap{instrument, SequenceNumber{expected}, SequenceNumber{until - 1},
                     schemas::GapReason::kFeedGap};
  expected = until;
  out_.gap(gap);
}

void TradeOrder::pass(const Item& item) {
  auto& expected = next(instrument_of(item));
  if (const auto* const trade = std::get_if<Trade>(&item)) {
    expected = last_of(item) + 1;
    return out_.trade(*trade);
  }
  auto gap = std::get<TradeGap>(item);
  gap.from = SequenceNumber{std::max(gap.from.value(), expected)};
  expected = gap.to.value() + 1;
  out_.gap(gap);
}

// Beyond the bound nothing is kept: the stream has it, or it becomes a gap.
void TradeOrder::keep(const Item& item) {
  if (waiting_count_ == kMostWaiting) return;
  ++waiting_count_;
  waiting_[instrument_of(item)].push_back(item);
}

void TradeOrder::forget(InstrumentId instrument) {
  if (instrument.value() < next_.size()) next_[instrument.value()] = 0;
  const auto found = waiting_.find(instrument);
  if (found == waiting_.end()) return;
  waiting_count_ -= found->second.size();
  waiting_.erase(found);
}

void TradeOrder::clear() {
  next_.clear();
  waiting_.clear();
  waiting_count_ = 0;
  filling_ = false;
}

}  // namespace tickgate::feeds
