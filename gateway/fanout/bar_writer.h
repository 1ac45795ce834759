// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "gateway/fanout/fan_out_limits.h"
#include "gateway/fanout/held_bars.h"
#include "gateway/fanout/outbox.h"
#include "gateway/fanout/subscriber.h"

namespace tickgate::gateway {

// What a subscription of bars is owed, as part of a frame: first its history, once its series is
// loaded, then the changes of closed bars, each, and the newest of the open one. A slot holds how
// far its client was sent; whoever fell behind what is held is sent rows again. Its shard's thread
// only.
class BarWriter {
 public:
  // Both outlive this.
  BarWriter(HeldBars& bars, FanOutCounters& counters, const VenueIndex& venues)
      : bars_(bars), counters_(counters), venues_(venues) {}

  // Appends to the array that begins at `start`, up to `limit` bytes of it; `more` as a member of
  // each object.
  Outbox::Outcome append(Subscriber& subscriber, Slot& slot, std::string& out, std::size_t start,
                         std::size_t limit, std::string_view more);
  // Has the next series loaded for whoever has a place free. Before a frame.
  void ask_next(Subscriber& subscriber);

 private:
  struct Place {  // in a frame
    std::string& out;
    std::size_t start;
    std::size_t limit;
    std::string_view more;

    // One byte is for the bracket.
    std::size_t room() const {
      const auto used = out.size() - start + 2;
      return used < limit ? limit - used : 0;
    }
  };

  Outbox::Outcome append_history(Subscriber& subscriber, Slot& slot, BarSeries& series,
                                 const Place& place);
  Outbox::Outcome append_rows(Subscriber& subscriber, Slot& slot, BarSeries& series,
                              const Place& place);
  Outbox::Outcome append_live(Subscriber& subscriber, Slot& slot, BarSeries& series,
                              const Place& place);
  void append_first(Subscriber& subscriber, Slot& slot, BarSeries& series, const Place& place);
  void wait_for(Subscriber& subscriber, Slot& slot);
  static void end_history(Subscriber& subscriber, Slot& slot);
  void note_sent(Subscriber& subscriber, const Slot& slot, std::uint64_t objects);

  HeldBars& bars_;
  FanOutCounters& counters_;
  const VenueIndex& venues_;
};

}  // namespace tickgate::gateway
