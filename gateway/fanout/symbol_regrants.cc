// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <utility>

#include "gateway/fanout/symbol_requests.h"

// What a client holds when it is granted something else.
namespace tickgate::gateway {

using schemas::Channel;

namespace {

bool same_symbols(const Grant* before, const Grant* after) {
  static const std::vector<SymbolList> kNothing;
  return (before == nullptr ? kNothing : before->symbols) ==
         (after == nullptr ? kNothing : after->symbols);
}

}  // namespace

// Its patterns are held to the new terms first: what appears meanwhile is judged by them.
bool SymbolRequests::regrant(Subscriber& subscriber, std::shared_ptr<const Grant> granted) {
  subscriber.say_farewells(market_, SIZE_MAX);  // by the name of the plan that it had
  auto work = std::make_unique<SymbolRequest>();
  work->regrants = true;
  work->widens = !same_symbols(subscriber.grant.get(), granted.get());
  work->coverage = entitlements_.of(granted);
  const auto most = most_of(subscriber);
  subscriber.grant = std::move(granted);
  if (most_of(subscriber) > most) work->widens = true;
  std::size_t kept = 0;
  patterns_.keep_only(
      subscriber, [&](const PatternSubscription& held) { return keeps(subscriber, held, kept); },
      [&](const Terms& terms) { return granted_terms(subscriber, terms); });
  subscriber.request = std::move(work);
  return go_on(subscriber);
}

// One that it may hold no more is told by its text: nothing else would say so where it covers
// nothing yet.
bool SymbolRequests::keeps(Subscriber& subscriber, const PatternSubscription& held,
                           std::size_t& kept) const {
  const auto channel = held.terms.channel;
  const bool allowed = allows(subscriber, channel);
  const auto most = most_of(subscriber);
  if (allowed && kept < most) return ++kept > 0;
  const bool own = allowed && most < limits_.subscriptions_per_connection;
  subscriber.to_farewells().add(
      PatternFarewell{channel, bar_of(channel, held.terms.depth),
                      allowed ? ErrorCode::kTooManySymbols : ErrorCode::kForbidden,
                      own ? static_cast<std::uint32_t>(most) : 0U, held.pattern.text()});
  return false;
}

// First what it may have no more, then what its patterns cover by now.
bool SymbolRequests::go_on_regranting(Subscriber& subscriber, SymbolRequest& request) {
  std::size_t budget = kPiece;
  for (; request.place < subscriber.outbox.places(); ++request.place) {
    if (budget-- == 0) return false;
    const SlotIndex index{static_cast<std::uint32_t>(request.place)};
    if (subscriber.outbox.holds(index)) judge_slot(subscriber, request, index);
  }
  while (request.widens && subscriber.patterns != nullptr &&
         request.symbol < subscriber.patterns->size()) {
    const auto& held = (*subscriber.patterns)[request.symbol];
    if (request.instrument == 0) {
      request.terms = held.terms;
      request.slots = slots_of(subscriber, held.terms.channel);
    }
    for (; request.instrument < market_.instruments().size(); ++request.instrument) {
      if (budget-- == 0) return false;
      cover(subscriber, request, held);
    }
    request.instrument = 0;
    ++request.symbol;
  }
  subscriber.say_farewells(market_, SIZE_MAX);
  subscriber.request.reset();
  return true;
}

void SymbolRequests::judge_slot(Subscriber& subscriber, SymbolRequest& request, SlotIndex index) {
  auto& slot = subscriber.outbox.slot(index);
  const auto& instrument = *market_.instrument(slot.instrument);
  const bool covered = request.coverage == nullptr || request.coverage->covers(instrument);
  if (!covered || !allows(subscriber, slot.channel)) {
    const auto channel = slot.channel;
    end(subscriber, index, instrument, {ErrorCode::kForbidden});
    if (channel == Channel::kBook || channel == Channel::kStatus) {
      tell_state_again(subscriber, instrument.id);
    }
    return;
  }
  if (subscriber.grant == nullptr) return;
  const auto& granted = *subscriber.grant;
  // By the limit, not forbidden: it may have this one in place of another.
  if (request.kept == most_of(subscriber)) {
    return end(subscriber, index, instrument, {ErrorCode::kTooManySymbols, own_limit(subscriber)});
  }
  if (subscriber.outbox.interval_ms(slot) < granted.min_interval_ms &&
      !set_interval(subscriber, index, granted.min_interval_ms)) {
    return end(subscriber, index, instrument, {ErrorCode::kTooManySymbols});
  }
  ++request.kept;
  if (slot.channel != Channel::kBook || slot.depth <= granted.depth) return;
  slot.depth = static_cast<std::uint8_t>(granted.depth);
  slot.sequence = 0;
  subscriber.outbox.mark(index);
  marker_.flush_now().add(subscriber);
}

void SymbolRequests::cover(Subscriber& subscriber, SymbolRequest& request,
                           const PatternSubscription& held) {
  const auto* const known = market_.instruments()[request.instrument];
  if (known == nullptr || !held.pattern.matches(*known)) return;
  if (request.coverage != nullptr && !request.coverage->covers(*known)) return;
  const auto bar = bar_of(held.terms.channel, held.terms.depth);
  if (request.slots.find(known->id, bar).has_value()) return;
  if (add_slot(subscriber, *known, held.terms, request.slots) == Added::kTooMany) {
    leave_out(subscriber, *known, held, request.slots);
  }
}

}  // namespace tickgate::gateway
