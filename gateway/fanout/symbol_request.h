// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "gateway/fanout/entitlements.h"
#include "gateway/fanout/outbox.h"
#include "gateway/protocol/client_request.h"
#include "gateway/protocol/replies.h"
#include "schemas/ids.h"
#include "schemas/instrument.h"
#include "schemas/interval.h"

namespace tickgate::gateway {

// The slots a subscriber has on one channel, by instrument and, of bars, their interval.
class SlotMap {
 public:
  std::optional<SlotIndex> find(schemas::InstrumentId instrument, std::uint8_t bar) const {
    const auto found = slots_.find(key(instrument, bar));
    return found == slots_.end() ? std::nullopt : std::optional(found->second);
  }
  void add(schemas::InstrumentId instrument, std::uint8_t bar, SlotIndex slot) {
    slots_.emplace(key(instrument, bar), slot);
  }
  void erase(schemas::InstrumentId instrument, std::uint8_t bar) {
    slots_.erase(key(instrument, bar));
  }

 private:
  static std::uint64_t key(schemas::InstrumentId instrument, std::uint8_t bar) {
    return instrument.value() * std::uint64_t{schemas::kIntervalCount} + bar;
  }

  std::unordered_map<std::uint64_t, SlotIndex> slots_;
};

// What its key has beside the instrument.
inline std::uint8_t bar_of(schemas::Channel channel, std::uint8_t depth) {
  return channel == schemas::Channel::kBar ? depth : std::uint8_t{0};
}

// A subscribe or unsubscribe request on its way, or another grant's judgement. It is served in
// pieces, since "*" may mean 50,000 instruments and no other client is to wait for all of them.
// Until it is done its subscriber is sent nothing: the acknowledgement comes before the values.
struct SymbolRequest {
  bool subscribes = false;
  Terms terms;
  std::optional<schemas::Interval> interval;  // of bars; nullopt when they end: all
  std::string id;                             // JSON
  std::vector<std::string> symbols;
  std::unique_ptr<TradesSeen> seen;  // of trades, what was seen last; null: begins anew

  SlotMap slots;
  std::unordered_set<std::uint32_t> named;           // instruments accepted
  std::vector<const schemas::Instrument*> accepted;  // the same, in order
  std::vector<Rejection> rejected;

  std::size_t symbol = 0;      // of `symbols`: where it is
  std::size_t patterns = 0;    // so far
  std::size_t instrument = 0;  // and within a pattern
  std::uint64_t known = 0;     // how many instruments had appeared when it began
  bool fits = true;            // the limit of subscriptions was not met yet

  std::shared_ptr<Coverage> coverage;  // of whoever asks; null: every symbol
  std::uint8_t depth = 0;              // of a book, where less is granted than was asked for

  // No client's request but another grant of it: what it holds is judged anew.
  bool regrants = false;
  bool widens = false;    // its patterns may cover more than they did
  std::size_t place = 0;  // in its outbox, of those to be judged
  std::size_t kept = 0;   // subscriptions that stay
  bool is_judging(const Outbox& outbox) const { return regrants && place < outbox.places(); }
};

}  // namespace tickgate::gateway
