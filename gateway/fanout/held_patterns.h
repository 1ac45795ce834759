// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

#include "gateway/fanout/subscriber.h"
#include "gateway/protocol/symbol_pattern.h"
#include "schemas/instrument.h"
#include "schemas/interval.h"

namespace tickgate::gateway {

// The patterns that clients have subscribed to, for instruments that are still to come. Each client
// holds its own; who has any is known here. Its shard's thread only.
class HeldPatterns {
 public:
  // In place of the one there is of this channel (of bars: and interval) and text. False: the
  // client holds `most`, and gets no more.
  bool remember(Subscriber& subscriber, PatternSubscription pattern, std::size_t most);
  // "*" forgets all of the channel; of bars, of all intervals if none is given.
  void forget(Subscriber& subscriber, schemas::Channel channel,
              std::optional<schemas::Interval> interval, const SymbolPattern& pattern);
  // Forgets those that keep(const PatternSubscription&) says no to, asked in their order, and gives
  // the others the terms that change(const Terms&) says.
  template <typename Keep, typename Change>
  void keep_only(Subscriber& subscriber, Keep&& keep, Change&& change) {
    if (subscriber.patterns == nullptr) return;
    auto held = std::exchange(*subscriber.patterns, {});
    for (auto& one : held) {
      if (keep(std::as_const(one))) subscriber.patterns->push_back(std::move(one));
    }
    for (auto& one : *subscriber.patterns) one.terms = change(one.terms);
    forget_if_none(subscriber);
  }
  // The client is gone.
  void remove(Subscriber& subscriber);

  // Calls visit(Subscriber&, const PatternSubscription&) for each that covers the instrument.
  template <typename Visit>
  void for_each_match(const schemas::Instrument& instrument, Visit&& visit) const {
    for (Subscriber* subscriber : holders_) {
      for (const auto& held : *subscriber->patterns) {
        if (held.pattern.matches(instrument)) visit(*subscriber, held);
      }
    }
  }

 private:
  void forget_if_none(Subscriber& subscriber);

  std::unordered_set<Subscriber*> holders_;
};

}  // namespace tickgate::gateway
