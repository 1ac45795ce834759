// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "feeds/adapter/adapter_base.h"
#include "feeds/adapter/trade_ids.h"
#include "feeds/venues/kraken_messages.h"
#include "schemas/json.h"

// What Kraken is asked for, and what it answers.
namespace tickgate::feeds::kraken {

using schemas::Channel;

inline constexpr std::array<std::uint32_t, 5> kDepths = {10, 25, 100, 500, 1000};

// What is subscribed to for each pair.
inline constexpr std::array kChannels = {Channel::kBook, Channel::kTrade, Channel::kTicker};
inline constexpr std::size_t kSymbolsPerRequest = 100;
inline constexpr std::size_t kMostRequests = 1000;  // whose answers we still understand

// "BTC-USD" -> "BTC/USD".
inline std::string venue_symbol(std::string_view pair) {
  std::string out(pair);
  if (const auto dash = out.find('-'); dash != std::string::npos) out[dash] = '/';
  return out;
}

inline constexpr std::string_view kNotListed = "not listed";  // ours, for what no list has

// What the venue calls itself or a pair. Nullopt for a word that is new to us: then a halt, until
// a trade shows that it is none.
inline std::optional<Trading> trading_of(std::string_view status) {
  for (const std::string_view open : {"online", "limit_only", "reduce_only"}) {
    if (status == open) return Trading::kOn;
  }
  if (status == kNotListed) return Trading::kClosed;
  for (const std::string_view halted :
       {"maintenance", "cancel_only", "post_only", "work_in_progress"}) {
    if (status == halted) return Trading::kHalted;
  }
  return status == "delisted" ? std::optional(Trading::kClosed) : std::nullopt;
}

// What is kept of one symbol.
struct State : SymbolState {
  TradeIds trades{TradeIds::Jump::kIsOneOrMoreInDoubt};
  OrderBook levels;
  std::size_t depth = 0;                    // as acknowledged on this connection; 0: not yet
  std::string status = "online";            // the venue's word
  std::uint64_t listed_by = 0;              // the frame that had it last
  bool traded = false;                      // since that word, or the whole venue's
  bool refused = false;                     // on this connection: not listed yet, perhaps
  bool probing = false;                     // a ticker was asked for, and nothing has come since
  std::optional<std::uint64_t> checksum{};  // that proved the book last

  const OrderBook& book() const { return levels; }
  void clear_book() { levels.clear(); }
  void continue_from(const State& other) {
    SymbolState::continue_from(other);
    status = other.status;
    traded = other.traded;
  }
};

inline std::optional<Channel> subscribed_channel(std::string_view name) {
  const auto channel = schemas::channel_from_name(name);
  return channel && std::ranges::find(kChannels, *channel) != kChannels.end() ? channel
                                                                              : std::nullopt;
}

// The half of the adapter that asks; kraken.cc reads the market with it.
class Subscriptions : public AdapterBase<State> {
 protected:
  // `depth` of the books, one of those offered.
  Subscriptions(const VenueFacts& facts, const AdapterSettings& settings,
                schemas::InstrumentRegistry& registry, AdapterEvents& events, std::size_t depth)
      : AdapterBase(facts, settings, registry, events), depth_(depth) {}

  // Which pairs there are, and which of them trade.
  virtual void ask_for_instruments() = 0;

  Entry* add_pair(const std::string& pair) override { return add(venue_symbol(pair), pair); }
  // Of what is new to us the list is to tell too: afterwards it tells changes only.
  void subscribe_to_added(std::span<Entry* const> entries) override {
    for_each_request(entries, [this](std::span<Entry* const> some) {
      for (const Channel channel : kChannels) subscribe_to(channel, some);
    });
    ask_for_instruments();
  }
  void unsubscribe_from(std::span<Entry* const> entries) override {
    for_each_request(entries, [this](std::span<Entry* const> some) {
      for (const Channel channel : kChannels) {
        events_.send(request("unsubscribe", schemas::name(channel), some), {});
      }
    });
  }
  template <typename Ask>
  static void for_each_request(std::span<Entry* const> entries, Ask&& ask) {
    for (std::size_t first = 0; first < entries.size(); first += kSymbolsPerRequest) {
      ask(entries.subspan(first, std::min(kSymbolsPerRequest, entries.size() - first)));
    }
  }
  // {"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"],"depth":25,
  //  "snapshot":true},"req_id":1}; the channel "instrument" has no symbols.
  std::string request(std::string_view method, std::string_view channel,
                      std::span<Entry* const> entries) {
    auto out = fmt::format(R"({{"method":"{}","params":{{"channel":"{}")", method, channel);
    std::string_view separator = R"(,"symbol":[)";
    for (const Entry* const entry : entries) {
      schemas::append_json_string(out.append(separator), entry->venue_symbol);
      separator = ",";
    }
    if (!entries.empty()) out.append("]");
    if (channel == "book") out.append(fmt::format(R"(,"depth":{})", depth_));
    if (method == "subscribe") out.append(R"(,"snapshot":true)");
    return out.append(fmt::format(R"(}},"req_id":{}}})", ++last_request_id_));
  }
  void subscribe_to(Channel channel, std::span<Entry* const> entries) {
    std::vector<schemas::InstrumentId> instruments;
    std::vector<VenueSubscription> awaited;
    for (const Entry* const entry : entries) {
      instruments.push_back(entry->id());
      awaited.push_back({entry->id(), channel});
    }
    events_.send(request("subscribe", schemas::name(channel), entries), awaited);
    if (requests_.size() == kMostRequests) requests_.erase(requests_.begin());
    requests_.push_back({last_request_id_, channel, std::move(instruments)});
  }

  void on_reply(const Reply& reply) {
    if (reply.method != "subscribe") return;  // pong; unsubscribe is followed by its subscribe
    if (reply.success != "true") return on_refusal(reply);
    const auto channel = subscribed_channel(reply.channel);
    if (!channel) return;  // instrument, which is its own answer
    Entry* const entry = entry_of(reply.symbol);
    if (entry == nullptr) return;
    std::uint64_t depth = 0;
    // One that is not offered is a mistake, by which no checksum would ever fit.
    if (*channel == Channel::kBook && absl::SimpleAtoi(schemas::to_absl(reply.depth), &depth) &&
        std::ranges::find(kDepths, depth) != kDepths.end()) {
      entry->state.depth = depth;
    }
    events_.on_acknowledged({entry->id(), *channel});
  }
  void forget_requests() { requests_.clear(); }

 private:
  struct Request {
    std::uint64_t id;
    Channel channel;
    std::vector<schemas::InstrumentId> instruments;
  };

  // A refusal names its symbol or nothing; the request's id tells the channel.
  void on_refusal(const Reply& reply) {
    refusals_.warning(log_name_, "subscription refused",
                      {{"symbol", reply.symbol}, {"message", reply.error}});
    const Request* const request = request_of(reply.request_id);
    Entry* const entry = reply.symbol.empty() ? nullptr : instruments_.find(reply.symbol);
    if (entry != nullptr) entry->state.refused = true;
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
  const Request* request_of(std::string_view request_id) const {
    std::uint64_t id = 0;
    if (!absl::SimpleAtoi(schemas::to_absl(request_id), &id)) return nullptr;
    const auto it = std::ranges::find(requests_, id, &Request::id);
    return it == requests_.end() ? nullptr : &*it;
  }

  const std::size_t depth_;        // to subscribe to
  std::vector<Request> requests_;  // on this connection, by rising id
  std::uint64_t last_request_id_ = 0;
};

}  // namespace tickgate::feeds::kraken
