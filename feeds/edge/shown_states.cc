// SPDX-License-Identifier: Apache-2.0
#include "feeds/edge/shown_states.h"

#include <algorithm>

#include "schemas/badness.h"
#include "schemas/check.h"

namespace tickgate::feeds {

using schemas::InstrumentStatus;

namespace {

bool same(const InstrumentStatus& a, const InstrumentStatus& b) {
  return a.state == b.state && a.quote_state == b.quote_state && a.since == b.since &&
         a.quote_since == b.quote_since && a.reason.view() == b.reason.view() &&
         a.quote_reason.view() == b.quote_reason.view() && a.note.view() == b.note.view();
}

bool is_worse(const EdgeWord& word, schemas::State than) {
  return schemas::badness(word.state) > schemas::badness(than);
}

}  // namespace

ShownStates::Of& ShownStates::of(schemas::InstrumentId instrument) {
  if (instrument.value() >= states_.size()) states_.resize(instrument.value() + std::size_t{1});
  return states_[instrument.value()];
}

InstrumentStatus ShownStates::appear(schemas::InstrumentId instrument, schemas::Timestamp now) {
  Of& all = of(instrument);
  all.known = true;
  all.said = {};
  all.said.header.instrument = instrument;
  all.said.header.channel = schemas::Channel::kStatus;
  all.said.header.receive_time = all.said.since = all.said.quote_since = now;
  all.said.reason = std::string_view("the ingest has said nothing of it yet");
  all.said.quote_reason = all.said.reason.view();
  all.shown = all.said;
  all.shown.header.sequence = schemas::SequenceNumber{++all.last};
  return all.shown;
}

void ShownStates::remove(schemas::InstrumentId instrument) {
  Of& all = of(instrument);
  all.known = false;
  ++all.last;
}

std::optional<InstrumentStatus> ShownStates::say(const InstrumentStatus& said,
                                                 const EdgeWord& word) {
  Of& all = of(said.header.instrument);
  TICKGATE_CHECK(all.known);
  all.said = said;
  return show(all, word);
}

std::optional<InstrumentStatus> ShownStates::say(schemas::InstrumentId instrument,
                                                 const EdgeWord& word) {
  Of& all = of(instrument);
  TICKGATE_CHECK(all.known);
  return show(all, word);
}

std::optional<InstrumentStatus> ShownStates::show(Of& all, const EdgeWord& word) {
  auto status = all.said;
  if (is_worse(word, status.state)) {
    status.state = word.state;
    status.since = word.since;
    status.reason = word.reason;
  }
  if (is_worse(word, status.quote_state)) {
    status.quote_state = word.state;
    status.quote_since = word.since;
    status.quote_reason = word.reason;
  }
  if (same(status, all.shown)) return std::nullopt;
  all.last = std::max(all.said.header.sequence.value(), all.last + 1);
  status.header.sequence = schemas::SequenceNumber{all.last};
  all.shown = status;
  return status;
}

}  // namespace tickgate::feeds
