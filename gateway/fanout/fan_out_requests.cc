// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <tuple>

#include "gateway/fanout/fan_out.h"
#include "gateway/protocol/replies.h"
#include "schemas/check.h"
#include "schemas/json.h"

namespace tickgate::gateway {

using schemas::Channel;
using schemas::Instrument;
using schemas::InstrumentId;
using schemas::SequenceNumber;

namespace {

// Symbols and instruments looked at in one go; well below a millisecond.
constexpr std::size_t kPiece = 1'000;

std::string shortened(std::string_view symbol) {
  return std::string(symbol.substr(0, SymbolPattern::kMaxLength));
}

}  // namespace

const Instrument* FanOut::instrument(std::string_view symbol) const {
  const auto it = by_symbol_.find(std::string(symbol));
  return it == by_symbol_.end() ? nullptr : it->second;
}

bool FanOut::subscribe(Subscriber& subscriber, std::string_view id,
                       const SubscribeRequest& request) {
  auto work = std::make_unique<SymbolRequest>();
  work->subscribes = true;
  work->channel = request.channel;
  work->depth = request.depth;
  work->interval_ms = std::max(request.interval_ms, limits_.min_interval_ms);
  work->id = id;
  work->symbols = request.symbols;
  work->slots = slots_of(subscriber, request.channel);
  subscriber.outbox.reserve_first(
      std::min(request.symbols.size(), limits_.subscriptions_per_connection));
  subscriber.request = std::move(work);
  return go_on(subscriber);
}

bool FanOut::unsubscribe(Subscriber& subscriber, std::string_view id,
                         const UnsubscribeRequest& request) {
  auto work = std::make_unique<SymbolRequest>();
  work->channel = request.channel;
  work->id = id;
  work->symbols = request.symbols;
  work->slots = slots_of(subscriber, request.channel);
  subscriber.request = std::move(work);
  return go_on(subscriber);
}

bool FanOut::go_on(Subscriber& subscriber) {
  auto& request = *subscriber.request;
  std::size_t budget = kPiece;
  while (budget > 0 && request.symbol < request.symbols.size()) {
    budget -= serve(subscriber, request, budget);
  }
  if (request.symbol < request.symbols.size()) return false;
  const Acknowledgement ack{request.id, request.channel, request.accepted,
                            std::move(request.rejected)};
  if (request.subscribes) {
    subscriber.replies.add_subscribed(ack, request.interval_ms, epoch_);
  } else {
    subscriber.replies.add_unsubscribed(ack);
  }
  subscriber.request.reset();
  return true;
}

// Serves the next of its symbols, or a part of it; returns what it took of the budget, 1 at least.
std::size_t FanOut::serve(Subscriber& subscriber, SymbolRequest& request, std::size_t budget) {
  const auto& text = request.symbols[request.symbol];
  const auto pattern = SymbolPattern::parse(text);
  if (pattern.has_value() && !pattern->is_exact()) {
    return serve_pattern(subscriber, request, *pattern, budget);
  }
  ++request.symbol;
  const auto* exact = pattern.has_value() ? instrument(text) : nullptr;
  if (exact == nullptr) {
    request.rejected.push_back({shortened(text), ErrorCode::kUnknownSymbol});
  } else if (!serve_one(subscriber, request, *exact)) {
    request.rejected.push_back({shortened(text), ErrorCode::kTooManySymbols});
  }
  return 1;
}

std::size_t FanOut::serve_pattern(Subscriber& subscriber, SymbolRequest& request,
                                  const SymbolPattern& pattern, std::size_t budget) {
  if (request.instrument == 0) {
    request.fits = ++request.patterns <= SymbolPattern::kMaxInRequest;
    request.known = by_symbol_.size();
    // First, so that an instrument that appears meanwhile is not subscribed again.
    if (request.fits && !request.subscribes) forget_pattern(subscriber, request.channel, pattern);
  }
  std::size_t spent = 1;
  while (request.fits && request.instrument < instruments_.size()) {
    if (spent == budget) return spent;
    ++spent;
    const auto* known = instruments_[request.instrument++];
    if (known != nullptr && pattern.matches(*known)) {
      request.fits = serve_one(subscriber, request, *known);
    }
  }
  request.instrument = 0;
  if (request.fits && request.known != by_symbol_.size()) {
    --request.patterns;  // some appeared meanwhile, perhaps behind us: once more
    return spent;
  }
  ++request.symbol;
  if (!request.fits) {
    request.rejected.push_back({pattern.text(), ErrorCode::kTooManySymbols});
  } else if (request.subscribes) {
    remember_pattern(subscriber, {pattern, request.channel, request.depth, request.interval_ms});
  }
  return spent;
}

// False: the client has as many subscriptions as it may.
bool FanOut::serve_one(Subscriber& subscriber, SymbolRequest& request,
                       const Instrument& instrument) {
  const auto id = instrument.id.value();
  if (request.named.contains(id)) return true;
  if (request.subscribes) {
    if (add_slot(subscriber, instrument, request.channel, request.depth, request.interval_ms,
                 request.slots) != Added::kYes) {
      return false;
    }
  } else {
    const auto it = request.slots.find(id);
    if (it == request.slots.end()) return true;
    remove_slot(subscriber, it->second);
    request.slots.erase(it);
  }
  request.named.insert(id);
  if (!request.accepted.empty()) request.accepted.push_back(',');
  schemas::append_json_string(request.accepted, instrument.symbol);
  return true;
}

void FanOut::list(Subscriber& subscriber, std::string_view id) {
  using Group = std::tuple<Channel, std::uint32_t, std::uint8_t>;
  std::map<Group, ListedSubscriptions> groups;
  auto group = groups.end();
  subscriber.outbox.for_each([&](SlotIndex, const Slot& slot) {
    const auto interval_ms = subscriber.outbox.interval_ms(slot);
    const std::uint8_t depth = slot.channel == Channel::kBook ? slot.depth : std::uint8_t{0};
    const Group key{slot.channel, interval_ms, depth};
    if (group == groups.end() || group->first != key) {
      group = groups.try_emplace(key).first;
      group->second.channel = slot.channel;
      group->second.interval_ms = interval_ms;
      group->second.depth = depth;
    }
    group->second.symbols.push_back(instruments_[slot.instrument.value()]->symbol);
  });
  std::vector<ListedSubscriptions> entries;
  entries.reserve(groups.size());
  for (auto& [key, listed] : groups) entries.push_back(std::move(listed));
  std::vector<ListedPattern> patterns;
  if (subscriber.patterns != nullptr) {
    patterns.reserve(subscriber.patterns->size());
    for (const auto& held : *subscriber.patterns) {
      patterns.push_back({held.channel, held.pattern.text()});
    }
  }
  subscriber.replies.add_list(id, entries, patterns);
}

void FanOut::remove(Subscriber& subscriber) {
  subscriber.outbox.for_each([&](SlotIndex index, const Slot&) { remove_slot(subscriber, index); });
  if (subscriber.patterns != nullptr) with_patterns_.erase(&subscriber);
  subscriber.request.reset();
  flush_now_.remove(subscriber);
  flush_in_quick_round_.remove(subscriber);
  flush_in_slow_round_.remove(subscriber);
}

FanOut::Added FanOut::add_slot(Subscriber& subscriber, const Instrument& instrument,
                               Channel channel, std::uint8_t depth, std::uint32_t interval_ms,
                               SlotMap& slots) {
  auto& outbox = subscriber.outbox;
  const auto it = slots.find(instrument.id.value());
  if (it != slots.end()) {
    if (!set_interval(subscriber, it->second, interval_ms)) return Added::kTooMany;
    auto& slot = outbox.slot(it->second);
    slot.depth = depth;
    if (channel != Channel::kTrade) slot.sequence = 0;  // it is given its value anew
    outbox.mark_status(it->second);
    outbox.mark(it->second);
  } else {
    if (outbox.size() >= limits_.subscriptions_per_connection) return Added::kTooMany;
    const auto added = outbox.add(instrument.id, channel, depth, interval_ms);
    if (!added.has_value()) return Added::kTooMany;
    subscriptions_.add(subscriber, *added);
    slots.emplace(instrument.id.value(), *added);
    if (channel == Channel::kTrade) {
      outbox.slot(*added).sequence =
          static_cast<std::uint32_t>(history_for(instrument.id).next().value());
    }
  }
  flush_now_.add(subscriber);
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

SlotMap FanOut::slots_of(Subscriber& subscriber, Channel channel) {
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

void FanOut::forget_pattern(Subscriber& subscriber, Channel channel, const SymbolPattern& pattern) {
  if (subscriber.patterns == nullptr) return;
  std::erase_if(*subscriber.patterns, [&](const PatternSubscription& held) {
    return held.channel == channel && (held.pattern == pattern || pattern.text() == "*");
  });
  if (!subscriber.patterns->empty()) return;
  subscriber.patterns.reset();
  with_patterns_.erase(&subscriber);
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
