// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/tick.h"

namespace tickgate::gateway {

// The newest text of each state tick, encoded at most once however many clients want it. One
// shard's. Views are valid until the same tick's next text is asked for.
class FrameCache {
 public:
  std::string_view text(const schemas::Quote& quote, std::string_view symbol);
  std::string_view text(const schemas::Ticker& ticker, std::string_view symbol);
  std::string_view text(const schemas::InstrumentStatus& status, std::string_view symbol);
  // Of the best `depth` levels, 1..25: each depth asked for has a text of its own.
  std::string_view text(const schemas::Book& book, std::string_view symbol, std::uint8_t depth);

 private:
  struct Entry {
    schemas::SequenceNumber sequence;  // 0: nothing yet; the ticks' own begin at 1
    std::string text;
  };
  using Depths = std::array<Entry, schemas::Book::kMaxDepth>;

  template <typename Tick>
  std::string_view state_text(std::vector<Entry>& entries, const Tick& tick,
                              std::string_view symbol);

  std::vector<Entry> quotes_, tickers_, statuses_;  // by instrument
  std::vector<std::unique_ptr<Depths>> books_;
};

}  // namespace tickgate::gateway
