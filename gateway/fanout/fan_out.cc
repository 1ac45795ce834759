// SPDX-License-Identifier: Apache-2.0
#include "gateway/fanout/fan_out.h"

#include "schemas/check.h"

namespace tickgate::gateway {

void FanOut::end_epoch(schemas::Timestamp now, Monotonic moment) {
  constexpr std::string_view kReason = "the prices begin anew: connect again";
  for (const auto* const instrument : market_.instruments()) {
    if (instrument == nullptr) continue;
    const auto* const last = market_.cache().status(instrument->id);
    if (last == nullptr) continue;
    auto status = *last;
    status.header.sequence = schemas::SequenceNumber{last->header.sequence.value() + 1};
    status.header.receive_time = status.since = status.quote_since = now;
    status.state = status.quote_state = schemas::State::kDown;
    status.reason = kReason;
    status.quote_reason = kReason;
    status.note = std::string_view();
    market_.say(status);
    note_status(instrument->id);
  }
  marker_.mark_changed(moment);
}

void FanOut::begin_epoch(std::string_view epoch) {
  for (const auto count : marker_.subscriptions().counts()) TICKGATE_CHECK(count == 0);
  for (const auto* const instrument : market_.instruments()) {
    if (instrument == nullptr) continue;
    bars_.forget(instrument->id);
    writer_.forget(instrument->id);
  }
  market_.restart();
  requests_.set_epoch(epoch);
}

}  // namespace tickgate::gateway
