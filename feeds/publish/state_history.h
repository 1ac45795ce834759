// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/tick.h"

namespace tickgate::feeds {

// One change of what clients were told of an instrument.
struct StateChange {
  schemas::Timestamp at;
  schemas::State state{};  // of quote and book together
  schemas::State quote_state{};
  std::string_view reason, quote_reason;
};

// The last changes of each instrument's state, for whoever asks why it is as it is. A change of the
// note alone is none. At most 20 of 32 bytes an instrument, in room that grows with them; each text
// is there once, for as long as a change has it. One thread.
class StateHistory {
 public:
  static constexpr std::size_t kMost = 20;

  void note(const schemas::InstrumentStatus& status, schemas::Timestamp at);
  void forget(schemas::InstrumentId instrument);
  // The newest first. Views are valid until the next note().
  std::vector<StateChange> of(schemas::InstrumentId instrument) const;
  // What of it is on the heap, about.
  std::size_t texts() const { return texts_.size(); }

 private:
  using Texts = std::map<std::string, std::uint32_t, std::less<>>;  // with how many have it
  struct Item {
    schemas::Timestamp at;
    Texts::iterator reason, quote_reason;
    schemas::State state{}, quote_state{};
  };

  Texts::iterator keep(std::string_view text);
  void drop(Texts::iterator text) {
    if (--text->second == 0) texts_.erase(text);
  }

  Texts texts_;
  std::vector<std::vector<Item>> items_;  // by instrument, the oldest first
};

}  // namespace tickgate::feeds
