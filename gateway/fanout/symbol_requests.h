// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/fanout/entitlements.h"
#include "gateway/fanout/fan_out_limits.h"
#include "gateway/fanout/held_bars.h"
#include "gateway/fanout/held_patterns.h"
#include "gateway/fanout/marker.h"
#include "gateway/fanout/market.h"
#include "gateway/fanout/subscriber.h"
#include "gateway/fanout/symbol_request.h"
#include "gateway/protocol/client_request.h"

namespace tickgate::gateway {

// Symbols, places in an outbox and instruments looked at in one go; well below a millisecond.
inline constexpr std::size_t kPiece = 1'000;

// What clients ask for by symbol: their subscriptions made, changed, ended and listed. Each request
// puts its acknowledgement among the client's replies. Its shard's thread only.
class SymbolRequests {
 public:
  // All outlive this. `epoch` names this run to clients.
  SymbolRequests(Market& market, HeldBars& bars, Marker& marker, FanOutCounters& counters,
                 FanOutLimits limits, std::string epoch);

  void set_limits(const FanOutLimits& limits) { limits_ = limits; }
  std::string_view epoch() const { return epoch_; }
  void set_epoch(std::string_view epoch) { epoch_ = epoch; }

  // `id` is JSON. False: it is half done. Then go_on() is to be called, with other work in between,
  // until it says true; and before that nothing else for this subscriber but remove().
  bool subscribe(Subscriber& subscriber, std::string_view id, const SubscribeRequest& request);
  bool unsubscribe(Subscriber& subscriber, std::string_view id, const UnsubscribeRequest& request);
  bool go_on(Subscriber& subscriber);
  // It may have something else from now on; null: everything. Until it is done, as above.
  bool regrant(Subscriber& subscriber, std::shared_ptr<const Grant> granted);
  void list(Subscriber& subscriber, std::string_view id);
  // The client is gone: it is referred to no more.
  void remove(Subscriber& subscriber);

  // A new one: subscribes whoever holds a pattern that covers it.
  void on_instrument(const schemas::Instrument& instrument);
  // It is served no more: each subscription to it ends, and its client is told. Patterns that cover
  // it stand. Before the market forgets it.
  void on_removed(const schemas::Instrument& instrument);

 private:
  enum class Added : std::uint8_t { kYes, kTooMany };
  struct Why {
    ErrorCode code{};
    std::uint32_t limit = 0;  // as own_limit()
  };

  std::size_t serve(Subscriber& subscriber, SymbolRequest& request, std::size_t budget);
  std::size_t serve_pattern(Subscriber& subscriber, SymbolRequest& request,
                            const SymbolPattern& pattern, std::size_t budget);
  void reject_for_limit(const Subscriber& subscriber, SymbolRequest& request,
                        std::string_view symbol) const;
  static void refuse_channel(Subscriber& subscriber, std::string_view id, schemas::Channel channel);
  static bool covers(const SymbolRequest& request, std::string_view symbol,
                     const schemas::Instrument* instrument);
  std::vector<std::string_view> near_symbols(const SymbolRequest& request,
                                             std::string_view text) const;
  void leave_out(Subscriber& subscriber, const schemas::Instrument& instrument,
                 const PatternSubscription& held, const SlotMap& slots);
  bool end_one(Subscriber& subscriber, SymbolRequest& request,
               const schemas::Instrument& instrument);
  bool serve_one(Subscriber& subscriber, SymbolRequest& request,
                 const schemas::Instrument& instrument);

  // In symbol_regrants.cc.
  bool go_on_regranting(Subscriber& subscriber, SymbolRequest& request);
  bool keeps(Subscriber& subscriber, const PatternSubscription& held, std::size_t& kept) const;
  void judge_slot(Subscriber& subscriber, SymbolRequest& request, SlotIndex slot);
  void cover(Subscriber& subscriber, SymbolRequest& request, const PatternSubscription& held);
  static bool allows(const Subscriber& subscriber, schemas::Channel channel);
  std::size_t most_of(const Subscriber& subscriber) const;
  std::uint32_t own_limit(const Subscriber& subscriber) const;
  Terms granted_terms(const Subscriber& subscriber, Terms terms) const;

  static SlotMap slots_of(Subscriber& subscriber, schemas::Channel channel);
  Added add_slot(Subscriber& subscriber, const schemas::Instrument& instrument, const Terms& terms,
                 SlotMap& slots);
  void begin(Subscriber& subscriber, SlotIndex slot, const schemas::Instrument& instrument,
             const Terms& terms);
  void begin_bars(Slot& slot, const Terms& terms);
  void resume(Slot& slot, const schemas::Instrument& instrument, const TradesSeen& seen);
  void begin_after_other_run(Subscriber& subscriber, const SlotMap& slots,
                             const schemas::Instrument& instrument);
  void begin_again(Subscriber& subscriber, SlotIndex slot, const Terms& terms);
  // False as Outbox::set_interval: it has the interval it had.
  bool set_interval(Subscriber& subscriber, SlotIndex slot, std::uint32_t interval_ms);
  void tell_state_again(Subscriber& subscriber, schemas::InstrumentId instrument);
  void remove_slot(Subscriber& subscriber, SlotIndex slot);
  void drop_slot(Subscriber& subscriber, SlotIndex slot);
  void end(Subscriber& subscriber, SlotIndex slot, const schemas::Instrument& instrument, Why why);

  Market& market_;
  HeldBars& bars_;
  Marker& marker_;
  FanOutCounters& counters_;
  FanOutLimits limits_;
  std::string epoch_;
  HeldPatterns patterns_;
  Entitlements entitlements_;
};

}  // namespace tickgate::gateway
