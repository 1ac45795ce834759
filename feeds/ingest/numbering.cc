// SPDX-License-Identifier: Apache-2.0
#include "feeds/ingest/numbering.h"

#include <algorithm>

namespace tickgate::feeds {

using schemas::Channel;
using schemas::InstrumentId;
using schemas::Interval;
using schemas::SequenceNumber;

void Numbering::Counter::settle(std::uint64_t newest) {
  if (above == 0) return;
  shift = newest > above ? 0 : above + 1 - newest;
  above = 0;
}

std::uint64_t Numbering::Counter::next(std::uint64_t number) {
  // A feed that counts anew, as it should not: what was told stays behind us all the same.
  if (number < own && above == 0) above = own + shift;
  settle(number);
  own = number;
  return number + shift;
}

void Numbering::Counter::raise(std::uint64_t known) {
  if (known > std::max(own + shift, above)) above = known + kMargin;
}

Numbering::OfInstrument& Numbering::of(InstrumentId instrument) {
  if (instrument.value() >= counters_.size()) counters_.resize(instrument.value() + std::size_t{1});
  auto& counters = counters_[instrument.value()];
  if (counters == nullptr) counters = std::make_unique<OfInstrument>();
  return *counters;
}

void Numbering::count_on(InstrumentId instrument, const SequenceMemory::Numbers& known) {
  if (passes_) return;
  OfInstrument& counters = of(instrument);
  for (std::size_t i = 0; i < schemas::kChannelCount; ++i) {
    counters.channels[i].raise(known.ticks[i]);
  }
  for (std::size_t i = 0; i < schemas::kIntervalCount; ++i) {
    counters.bars[i].raise(known.bars[i].sequence);
    counters.bars[schemas::kIntervalCount + i].raise(known.bars[i].ordinal);
  }
}

SequenceNumber Numbering::state(InstrumentId instrument, Channel channel, SequenceNumber own) {
  if (passes_) return own;
  return SequenceNumber{channel_of(instrument, channel).next(own.value())};
}

Numbering::OfBar Numbering::bar(InstrumentId instrument, Interval interval, SequenceNumber own,
                                std::uint64_t ordinal) {
  if (passes_) return {own, ordinal};
  return {SequenceNumber{bar_of(instrument, interval).next(own.value())},
          ordinal_of(instrument, interval).next(ordinal)};
}

std::uint64_t Numbering::shift(InstrumentId instrument, Channel channel, SequenceNumber newest) {
  if (passes_) return 0;
  Counter& counter = channel_of(instrument, channel);
  counter.settle(newest.value());
  return counter.shift;
}

Numbering::OfBar Numbering::bar_shift(InstrumentId instrument, Interval interval,
                                      SequenceNumber newest, std::uint64_t ordinal) {
  if (passes_) return {SequenceNumber{}, 0};
  Counter& numbers = bar_of(instrument, interval);
  Counter& ordinals = ordinal_of(instrument, interval);
  numbers.settle(newest.value());
  ordinals.settle(ordinal);
  return {SequenceNumber{numbers.shift}, ordinals.shift};
}

}  // namespace tickgate::feeds
