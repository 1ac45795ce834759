// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <tuple>

#include "gateway/fan_out.h"
#include "gateway/replies.h"
#include "schemas/check.h"

namespace tickgate::gateway {

using schemas::Channel;
using schemas::Instrument;
using schemas::InstrumentId;
using schemas::SequenceNumber;

namespace {

// Replies are joined by commas; compose() puts the brackets round them.
std::string& next_reply(Subscriber& subscriber) {
  if (!subscriber.replies.empty()) subscriber.replies.push_back(',');
  return subscriber.replies;
}

std::string shortened(std::string_view symbol) {
  return std::string(symbol.substr(0, SymbolPattern::kMaxLength));
}

}  // namespace

const Instrument* FanOut::instrument(std::string_view symbol) const {
  const auto it = by_symbol_.find(std::string(symbol));
  return it == by_symbol_.end() ? nullptr : it->second;
}

void FanOut::subscribe(Subscriber& subscriber, std::string_view id,
                       const SubscribeRequest& request) {
  const auto interval_ms = std::max(request.interval_ms, limits_.min_interval_ms);
  Acknowledgement ack{id, request.channel, {}, {}};
  auto slots = slots_of(subscriber, request.channel);
  absl::flat_hash_set<std::uint32_t> named;
  const auto add = [&](const Instrument& wanted) {
    if (named.contains(wanted.id.value())) return true;
    if (add_slot(subscriber, wanted, request.channel, request.depth, interval_ms, slots) !=
        Added::kYes) {
      return false;
    }
    named.insert(wanted.id.value());
    ack.accepted.push_back(wanted.symbol);
    return true;
  };
  subscriber.outbox.reserve_first(
      std::min(request.symbols.size(), limits_.subscriptions_per_connection));
  std::size_t patterns = 0;
  for (const auto& text : request.symbols) {
    const auto pattern = SymbolPattern::parse(text);
    const auto* exact = pattern.has_value() && pattern->is_exact() ? instrument(text) : nullptr;
    if (!pattern.has_value() || (pattern->is_exact() && exact == nullptr)) {
      ack.rejected.push_back({shortened(text), "unknown_symbol"});
      continue;
    }
    bool fits = exact != nullptr || ++patterns <= SymbolPattern::kMaxInRequest;
    if (exact != nullptr) {
      fits = add(*exact);
    } else if (fits) {
      for (const auto* known : instruments_) {
        if (known != nullptr && pattern->matches(*known)) fits = fits && add(*known);
      }
      if (fits) {
        remember_pattern(subscriber, {*pattern, request.channel, request.depth, interval_ms});
      }
    }
    if (!fits) ack.rejected.push_back({shortened(text), "too_many_symbols"});
  }
  subscriber.outbox.tidy();
  append_subscribed(next_reply(subscriber), ack, interval_ms, epoch_);
}

void FanOut::unsubscribe(Subscriber& subscriber, std::string_view id,
                         const UnsubscribeRequest& request) {
  Acknowledgement ack{id, request.channel, {}, {}};
  auto slots = slots_of(subscriber, request.channel);
  const auto remove_one = [&](const Instrument& unwanted) {
    const auto it = slots.find(unwanted.id.value());
    if (it == slots.end()) return;
    remove_slot(subscriber, it->second);
    slots.erase(it);
    ack.accepted.push_back(unwanted.symbol);
  };
  std::size_t patterns = 0;
  for (const auto& text : request.symbols) {
    const auto pattern = SymbolPattern::parse(text);
    const auto* exact = pattern.has_value() && pattern->is_exact() ? instrument(text) : nullptr;
    if (!pattern.has_value() || (pattern->is_exact() && exact == nullptr)) {
      ack.rejected.push_back({shortened(text), "unknown_symbol"});
    } else if (exact != nullptr) {
      remove_one(*exact);
    } else if (++patterns > SymbolPattern::kMaxInRequest) {
      ack.rejected.push_back({shortened(text), "too_many_symbols"});
    } else {
      for (const auto* known : instruments_) {
        if (known != nullptr && pattern->matches(*known)) remove_one(*known);
      }
      if (subscriber.patterns != nullptr) {
        std::erase_if(*subscriber.patterns, [&](const PatternSubscription& held) {
          return held.channel == request.channel &&
                 (held.pattern == *pattern || pattern->text() == "*");
        });
        if (subscriber.patterns->empty()) {
          subscriber.patterns.reset();
          with_patterns_.erase(&subscriber);
        }
      }
    }
  }
  subscriber.outbox.tidy();
  append_unsubscribed(next_reply(subscriber), ack);
}

void FanOut::list(Subscriber& subscriber, std::string_view id) {
  std::map<std::tuple<Channel, std::uint32_t, std::uint8_t>, ListedSubscriptions> groups;
  subscriber.outbox.for_each([&](SlotIndex, const Slot& slot) {
    const auto interval_ms = subscriber.outbox.interval_ms(slot);
    const std::uint8_t depth = slot.channel == Channel::kBook ? slot.depth : std::uint8_t{0};
    auto& group = groups[{slot.channel, interval_ms, depth}];
    group.channel = slot.channel;
    group.interval_ms = interval_ms;
    group.depth = depth;
    group.symbols.push_back(instruments_[slot.instrument.value()]->symbol);
  });
  std::vector<ListedSubscriptions> entries;
  entries.reserve(groups.size());
  for (auto& [key, group] : groups) entries.push_back(std::move(group));
  std::vector<ListedPattern> patterns;
  if (subscriber.patterns != nullptr) {
    patterns.reserve(subscriber.patterns->size());
    for (const auto& held : *subscriber.patterns) {
      patterns.push_back({held.channel, held.pattern.text()});
    }
  }
  append_list(next_reply(subscriber), id, entries, patterns);
}

void FanOut::remove(Subscriber& subscriber) {
  subscriber.outbox.for_each([&](SlotIndex index, const Slot&) { remove_slot(subscriber, index); });
  if (subscriber.patterns != nullptr) with_patterns_.erase(&subscriber);
  if (subscriber.touched) std::replace(touched_.begin(), touched_.end(), &subscriber, {});
}

FanOut::Added FanOut::add_slot(Subscriber& subscriber, const Instrument& instrument,
                               Channel channel, std::uint8_t depth, std::uint32_t interval_ms,
                               SlotMap& slots) {
  auto& outbox = subscriber.outbox;
  const auto it = slots.find(instrument.id.value());
  if (it != slots.end()) {
    if (!set_interval(subscriber, it->second, interval_ms)) return Added::kTooMany;
    outbox.slot(it->second).depth = depth;
    outbox.mark_status(it->second);
    outbox.mark(it->second);
  } else {
    if (outbox.size() >= limits_.subscriptions_per_connection) return Added::kTooMany;
    const auto added = outbox.add(instrument.id, channel, depth, interval_ms);
    if (!added.has_value()) return Added::kTooMany;
    subscriptions_.add(subscriber, *added);
    slots.emplace(instrument.id.value(), *added);
    if (channel == Channel::kTrade) {
      outbox.slot(*added).next_trade =
          static_cast<std::uint32_t>(history_for(instrument.id).next().value());
    }
  }
  touch(subscriber);
  return Added::kYes;
}

bool FanOut::set_interval(Subscriber& subscriber, SlotIndex slot, std::uint32_t interval_ms) {
  auto& outbox = subscriber.outbox;
  if (outbox.interval_ms(outbox.slot(slot)) == interval_ms) return true;
  subscriptions_.remove(subscriber, slot);
  const bool possible = outbox.set_interval(slot, interval_ms);
  subscriptions_.add(subscriber, slot);  // at the interval it has now
  return possible;
}

void FanOut::remove_slot(Subscriber& subscriber, SlotIndex index) {
  const Slot slot = subscriber.outbox.slot(index);
  subscriptions_.remove(subscriber, index);
  subscriber.outbox.remove(index);
  if (slot.channel == Channel::kTrade &&
      subscriptions_.members(slot.instrument, Channel::kTrade) == 0) {
    histories_[slot.instrument.value()].reset();
  }
}

FanOut::SlotMap FanOut::slots_of(Subscriber& subscriber, Channel channel) {
  SlotMap slots;
  subscriber.outbox.for_each([&](SlotIndex index, const Slot& slot) {
    if (slot.channel == channel) slots.emplace(slot.instrument.value(), index);
  });
  return slots;
}

void FanOut::remember_pattern(Subscriber& subscriber, PatternSubscription pattern) {
  if (subscriber.patterns == nullptr) {
    subscriber.patterns = std::make_unique<std::vector<PatternSubscription>>();
  }
  auto& patterns = *subscriber.patterns;
  const auto held = std::find_if(patterns.begin(), patterns.end(), [&](const auto& other) {
    return other.channel == pattern.channel && other.pattern == pattern.pattern;
  });
  if (held != patterns.end()) {
    *held = std::move(pattern);
  } else if (patterns.size() < limits_.subscriptions_per_connection) {
    patterns.push_back(std::move(pattern));
  }
  with_patterns_.insert(&subscriber);
}

TradeHistory& FanOut::history_for(InstrumentId instrument) {
  const auto index = instrument.value();
  if (index >= histories_.size()) histories_.resize(index + 1);
  if (index >= next_trades_.size()) next_trades_.resize(index + 1);
  auto& history = histories_[index];
  if (history == nullptr) {
    const auto next = std::max<std::uint64_t>(1, next_trades_[index]);
    history = std::make_unique<TradeHistory>(SequenceNumber{next});
  }
  return *history;
}

}  // namespace tickgate::gateway
