// SPDX-License-Identifier: Apache-2.0
#include "gateway/fanout/farewells.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "gateway/fanout/object_text.h"
#include "schemas/json.h"

namespace tickgate::gateway {
namespace {

// Of one: its part of an `unsubscribed`, and its status.
constexpr std::size_t kBytes = 256;

void say_ended(std::span<const Farewell> alike, Replies& replies) {
  const auto& first = alike.front();
  Acknowledgement ended{"null", first.channel, {}, {}};
  for (const auto& one : alike) {
    ended.rejected.push_back({one.instrument->symbol, one.code, {}});
  }
  if (first.channel == schemas::Channel::kBar) {
    ended.interval = static_cast<schemas::Interval>(first.bar);
  }
  replies.add_unsubscribed(ended);
}

}  // namespace

void Farewells::say(const Market& market, std::size_t room, Replies& replies) {
  std::vector<Farewell> ended;
  for (auto used = kBytes; !waiting_.empty() && used <= std::max(room, kBytes); used += kBytes) {
    ended.push_back(*waiting_.begin());
    waiting_.erase(waiting_.begin());
  }
  say_closed(market, ended, replies);
  for (auto from = ended.begin(); from != ended.end();) {
    const auto to = std::find_if(from, ended.end(), [&](const Farewell& one) {
      return one.channel != from->channel || one.bar != from->bar || one.code != from->code;
    });
    say_ended({from, to}, replies);
    from = to;
  }
}

// Of one that is served again, the status that it has now follows by itself.
void Farewells::say_closed(const Market& market, const std::vector<Farewell>& ended,
                           Replies& replies) {
  std::vector<const schemas::Instrument*> closed;
  closed.reserve(ended.size());
  for (const auto& one : ended) {
    if (one.code == ErrorCode::kUnknownSymbol) closed.push_back(one.instrument);
  }
  std::ranges::sort(closed, {}, &schemas::Instrument::id);
  closed.erase(std::unique(closed.begin(), closed.end()), closed.end());
  for (const auto* const instrument : closed) {
    const auto* const status = market.last_words(instrument->id);
    if (status == nullptr) continue;
    std::string text;
    append_json(text, *status, instrument->symbol, live_name(market.delay_s()));
    append_member(text, delay_member(market.delay_s()));
    replies.add(text);
  }
}

}  // namespace tickgate::gateway
