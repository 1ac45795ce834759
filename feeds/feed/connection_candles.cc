// SPDX-License-Identifier: Apache-2.0
// Bars of the past: asked of the adapter, and answered once each, whatever becomes of the
// connection.
#include <algorithm>
#include <chrono>
#include <utility>

#include "feeds/feed/connection.h"

namespace tickgate::feeds {
namespace {

// They wait behind all else that is asked of the venue, in pages, and hundreds may wait at a time.
constexpr Monotonic kCandlesWithin = std::chrono::minutes(5);

bool same(const CandleRequest& a, const CandleRequest& b) {
  return a.instrument == b.instrument && a.interval == b.interval && a.from == b.from &&
         a.to == b.to;
}

}  // namespace

bool Connection::ask_candles(const CandleRequest& request, CandleSink& sink) {
  if (!link_.up() || forgetting_ || !adapter_->ask_candles(request)) return false;
  asked_candles_.push_back({request, &sink, now_.steady + kCandlesWithin});
  return true;
}

// One that nobody waits for any more is nobody's.
void Connection::on_candles(const CandleAnswer& answer) {
  const auto asked = std::ranges::find_if(
      asked_candles_, [&](const auto& one) { return same(one.request, answer.request); });
  if (asked == asked_candles_.end()) return;
  CandleSink& sink = *asked->sink;
  asked_candles_.erase(asked);
  sink.on_candles(answer);
}

void Connection::check_candles() {
  while (!asked_candles_.empty() && asked_candles_.front().deadline <= now_.steady) {
    on_candles({asked_candles_.front().request, false, {}, now_.wall});
  }
}

void Connection::give_up_candles() {
  for (const auto& one : std::exchange(asked_candles_, {})) {
    one.sink->on_candles({one.request, false, {}, now_.wall});
  }
}

}  // namespace tickgate::feeds
