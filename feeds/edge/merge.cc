// SPDX-License-Identifier: Apache-2.0
#include "feeds/edge/merge.h"

namespace tickgate::feeds {

Merge::Of& Merge::of(schemas::InstrumentId instrument) {
  if (instrument.value() >= values_.size()) values_.resize(instrument.value() + std::size_t{1});
  Of& of = values_[instrument.value()];
  if (of.round != round_) {
    of.round = round_;
    of.heard = 0;
  }
  return of;
}

// A later leader that says the same number says the same value: it has it from the former one.
Merge::Verdict Merge::take(schemas::InstrumentId instrument, std::size_t slot, Number number) {
  Of& all = of(instrument);
  Number& newest = all.newest[slot];
  const auto bit = static_cast<std::uint16_t>(1U << slot);
  const bool there = (all.there & bit) != 0;
  if (there && number.fence < newest.fence) return Verdict::kOld;
  if (there && number.fence == newest.fence && number.sequence < newest.sequence) {
    return Verdict::kOld;
  }
  const bool same = there && number.sequence == newest.sequence;
  newest = number;
  all.there |= bit;
  all.heard |= bit;
  return same ? Verdict::kSame : Verdict::kNew;
}

bool Merge::awaits(schemas::InstrumentId instrument) const {
  if (instrument.value() >= values_.size()) return false;
  const Of& of = values_[instrument.value()];
  const auto heard = of.round == round_ ? of.heard : 0;
  return (of.there & ~heard & kPrices) != 0;
}

void Merge::forget(schemas::InstrumentId instrument, std::size_t slot) {
  if (instrument.value() >= values_.size()) return;
  auto& of = values_[instrument.value()];
  const auto others = static_cast<std::uint16_t>(~(1U << slot));
  of.newest[slot] = {};
  of.there &= others;
  of.heard &= others;
}

void Merge::forget(schemas::InstrumentId instrument) {
  if (instrument.value() < values_.size()) values_[instrument.value()] = {};
}

}  // namespace tickgate::feeds
