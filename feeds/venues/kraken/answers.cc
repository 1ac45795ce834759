// SPDX-License-Identifier: Apache-2.0
// What is asked of the venue, and what it answers: acknowledgements and refusals.
#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "feeds/venues/kraken/adapter_class.h"
#include "feeds/venues/kraken/requests.h"

namespace tickgate::feeds::kraken {

using schemas::Channel;
using schemas::to_absl;

namespace {

constexpr std::size_t kMostRequests = 1000;  // whose answers we still understand

std::optional<Channel> subscribed_channel(std::string_view name) {
  const auto channel = schemas::channel_from_name(name);
  return channel && std::ranges::find(kChannels, *channel) != kChannels.end() ? channel
                                                                              : std::nullopt;
}

}  // namespace

void Adapter::subscribe_to(Channel channel, std::span<const std::string> symbols) {
  Request request{++last_request_id_, channel, {}};
  std::vector<VenueSubscription> awaited;
  for (const auto& symbol : symbols) {
    request.instruments.push_back(instruments_.find(symbol)->id());
    awaited.push_back({request.instruments.back(), channel});
  }
  events_.send(subscribe(schemas::name(channel), symbols, channel == Channel::kBook ? depth_ : 0,
                         request.id),
               awaited);
  if (requests_.size() == kMostRequests) requests_.erase(requests_.begin());
  requests_.push_back(std::move(request));
}

void Adapter::on_reply(const Reply& reply) {
  if (reply.method != "subscribe") return;  // pong; unsubscribe is followed by its subscribe
  if (reply.success != "true") return take_refusal(reply);
  const auto channel = subscribed_channel(reply.channel);
  if (!channel) return;  // instrument
  Entry* const entry = entry_of(reply.symbol);
  if (entry == nullptr) return;
  std::uint64_t depth = 0;
  if (*channel == Channel::kBook && absl::SimpleAtoi(to_absl(reply.depth), &depth)) {
    entry->state.depth = depth;
  }
  events_.on_acknowledged({entry->id(), *channel});
}

// A refusal names its symbol or nothing; the request's id tells the channel.
void Adapter::take_refusal(const Reply& reply) {
  refusals_.warning("feeds.kraken", "subscription refused",
                    {{"symbol", reply.symbol}, {"message", reply.error}});
  std::uint64_t id = 0;
  const Request* request = nullptr;
  if (absl::SimpleAtoi(to_absl(reply.request_id), &id)) {
    const auto it = std::ranges::find(requests_, id, &Request::id);
    if (it != requests_.end()) request = &*it;
  }
  Entry* const entry = reply.symbol.empty() ? nullptr : instruments_.find(reply.symbol);
  if (request == nullptr) {
    if (entry == nullptr) return;
    const auto channel = subscribed_channel(reply.channel);
    for (const Channel each : kChannels) {
      if (!channel || each == *channel) events_.on_refused({entry->id(), each}, reply.error);
    }
    return;
  }
  if (entry != nullptr) return events_.on_refused({entry->id(), request->channel}, reply.error);
  for (const auto instrument : request->instruments) {
    events_.on_refused({instrument, request->channel}, reply.error);
  }
}

}  // namespace tickgate::feeds::kraken
