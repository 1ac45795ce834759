// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "schemas/tick.h"

namespace tickgate::feeds {

// What an edge itself has to say of an instrument; live: nothing.
struct EdgeWord {
  schemas::State state = schemas::State::kLive;
  std::string_view reason{};
  schemas::Timestamp since{};  // our wall clock
};

// Of each instrument what the ingest said last, and what is shown in its place: of the ingest's
// word and the edge's the worse one, of quote and book apart. Statuses that the edge adds are
// counted on from the ingest's own numbers, so that a client's never go back. Pure, one thread's.
class ShownStates {
 public:
  // It appears; nothing was said of it. What is to be shown until then.
  schemas::InstrumentStatus appear(schemas::InstrumentId instrument, schemas::Timestamp now);
  // One number is left out: with it shards say that it is closed.
  void remove(schemas::InstrumentId instrument);

  // What the ingest says: nullopt where it changes nothing of what is shown.
  std::optional<schemas::InstrumentStatus> say(const schemas::InstrumentStatus& said,
                                               const EdgeWord& word);
  // What the edge says from now on, of one that appeared.
  std::optional<schemas::InstrumentStatus> say(schemas::InstrumentId instrument,
                                               const EdgeWord& word);

  // Of one epoch: another one begins anew. Numbers go on, though, for the shards have no other.
  bool knows(schemas::InstrumentId instrument) const {
    return instrument.value() < states_.size() && states_[instrument.value()].known;
  }

 private:
  struct Of {
    schemas::InstrumentStatus said, shown;
    std::uint64_t last = 0;  // the number of what was shown last
    bool known = false;
  };

  Of& of(schemas::InstrumentId instrument);
  static std::optional<schemas::InstrumentStatus> show(Of& of, const EdgeWord& word);

  std::vector<Of> states_;  // by instrument
};

}  // namespace tickgate::feeds
