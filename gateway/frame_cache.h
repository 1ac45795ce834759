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
  // A newer value has come: text() is to be called before fresh() gives one again.
  void outdate(schemas::Channel channel, schemas::InstrumentId instrument);
  // The text of the newest quote, ticker or status; empty while nobody has asked for it yet. Spares
  // the caller the value: this is the path of every update to every client.
  std::string_view fresh(schemas::Channel channel, schemas::InstrumentId instrument) const {
    const auto& entries = states_[static_cast<std::size_t>(channel)];
    const auto index = instrument.value();
    if (index >= entries.size() || !entries[index].fresh) return {};
    return entries[index].text;
  }

  std::string_view text(const schemas::Quote& quote, std::string_view symbol);
  std::string_view text(const schemas::Ticker& ticker, std::string_view symbol);
  std::string_view text(const schemas::InstrumentStatus& status, std::string_view symbol);
  // Of the best `depth` levels, 1..25: each depth asked for has a text of its own.
  std::string_view text(const schemas::Book& book, std::string_view symbol, std::uint8_t depth);

 private:
  struct State {
    std::string text;
    bool fresh = false;
  };
  struct BookText {
    schemas::SequenceNumber sequence;  // 0: nothing yet; the books' own begin at 1
    std::string text;
  };
  using Depths = std::array<BookText, schemas::Book::kMaxDepth>;

  template <typename Tick>
  std::string_view state_text(const Tick& tick, std::string_view symbol);

  std::array<std::vector<State>, schemas::kChannelCount> states_;  // by channel, then instrument
  std::vector<std::unique_ptr<Depths>> books_;
};

}  // namespace tickgate::gateway
