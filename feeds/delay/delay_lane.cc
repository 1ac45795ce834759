// SPDX-License-Identifier: Apache-2.0
#include "feeds/delay/delay_lane.h"

#include <fmt/format.h>

#include <utility>

namespace tickgate::feeds {

using schemas::Instrument;
using schemas::InstrumentStatus;
using schemas::SequenceNumber;
using schemas::Timestamp;

DelayLane::DelayLane(const std::vector<ShardLink>& shards, std::uint32_t delay_s)
    : fan_(shards), delay_s_(delay_s) {
  fan_.attach(cache_);
}

DelayLane::Told& DelayLane::told(schemas::InstrumentId instrument) {
  if (instrument.value() >= told_.size()) told_.resize(instrument.value() + std::size_t{1});
  return told_[instrument.value()];
}

void DelayLane::foretell(const Instrument& instrument, Timestamp now) {
  Told& of = told(instrument.id);
  ++of.ahead;
  of.since = now;
  if (!of.known) announce(instrument, of);
}

void DelayLane::announce(const Instrument& instrument, Told& of) {
  of.known = true;
  fan_.on_instrument(instrument);
  InstrumentStatus status;
  ++of.own;
  status.header.instrument = instrument.id;
  status.header.channel = schemas::Channel::kStatus;
  status.header.sequence = SequenceNumber{++of.sequence};
  status.header.receive_time = status.since = status.quote_since = of.since;
  status.state = status.quote_state = schemas::State::kDown;
  const auto begins = (of.since.value() / 1'000'000 + delay_s_) % 86'400;
  const auto reason = fmt::format("delayed by {} s: begins at {:02}:{:02}:{:02} UTC", delay_s_,
                                  begins / 3'600, begins / 60 % 60, begins % 60);
  status.reason = std::string_view(reason);
  status.quote_reason = std::string_view(reason);
  pass(status);
}

void DelayLane::on_instrument(const Instrument& instrument) {
  Told& of = told(instrument.id);
  if (of.ahead > 0) --of.ahead;
  if (std::exchange(of.known, true)) return;
  fan_.on_instrument(instrument);
}

// Announced again before this came, it is as it was before its stream began.
void DelayLane::on_removed(const Instrument& instrument, Timestamp now) {
  Told& of = told(instrument.id);
  cache_.forget(instrument.id);
  fan_.on_removed(instrument, now);
  of.known = false;
  ++of.sequence;  // the shards say with it that the instrument is closed
  if (of.ahead > 0) announce(instrument, of);
}

void DelayLane::on_forgotten(const Forgotten& forgotten) {
  cache_.forget(forgotten.instrument, forgotten.channel);
  fan_.on_forgotten(forgotten);
}

void DelayLane::foretell(const Epoch& epoch) {
  if (epoch_.name.view().empty()) on_epoch(epoch);
}

// What the shards know of the one before they forget.
void DelayLane::on_epoch(const Epoch& epoch) {
  if (epoch.name.view() == epoch_.name.view()) return;
  if (!epoch_.name.view().empty()) {
    cache_ = {};
    told_.clear();
  }
  epoch_ = epoch;
  fan_.on_epoch(epoch);
}

void DelayLane::on_tick(const InstrumentStatus& status) {
  Told& of = told(status.header.instrument);
  auto later = status;
  of.sequence = status.header.sequence.value() + of.own;
  later.header.sequence = SequenceNumber{of.sequence};
  pass(later);
}

void DelayLane::stand_still(Beat::Moment now) {
  if (!std::exchange(still_, true)) still_since_ = now;
  moving_ = false;
}

// A pause that was short here too is seen as one: the beat is held back as long as makes it one.
void DelayLane::flush(Beat::Moment now) {
  fan_.flush();
  if (still_ && moving_ && now - still_since_ > Beat::kLimit + Beat::kEach)
    still_ = moving_ = false;
  if (still_ || now - struck_ < Beat::kEach) return;
  struck_ = now;
  beat_.strike(now);
}

}  // namespace tickgate::feeds
