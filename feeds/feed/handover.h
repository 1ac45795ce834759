// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>

#include "feeds/feed/standby.h"
#include "feeds/publish/publisher.h"

namespace tickgate::feeds {

// Where one connection's trades and prices end and its successor's begin. Both carry the same
// instruments for a while, each with a delay of its own. Looks at the ticks of whichever speaks to
// clients: the predecessor's trades are remembered, by their ids; of the successor's, what was
// published already is dropped, and what the venue dates before what was published. One thread.
class Handover {
 public:
  // Where the successor's trades are to be continued from.
  struct Seam {
    std::size_t first = 0;   // of those held
    std::uint64_t lost = 0;  // just before it
    bool proven = true;      // that nothing else was lost
  };

  explicit Handover(const Publisher& publisher) : published_(publisher) {}

  // The successor speaks from now on.
  void take_over() { taken_over_ = true; }

  // Whether the tick may be published. `came_before`: what was published came to us later.
  bool admit(const schemas::Trade& trade);
  bool admit(const schemas::Quote& quote, bool came_before = false) const;
  bool admit(const schemas::Book& book, bool came_before = false) const;
  bool admit(const schemas::Ticker& ticker, bool came_before = false) const;

  // `exact`: the successor's adapter counts what is lost from the predecessor's last trade on.
  Seam seam(schemas::InstrumentId id, const HeldTrades& held, bool exact) const;

 private:
  bool was_published(const schemas::Trade& trade) const;

  const Publisher& published_;
  bool taken_over_ = false;
  std::map<std::uint32_t, HeldTrades> before_;  // of the predecessor, since there are two
};

}  // namespace tickgate::feeds
