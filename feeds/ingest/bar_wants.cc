// SPDX-License-Identifier: Apache-2.0
#include "feeds/ingest/bar_wants.h"

#include <algorithm>
#include <utility>

namespace tickgate::feeds {

using schemas::InstrumentId;
using schemas::Interval;

BarWants::BarWants(std::vector<Interval> always, BarDemand* demand)
    : always_(std::move(always)), demand_(demand) {}

BarWants::~BarWants() {
  for (std::uint32_t i = 0; i < served_.size(); ++i) on_removed(InstrumentId{i});
}

bool BarWants::always(Interval interval) const {
  return std::find(always_.begin(), always_.end(), interval) != always_.end();
}

void BarWants::raise(InstrumentId instrument, Interval interval) {
  if (demand_ != nullptr) demand_->raise(instrument, interval);
}
void BarWants::lower(InstrumentId instrument, Interval interval) {
  if (demand_ != nullptr) demand_->lower(instrument, interval);
}

void BarWants::on_instrument(InstrumentId instrument) {
  if (instrument.value() >= served_.size()) served_.resize(instrument.value() + std::size_t{1});
  if (served_[instrument.value()]) return;
  served_[instrument.value()] = true;
  for (const Interval interval : always_) raise(instrument, interval);
}

void BarWants::on_removed(InstrumentId instrument) {
  if (instrument.value() >= served_.size() || !served_[instrument.value()]) return;
  served_[instrument.value()] = false;
  for (const Interval interval : always_) lower(instrument, interval);
  absl::erase_if(until_, [&](const auto& one) {
    if (one.first.instrument != instrument) return false;
    lower(instrument, one.first.interval);
    return true;
  });
}

void BarWants::want(InstrumentId instrument, Interval interval, Moment now) {
  if (instrument.value() >= served_.size() || !served_[instrument.value()]) return;
  if (always(interval)) return;
  const auto [found, added] = until_.try_emplace(Series{instrument, interval}, now + kHolds);
  if (added) raise(instrument, interval);
  found->second = now + kHolds;
}

void BarWants::expire(Moment now) {
  absl::erase_if(until_, [&](const auto& one) {
    if (one.second > now) return false;
    lower(one.first.instrument, one.first.interval);
    return true;
  });
}

bool BarWants::wanted(InstrumentId instrument, Interval interval) const {
  if (instrument.value() >= served_.size() || !served_[instrument.value()]) return false;
  return always(interval) || until_.contains(Series{instrument, interval});
}

}  // namespace tickgate::feeds
