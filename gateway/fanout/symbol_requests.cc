// SPDX-License-Identifier: Apache-2.0
#include "gateway/fanout/symbol_requests.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "gateway/protocol/replies.h"
#include "schemas/json.h"
#include "schemas/utf8.h"

namespace tickgate::gateway {

using schemas::Channel;
using schemas::Instrument;

namespace {

std::string shortened(std::string_view symbol) {
  return std::string(schemas::utf8_prefix(symbol, SymbolPattern::kMaxLength));
}

}  // namespace

SymbolRequests::SymbolRequests(Market& market, HeldBars& bars, Marker& marker,
                               FanOutCounters& counters, FanOutLimits limits, std::string epoch)
    : market_(market),
      bars_(bars),
      marker_(marker),
      counters_(counters),
      limits_(limits),
      epoch_(std::move(epoch)) {}

// The slots it has on this channel.
SlotMap SymbolRequests::slots_of(Subscriber& subscriber, Channel channel) {
  SlotMap slots;
  subscriber.outbox.for_each([&](SlotIndex index, const Slot& slot) {
    if (slot.channel == channel) slots.add(slot.instrument, bar_of(channel, slot.depth), index);
  });
  return slots;
}

bool SymbolRequests::subscribe(Subscriber& subscriber, std::string_view id,
                               const SubscribeRequest& request) {
  if (market_.delay_s() == Market::kNever) {
    subscriber.replies.add_error(id, ErrorCode::kForbidden, delay_refusal(*subscriber.grant),
                                 false);
    return true;
  }
  if (!allows(subscriber, request.channel)) {
    refuse_channel(subscriber, id, request.channel);
    return true;
  }
  auto work = std::make_unique<SymbolRequest>();
  work->subscribes = true;
  const bool bars = request.channel == Channel::kBar;
  const auto depth = bars ? static_cast<std::uint8_t>(request.interval) : request.depth;
  work->terms = granted_terms(
      subscriber, {request.channel, depth, request.interval_ms, request.stamps, request.history});
  if (work->terms.depth < depth) work->depth = work->terms.depth;
  if (bars) work->interval = request.interval;
  if (request.from.has_value()) {
    work->seen = std::make_unique<TradesSeen>(*request.from);
    work->terms.other_run = work->seen->epoch != epoch_;
  }
  work->id = id;
  work->symbols = request.symbols;
  work->slots = slots_of(subscriber, request.channel);
  work->coverage = entitlements_.of(subscriber.grant);
  subscriber.outbox.reserve_first(std::min(request.symbols.size(), most_of(subscriber)));
  subscriber.request = std::move(work);
  return go_on(subscriber);
}

bool SymbolRequests::unsubscribe(Subscriber& subscriber, std::string_view id,
                                 const UnsubscribeRequest& request) {
  auto work = std::make_unique<SymbolRequest>();
  work->terms.channel = request.channel;
  work->interval = request.interval;
  work->id = id;
  work->symbols = request.symbols;
  work->slots = slots_of(subscriber, request.channel);
  work->coverage = entitlements_.of(subscriber.grant);
  subscriber.request = std::move(work);
  return go_on(subscriber);
}

bool SymbolRequests::go_on(Subscriber& subscriber) {
  auto& request = *subscriber.request;
  if (request.regrants) return go_on_regranting(subscriber, request);
  std::size_t budget = kPiece;
  while (budget > 0 && request.symbol < request.symbols.size()) {
    budget -= serve(subscriber, request, budget);
  }
  if (request.symbol < request.symbols.size()) return false;
  std::string accepted;
  for (const auto* const instrument : request.accepted) {
    if (!accepted.empty()) accepted.push_back(',');
    schemas::append_json_string(accepted, instrument->symbol);
  }
  const Acknowledgement ack{
      request.id,       request.terms.channel, accepted,         std::move(request.rejected),
      request.interval, request.depth,         subscriber.plan()};
  subscriber.say_farewells(market_, SIZE_MAX);  // of what may be subscribed to anew by this
  if (request.subscribes) {
    subscriber.replies.add_subscribed(ack, request.terms.interval_ms, epoch_);
  } else {
    subscriber.replies.add_unsubscribed(ack);
  }
  subscriber.request.reset();
  return true;
}

// Serves the next of its symbols, or a part of it; returns what it took of the budget, 1 at least.
std::size_t SymbolRequests::serve(Subscriber& subscriber, SymbolRequest& request,
                                  std::size_t budget) {
  const auto& text = request.symbols[request.symbol];
  const auto pattern = SymbolPattern::parse(text);
  if (pattern.has_value() && !pattern->is_exact()) {
    return serve_pattern(subscriber, request, *pattern, budget);
  }
  ++request.symbol;
  const auto* exact = pattern.has_value() ? market_.instrument(text) : nullptr;
  if (pattern.has_value() && !covers(request, text, exact)) {
    request.rejected.push_back({text, ErrorCode::kForbidden, {}});
  } else if (exact == nullptr) {
    request.rejected.push_back(
        {shortened(text), ErrorCode::kUnknownSymbol, near_symbols(request, text)});
  } else if (!serve_one(subscriber, request, *exact)) {
    if (request.subscribes) {
      reject_for_limit(subscriber, request, text);
    } else {
      request.rejected.push_back({text, ErrorCode::kNotSubscribed, {}});
    }
  }
  return 1;
}

std::size_t SymbolRequests::serve_pattern(Subscriber& subscriber, SymbolRequest& request,
                                          const SymbolPattern& pattern, std::size_t budget) {
  if (request.instrument == 0) {
    if (request.subscribes && request.coverage != nullptr && !request.coverage->meets(pattern)) {
      ++request.symbol;
      request.rejected.push_back({pattern.text(), ErrorCode::kForbidden, {}});
      return 1;
    }
    request.fits = ++request.patterns <= SymbolPattern::kMaxInRequest;
    request.known = market_.appeared();
    // First, so that an instrument that appears meanwhile is not subscribed again.
    if (request.fits && !request.subscribes)
      patterns_.forget(subscriber, request.terms.channel, request.interval, pattern);
  }
  std::size_t spent = 1;
  while (request.fits && request.instrument < market_.instruments().size()) {
    if (spent == budget) return spent;
    ++spent;
    const auto* known = market_.instruments()[request.instrument++];
    if (known == nullptr || !pattern.matches(*known)) continue;
    if (!request.subscribes || covers(request, known->symbol, known)) {
      request.fits = serve_one(subscriber, request, *known) || !request.subscribes;
    }
  }
  request.instrument = 0;
  if (request.fits && request.known != market_.appeared()) {
    --request.patterns;  // some appeared meanwhile, perhaps behind us: once more
    return spent;
  }
  ++request.symbol;
  if (!request.fits ||
      (request.subscribes &&
       !patterns_.remember(subscriber, {pattern, request.terms}, most_of(subscriber)))) {
    reject_for_limit(subscriber, request, pattern.text());
  }
  return spent;
}

// False: the client has as many subscriptions as it may, or none that could end.
bool SymbolRequests::serve_one(Subscriber& subscriber, SymbolRequest& request,
                               const Instrument& instrument) {
  const auto id = instrument.id.value();
  if (request.named.contains(id)) return true;
  if (request.subscribes) {
    if (add_slot(subscriber, instrument, request.terms, request.slots) != Added::kYes) {
      return false;
    }
    if (request.seen != nullptr) {
      const auto slot = request.slots.find(instrument.id, 0);
      resume(subscriber.outbox.slot(*slot), instrument, *request.seen);
    }
  } else if (!end_one(subscriber, request, instrument)) {
    return false;
  }
  request.named.insert(id);
  request.accepted.push_back(&instrument);
  return true;
}

// False: there is none.
bool SymbolRequests::end_one(Subscriber& subscriber, SymbolRequest& request,
                             const Instrument& instrument) {
  const bool all_bars = request.terms.channel == Channel::kBar && !request.interval.has_value();
  const auto first = static_cast<std::uint8_t>(request.interval.value_or(schemas::Interval{}));
  const auto last = all_bars ? std::uint8_t{schemas::kIntervalCount - 1} : first;
  bool ended = false;
  for (auto bar = first; bar <= last; ++bar) {
    const auto slot = request.slots.find(instrument.id, bar);
    if (!slot.has_value()) continue;
    remove_slot(subscriber, *slot);
    request.slots.erase(instrument.id, bar);
    ended = true;
  }
  return ended;
}

void SymbolRequests::remove(Subscriber& subscriber) {
  subscriber.outbox.for_each([&](SlotIndex index, const Slot&) { drop_slot(subscriber, index); });
  patterns_.remove(subscriber);
  subscriber.request.reset();
  subscriber.bars.reset();
  subscriber.farewells.reset();
  marker_.forget(subscriber);
}

void SymbolRequests::on_instrument(const Instrument& instrument) {
  patterns_.for_each_match(instrument, [&](Subscriber& subscriber, const auto& wanted) {
    if (subscriber.grant != nullptr && !subscriber.grant->allows(instrument)) return;
    SymbolRequest* const request = subscriber.request.get();
    if (request != nullptr && request->is_judging(subscriber.outbox)) {
      request->widens = true;  // there may be room when that is done: it is looked at then
      return;
    }
    const bool under_way = request != nullptr && request->terms.channel == wanted.terms.channel;
    auto own = under_way ? SlotMap() : slots_of(subscriber, wanted.terms.channel);
    auto& slots = under_way ? request->slots : own;
    if (add_slot(subscriber, instrument, wanted.terms, slots) == Added::kTooMany) {
      leave_out(subscriber, instrument, wanted, slots);
    } else if (wanted.terms.other_run) {
      begin_after_other_run(subscriber, slots, instrument);
    }
  });
}

void SymbolRequests::on_removed(const Instrument& instrument) {
  for (std::size_t i = 0; i < schemas::kChannelCount; ++i) {
    const auto channel = static_cast<Channel>(i);
    std::vector<SubscriptionGroup::Member> members;  // a copy: they leave
    for (const auto& group : marker_.subscriptions().of(instrument.id, channel)) {
      members.insert(members.end(), group->members.begin(), group->members.end());
    }
    for (const auto& [subscriber, slot] : members) {
      end(*subscriber, slot, instrument, {ErrorCode::kUnknownSymbol});
    }
  }
  bars_.forget(instrument.id);
}

void SymbolRequests::end(Subscriber& subscriber, SlotIndex index, const Instrument& instrument,
                         Why why) {
  const Slot slot = subscriber.outbox.slot(index);
  const auto bar = bar_of(slot.channel, slot.depth);
  drop_slot(subscriber, index);
  SymbolRequest* const request = subscriber.request.get();
  if (request != nullptr && request->terms.channel == slot.channel) {
    request->slots.erase(instrument.id, bar);
    if (request->subscribes && request->named.erase(instrument.id.value()) > 0) {
      std::erase(request->accepted, &instrument);
      request->rejected.push_back({instrument.symbol, why.code, {}, why.limit});
    }
  }
  subscriber.to_farewells().add(Farewell{slot.channel, bar, why.code, why.limit, &instrument});
  marker_.flush_now().add(subscriber);
}

SymbolRequests::Added SymbolRequests::add_slot(Subscriber& subscriber, const Instrument& instrument,
                                               const Terms& terms, SlotMap& slots) {
  auto& outbox = subscriber.outbox;
  const auto bar = bar_of(terms.channel, terms.depth);
  auto index = slots.find(instrument.id, bar);
  if (index.has_value()) {
    if (!set_interval(subscriber, *index, terms.interval_ms)) return Added::kTooMany;
    begin_again(subscriber, *index, terms);
  } else {
    if (outbox.size() >= most_of(subscriber)) return Added::kTooMany;
    index = outbox.add(instrument.id, terms.channel, terms.depth, terms.interval_ms);
    if (!index.has_value()) return Added::kTooMany;
    if (auto* const observer = subscriber.usage_observer()) {
      observer->on_begun(subscriber, outbox.slot(*index), market_);
    }
    begin(subscriber, *index, instrument, terms);
    slots.add(instrument.id, bar, *index);
  }
  outbox.set_stamped(*index, terms.stamps);
  subscriber.stamped = subscriber.stamped || terms.stamps;
  marker_.flush_now().add(subscriber);
  return Added::kYes;
}

void SymbolRequests::begin(Subscriber& subscriber, SlotIndex index, const Instrument& instrument,
                           const Terms& terms) {
  Slot& slot = subscriber.outbox.slot(index);
  if (terms.channel == Channel::kBar) {  // first: a slot in a group has its series
    bars_.follow(instrument, static_cast<schemas::Interval>(terms.depth));
    Outbox::set_follows(slot);
  }
  marker_.subscriptions().add(subscriber, index);
  if (terms.channel == Channel::kTrade) {
    slot.sequence = static_cast<std::uint32_t>(market_.follow_trades(instrument.id).next().value());
  } else if (terms.channel == Channel::kBar) {
    begin_bars(slot, terms);
  }
}

void SymbolRequests::begin_bars(Slot& slot, const Terms& terms) {
  const auto interval = static_cast<schemas::Interval>(terms.depth);
  if (terms.history > 0) {
    Outbox::owe_history(slot, terms.history);
  } else if (bars_.find(slot.instrument, interval)->wants_load()) {
    bars_.want(slot.instrument, interval);
  }
}

// It is given its value anew.
void SymbolRequests::begin_again(Subscriber& subscriber, SlotIndex index, const Terms& terms) {
  auto& outbox = subscriber.outbox;
  Slot& slot = outbox.slot(index);
  if (auto* const observer = subscriber.usage_observer(); observer && slot.depth != terms.depth) {
    observer->on_changing(subscriber, slot, market_);
  }
  slot.depth = terms.depth;
  outbox.mark_status(index);
  outbox.mark(index);
  if (terms.channel == Channel::kTrade) return;
  if (terms.channel != Channel::kBar) {
    slot.sequence = 0;
    return;
  }
  if (subscriber.bars != nullptr) subscriber.bars->forget_half(index);
  if (terms.history > 0) {
    Outbox::owe_history(slot, terms.history);
  } else if (!Outbox::owes_history(slot)) {
    bars_.find(slot.instrument, static_cast<schemas::Interval>(slot.depth))
        ->give_again(slot.sequence);
  }
}

bool SymbolRequests::set_interval(Subscriber& subscriber, SlotIndex slot,
                                  std::uint32_t interval_ms) {
  auto& outbox = subscriber.outbox;
  if (outbox.interval_ms(outbox.slot(slot)) == interval_ms) return true;
  marker_.subscriptions().remove(subscriber, slot);
  const bool possible = outbox.set_interval(slot, interval_ms);
  marker_.subscriptions().add(subscriber, slot);  // at the interval it has now
  return possible;
}

// Its state is that of what is followed, and the book no longer is.
void SymbolRequests::tell_state_again(Subscriber& subscriber, schemas::InstrumentId instrument) {
  const auto* const status = market_.cache().status(instrument);
  if (status == nullptr || status->state == status->quote_state) return;
  subscriber.outbox.for_each([&](SlotIndex index, const Slot& slot) {
    if (slot.instrument == instrument) subscriber.outbox.mark_status(index);
  });
  marker_.flush_now().add(subscriber);
}

void SymbolRequests::remove_slot(Subscriber& subscriber, SlotIndex index) {
  const Slot slot = subscriber.outbox.slot(index);
  drop_slot(subscriber, index);
  if (slot.channel == Channel::kBook || slot.channel == Channel::kStatus) {
    tell_state_again(subscriber, slot.instrument);
  }
}

void SymbolRequests::drop_slot(Subscriber& subscriber, SlotIndex index) {
  const Slot slot = subscriber.outbox.slot(index);
  if (auto* const observer = subscriber.usage_observer()) {
    observer->on_ending(subscriber, slot, market_);
  }
  marker_.subscriptions().remove(subscriber, index);
  subscriber.outbox.remove(index);
  if (Outbox::follows(slot)) {
    bars_.unfollow(slot.instrument, static_cast<schemas::Interval>(slot.depth));
    if (subscriber.bars != nullptr) subscriber.bars->leave(index, Outbox::is_asked(slot));
  }
  if (slot.channel == Channel::kTrade &&
      marker_.subscriptions().members(slot.instrument, Channel::kTrade) == 0) {
    market_.leave_trades(slot.instrument);
  }
}

}  // namespace tickgate::gateway
