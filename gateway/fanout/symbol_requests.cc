// SPDX-License-Identifier: Apache-2.0
#include "gateway/fanout/symbol_requests.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "gateway/protocol/replies.h"
#include "schemas/json.h"
#include "schemas/utf8.h"

namespace tickgate::gateway {

using schemas::Channel;
using schemas::Instrument;

namespace {

// Symbols and instruments looked at in one go; well below a millisecond.
constexpr std::size_t kPiece = 1'000;

// The slots it has on this channel.
SlotMap slots_of(Subscriber& subscriber, Channel channel) {
  SlotMap slots;
  subscriber.outbox.for_each([&](SlotIndex index, const Slot& slot) {
    if (slot.channel == channel) slots.emplace(slot.instrument.value(), index);
  });
  return slots;
}

std::string shortened(std::string_view symbol) {
  return std::string(schemas::utf8_prefix(symbol, SymbolPattern::kMaxLength));
}

}  // namespace

SymbolRequests::SymbolRequests(Market& market, Marker& marker, FanOutLimits limits,
                               std::string epoch)
    : market_(market), marker_(marker), limits_(limits), epoch_(std::move(epoch)) {}

bool SymbolRequests::subscribe(Subscriber& subscriber, std::string_view id,
                               const SubscribeRequest& request) {
  auto work = std::make_unique<SymbolRequest>();
  work->subscribes = true;
  work->terms = {request.channel, request.depth,
                 std::max(request.interval_ms, limits_.min_interval_ms), request.stamps};
  work->id = id;
  work->symbols = request.symbols;
  work->slots = slots_of(subscriber, request.channel);
  subscriber.outbox.reserve_first(
      std::min(request.symbols.size(), limits_.subscriptions_per_connection));
  subscriber.request = std::move(work);
  return go_on(subscriber);
}

bool SymbolRequests::unsubscribe(Subscriber& subscriber, std::string_view id,
                                 const UnsubscribeRequest& request) {
  auto work = std::make_unique<SymbolRequest>();
  work->terms.channel = request.channel;
  work->id = id;
  work->symbols = request.symbols;
  work->slots = slots_of(subscriber, request.channel);
  subscriber.request = std::move(work);
  return go_on(subscriber);
}

bool SymbolRequests::go_on(Subscriber& subscriber) {
  auto& request = *subscriber.request;
  std::size_t budget = kPiece;
  while (budget > 0 && request.symbol < request.symbols.size()) {
    budget -= serve(subscriber, request, budget);
  }
  if (request.symbol < request.symbols.size()) return false;
  const Acknowledgement ack{request.id, request.terms.channel, request.accepted,
                            std::move(request.rejected)};
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
  if (exact == nullptr) {
    request.rejected.push_back(
        {shortened(text), ErrorCode::kUnknownSymbol, market_.near_symbols().near(text)});
  } else if (!request.subscribes && !request.slots.contains(exact->id.value()) &&
             !request.named.contains(exact->id.value())) {
    request.rejected.push_back({shortened(text), ErrorCode::kNotSubscribed, {}});
  } else if (!serve_one(subscriber, request, *exact)) {
    request.rejected.push_back({shortened(text), ErrorCode::kTooManySymbols});
  }
  return 1;
}

std::size_t SymbolRequests::serve_pattern(Subscriber& subscriber, SymbolRequest& request,
                                          const SymbolPattern& pattern, std::size_t budget) {
  if (request.instrument == 0) {
    request.fits = ++request.patterns <= SymbolPattern::kMaxInRequest;
    request.known = market_.instrument_count();
    // First, so that an instrument that appears meanwhile is not subscribed again.
    if (request.fits && !request.subscribes)
      patterns_.forget(subscriber, request.terms.channel, pattern);
  }
  std::size_t spent = 1;
  while (request.fits && request.instrument < market_.instruments().size()) {
    if (spent == budget) return spent;
    ++spent;
    const auto* known = market_.instruments()[request.instrument++];
    if (known != nullptr && pattern.matches(*known)) {
      request.fits = serve_one(subscriber, request, *known);
    }
  }
  request.instrument = 0;
  if (request.fits && request.known != market_.instrument_count()) {
    --request.patterns;  // some appeared meanwhile, perhaps behind us: once more
    return spent;
  }
  ++request.symbol;
  if (!request.fits) {
    request.rejected.push_back({pattern.text(), ErrorCode::kTooManySymbols});
  } else if (request.subscribes) {
    patterns_.remember(subscriber, {pattern, request.terms}, limits_.subscriptions_per_connection);
  }
  return spent;
}

// False: the client has as many subscriptions as it may.
bool SymbolRequests::serve_one(Subscriber& subscriber, SymbolRequest& request,
                               const Instrument& instrument) {
  const auto id = instrument.id.value();
  if (request.named.contains(id)) return true;
  if (request.subscribes) {
    if (add_slot(subscriber, instrument, request.terms, request.slots) != Added::kYes) {
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

void SymbolRequests::list(Subscriber& subscriber, std::string_view id) {
  using Group = std::tuple<Channel, std::uint32_t, std::uint8_t, bool>;
  std::map<Group, ListedSubscriptions> groups;
  auto group = groups.end();
  subscriber.outbox.for_each([&](SlotIndex, const Slot& slot) {
    const auto interval_ms = subscriber.outbox.interval_ms(slot);
    const std::uint8_t depth = slot.channel == Channel::kBook ? slot.depth : std::uint8_t{0};
    const Group key{slot.channel, interval_ms, depth, Outbox::is_stamped(slot)};
    if (group == groups.end() || group->first != key) {
      group = groups.try_emplace(key).first;
      group->second.channel = slot.channel;
      group->second.interval_ms = interval_ms;
      group->second.depth = depth;
      group->second.stamps = Outbox::is_stamped(slot);
    }
    group->second.symbols.push_back(market_.instruments()[slot.instrument.value()]->symbol);
  });
  std::vector<ListedSubscriptions> entries;
  entries.reserve(groups.size());
  for (auto& [key, listed] : groups) entries.push_back(std::move(listed));
  std::vector<ListedPattern> patterns;
  if (subscriber.patterns != nullptr) {
    patterns.reserve(subscriber.patterns->size());
    for (const auto& held : *subscriber.patterns) {
      patterns.push_back({held.terms.channel, held.pattern.text()});
    }
  }
  subscriber.replies.add_list(id, entries, patterns);
}

void SymbolRequests::remove(Subscriber& subscriber) {
  subscriber.outbox.for_each([&](SlotIndex index, const Slot&) { drop_slot(subscriber, index); });
  patterns_.remove(subscriber);
  subscriber.request.reset();
  marker_.forget(subscriber);
}

void SymbolRequests::on_instrument(const Instrument& instrument) {
  patterns_.for_each_match(instrument, [&](Subscriber& subscriber, const auto& wanted) {
    SymbolRequest* const request = subscriber.request.get();
    const bool under_way = request != nullptr && request->terms.channel == wanted.terms.channel;
    auto slots = under_way ? SlotMap() : slots_of(subscriber, wanted.terms.channel);
    add_slot(subscriber, instrument, wanted.terms, under_way ? request->slots : slots);
  });
}

SymbolRequests::Added SymbolRequests::add_slot(Subscriber& subscriber, const Instrument& instrument,
                                               const Terms& terms, SlotMap& slots) {
  auto& outbox = subscriber.outbox;
  const auto it = slots.find(instrument.id.value());
  auto index = it == slots.end() ? std::nullopt : std::optional(it->second);
  if (index.has_value()) {
    if (!set_interval(subscriber, *index, terms.interval_ms)) return Added::kTooMany;
    auto& slot = outbox.slot(*index);
    slot.depth = terms.depth;
    if (terms.channel != Channel::kTrade) slot.sequence = 0;  // it is given its value anew
    outbox.mark_status(*index);
    outbox.mark(*index);
  } else {
    if (outbox.size() >= limits_.subscriptions_per_connection) return Added::kTooMany;
    index = outbox.add(instrument.id, terms.channel, terms.depth, terms.interval_ms);
    if (!index.has_value()) return Added::kTooMany;
    marker_.subscriptions().add(subscriber, *index);
    slots.emplace(instrument.id.value(), *index);
    if (terms.channel == Channel::kTrade) {
      outbox.slot(*index).sequence =
          static_cast<std::uint32_t>(market_.follow_trades(instrument.id).next().value());
    }
  }
  outbox.set_stamped(*index, terms.stamps);
  subscriber.stamped = subscriber.stamped || terms.stamps;
  marker_.flush_now().add(subscriber);
  return Added::kYes;
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
  marker_.subscriptions().remove(subscriber, index);
  subscriber.outbox.remove(index);
  if (slot.channel == Channel::kTrade &&
      marker_.subscriptions().members(slot.instrument, Channel::kTrade) == 0) {
    market_.forget_trades(slot.instrument);
  }
}

}  // namespace tickgate::gateway
