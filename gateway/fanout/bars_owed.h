// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "gateway/fanout/bar_series.h"
#include "gateway/fanout/outbox.h"

namespace tickgate::gateway {

// What a client's histories of bars take while some are owed: which one is half sent, and which
// wait for their turn to be loaded. So whoever asks for 5,000 at once has kWindow of them loaded
// for it at a time, and no more are held for it than it reads.
struct BarsOwed {
  static constexpr std::uint32_t kWindow = 32;

  bool is_half = false;
  SlotIndex half;
  BarCursor cursor;                // of the half
  std::uint32_t asked = 0;         // slots whose series is being loaded, or is loaded and not sent
  std::vector<SlotIndex> waiting;  // for a place among these; some may be gone
  std::size_t next = 0;            // of them

  void forget_half(SlotIndex slot) { is_half = is_half && half != slot; }
  // The slot is gone.
  void leave(SlotIndex slot, bool was_asked) {
    forget_half(slot);
    if (was_asked) --asked;
  }
  bool nothing() const { return !is_half && asked == 0 && next == waiting.size(); }
};

}  // namespace tickgate::gateway
