// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <utility>

#include "gateway/fanout/symbol_requests.h"

// What of its request a client may have, and what it is told of the rest.
namespace tickgate::gateway {

using schemas::Channel;
using schemas::Instrument;

// By the text where there is no such instrument: what it may not have looks the same to a client,
// whether it exists or not.
bool SymbolRequests::covers(const SymbolRequest& request, std::string_view symbol,
                            const Instrument* instrument) {
  if (request.coverage == nullptr) return true;
  return instrument == nullptr ? request.coverage->covers(symbol)
                               : request.coverage->covers(*instrument);
}

std::vector<std::string_view> SymbolRequests::near_symbols(const SymbolRequest& request,
                                                           std::string_view text) const {
  auto near = market_.near_symbols().near(text);
  std::erase_if(near, [&](std::string_view symbol) { return !covers(request, symbol, nullptr); });
  return near;
}

void SymbolRequests::reject_for_limit(const Subscriber& subscriber, SymbolRequest& request,
                                      std::string_view symbol) const {
  request.rejected.push_back(
      {std::string(symbol), ErrorCode::kTooManySymbols, {}, own_limit(subscriber)});
}

// A pattern covers it, and there is no room: the client is told, as it would be of a symbol by
// name. At an interval too many it is held all the same, at the one that it has.
void SymbolRequests::leave_out(Subscriber& subscriber, const Instrument& instrument,
                               const PatternSubscription& held, const SlotMap& slots) {
  const auto bar = bar_of(held.terms.channel, held.terms.depth);
  if (slots.find(instrument.id, bar).has_value()) return;
  subscriber.to_farewells().leave_out(
      {held.terms.channel, bar, ErrorCode::kTooManySymbols, own_limit(subscriber), &instrument},
      held.pattern.text());
  marker_.flush_now().add(subscriber);
}

void SymbolRequests::refuse_channel(Subscriber& subscriber, std::string_view id, Channel channel) {
  std::string message = "channel: " + std::string(name(channel)) + " is not granted";
  const auto& plan = subscriber.grant->plan;
  if (!plan.empty()) message.append(" by plan ").append(plan);
  subscriber.replies.add_error(id, ErrorCode::kForbidden, message, false);
}

bool SymbolRequests::allows(const Subscriber& subscriber, Channel channel) {
  return subscriber.grant == nullptr || subscriber.grant->allows(channel);
}

std::size_t SymbolRequests::most_of(const Subscriber& subscriber) const {
  const auto most = limits_.subscriptions_per_connection;
  const auto granted = subscriber.grant == nullptr ? 0U : subscriber.grant->subscriptions;
  return granted == 0 ? most : std::min<std::size_t>(most, granted);
}

// Its own limit, if it has met that; 0: the gateway's is as strict, or it has met another one.
std::uint32_t SymbolRequests::own_limit(const Subscriber& subscriber) const {
  const auto most = most_of(subscriber);
  const auto patterns = subscriber.patterns == nullptr ? 0U : subscriber.patterns->size();
  const bool own = most < limits_.subscriptions_per_connection &&
                   std::max<std::size_t>(subscriber.outbox.size(), patterns) >= most;
  return own ? static_cast<std::uint32_t>(most) : 0U;
}

// Stricter where the client's own grant is.
Terms SymbolRequests::granted_terms(const Subscriber& subscriber, Terms terms) const {
  terms.interval_ms = std::max(terms.interval_ms, limits_.min_interval_ms);
  if (subscriber.grant == nullptr) return terms;
  terms.interval_ms = std::max(terms.interval_ms, subscriber.grant->min_interval_ms);
  if (terms.channel == Channel::kBook) {
    terms.depth =
        static_cast<std::uint8_t>(std::min<std::uint16_t>(terms.depth, subscriber.grant->depth));
  }
  return terms;
}

}  // namespace tickgate::gateway
