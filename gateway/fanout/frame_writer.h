// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/fanout/bar_writer.h"
#include "gateway/fanout/fan_out_limits.h"
#include "gateway/fanout/frame_cache.h"
#include "gateway/fanout/market.h"
#include "gateway/fanout/monotonic.h"
#include "gateway/fanout/object_text.h"
#include "gateway/fanout/outbox.h"
#include "gateway/fanout/subscriber.h"

namespace tickgate::gateway {

// From what a client is owed to the text of a frame, the values being the market's newest. Its
// shard's thread only.
class FrameWriter {
 public:
  // All outlive this.
  FrameWriter(const Market& market, HeldBars& bars, FanOutCounters& counters,
              std::size_t frame_bytes)
      : market_(market),
        bars_(bars, counters, market.venues()),
        counters_(counters),
        frame_bytes_(frame_bytes),
        texts_(live_name(market.delay_s())),
        mark_(delay_member(market.delay_s())) {}

  void set_frame_bytes(std::size_t most) { frame_bytes_ = most; }

  // A newer value has come.
  void outdate(schemas::Channel channel, schemas::InstrumentId instrument) {
    texts_.outdate(channel, instrument);
  }
  // It is served no more.
  void forget(schemas::InstrumentId instrument) { texts_.forget(instrument); }
  // Its newest value is not known any more.
  void forget(schemas::Channel channel, schemas::InstrumentId instrument) {
    texts_.forget(channel, instrument);
  }
  // Appends to `out` one JSON array: replies, then what is owed and due. False: nothing was. `sent`
  // is our wall clock, for who wants stamps.
  bool compose(Subscriber& subscriber, Monotonic now, std::string& out, schemas::Timestamp sent);

 private:
  bool append_status(Subscriber& subscriber, Slot& slot, std::string& out, std::size_t start);
  bool append_state(const Outbox& outbox, const Slot& slot, std::string& out, std::size_t start);
  const EncodedValue& status_text(const Outbox& outbox, const Slot& slot,
                                  const schemas::InstrumentStatus& status);
  bool withheld(const Outbox& outbox, const Slot& slot) const;
  Outbox::Outcome append_value(Subscriber& subscriber, Slot& slot, std::string& out,
                               std::size_t start);
  std::string_view stamp_for(const Slot& slot) const {
    return Outbox::is_stamped(slot) ? std::string_view(stamp_) : std::string_view(mark_);
  }
  Outbox::Outcome append_trades(Slot& slot, std::string& out, std::size_t start);
  // So many objects of the slot's instrument stand in the frame.
  void note_sent(const Slot& slot, schemas::Channel channel, std::uint64_t objects) {
    counters_.sent[static_cast<std::size_t>(channel)].add(objects);
    objects_ += objects;
    if (usage_ == nullptr) return;
    usage_->updates[market_.venues().of(slot.instrument)] += static_cast<std::uint32_t>(objects);
  }
  // The slot's newest value, encoded if it was not yet; null: there is none.
  const EncodedValue* encode(const Slot& slot);
  const schemas::Instrument& instrument_of(const Slot& slot) const {
    return *market_.instruments()[slot.instrument.value()];
  }
  std::string_view symbol_of(const Slot& slot) const { return instrument_of(slot).symbol; }

  const Market& market_;
  BarWriter bars_;
  FanOutCounters& counters_;
  std::size_t frame_bytes_;
  FrameCache texts_;
  // Which composition last wrote this instrument's status: two slots of a client need it once.
  std::vector<std::uint64_t> status_written_;
  std::uint64_t composition_ = 0;
  std::uint64_t objects_ = 0;     // of this composition, but replies
  UsageCounts* usage_ = nullptr;  // of this composition's client
  const std::string mark_;        // in each object, as a member: that it is delayed; or nothing
  std::string stamp_;             // the same and when this was composed, if anybody wants that
};

}  // namespace tickgate::gateway
