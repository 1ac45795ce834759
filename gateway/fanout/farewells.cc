// SPDX-License-Identifier: Apache-2.0
#include "gateway/fanout/farewells.h"

#include <algorithm>
#include <optional>

#include "gateway/fanout/object_text.h"
#include "schemas/json.h"

namespace tickgate::gateway {
namespace {

// Of one: its part of an `unsubscribed`, and its status.
constexpr std::size_t kBytes = 256;

Rejection rejection(const Farewell& one) {
  return {one.instrument->symbol, one.code, {}, one.limit};
}
Rejection rejection(const PatternFarewell& one) { return {one.pattern, one.code, {}, one.limit}; }

// One object for all of a kind.
template <typename All>
void say_ended(const All& ended, std::string_view plan, Replies& replies) {
  for (auto from = ended.begin(); from != ended.end();) {
    Acknowledgement alike{"null", from->channel, {}, {}};
    alike.plan = plan;
    if (from->channel == schemas::Channel::kBar) {
      alike.interval = static_cast<schemas::Interval>(from->bar);
    }
    auto to = from;
    for (; to != ended.end() && to->channel == from->channel && to->bar == from->bar &&
           to->code == from->code;
         ++to) {
      alike.rejected.push_back(rejection(*to));
    }
    replies.add_unsubscribed(alike);
    from = to;
  }
}

// Of one that is served again, the status that it has now follows by itself.
void say_closed(const Market& market, const std::vector<Farewell>& ended, Replies& replies) {
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

}  // namespace

void Farewells::leave_out(const Farewell& one, std::string_view pattern) {
  if (left_out_ == kMostLeftOut) {
    return add(PatternFarewell{one.channel, one.bar, one.code, one.limit, std::string(pattern)});
  }
  if (waiting_.insert(one).second) ++left_out_;
}

void Farewells::say(const Market& market, std::string_view plan, std::size_t room,
                    Replies& replies) {
  const auto most = std::max<std::size_t>(room / kBytes, 1);
  const auto ended = take(most);
  say_closed(market, ended, replies);
  say_ended(ended, plan, replies);
  if (waiting_.empty() && ended.size() < most) say_patterns(plan, most - ended.size(), replies);
}

std::vector<Farewell> Farewells::take(std::size_t most) {
  const auto count = std::min(most, waiting_.size());
  const auto end = std::next(waiting_.begin(), static_cast<std::ptrdiff_t>(count));
  std::vector<Farewell> taken(waiting_.begin(), end);
  waiting_.erase(waiting_.begin(), end);
  if (waiting_.empty()) left_out_ = 0;
  return taken;
}

void Farewells::say_patterns(std::string_view plan, std::size_t most, Replies& replies) {
  const auto count = std::min(most, patterns_.size());
  const auto end = std::next(patterns_.begin(), static_cast<std::ptrdiff_t>(count));
  const std::vector<PatternFarewell> taken(patterns_.begin(), end);
  patterns_.erase(patterns_.begin(), end);
  say_ended(taken, plan, replies);
}

}  // namespace tickgate::gateway
