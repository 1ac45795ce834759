// SPDX-License-Identifier: Apache-2.0
#include "feeds/capture/carriers.h"

#include <algorithm>
#include <functional>
#include <string_view>

namespace tickgate::feeds {

using schemas::Channel;

Carriers::Part& Carriers::of(schemas::InstrumentId instrument) {
  const auto index = instrument.value();
  if (index >= parts_.size()) parts_.resize(index + std::size_t{1});
  return parts_[index];
}

bool Carriers::carries(Channel channel, schemas::InstrumentId instrument,
                       CaptureConnection& connection) {
  auto& carrier = of(instrument).carriers[static_cast<std::size_t>(channel)];
  if (carrier == &connection) return true;
  const bool is_free = carrier == nullptr || !carrier->open ||
                       (channel == Channel::kBook && !carrier->has_book(instrument));
  if (is_free || carrier->opened < connection.opened) carrier = &connection;
  return carrier == &connection;
}

bool Carriers::came_before(const schemas::Trade& trade, const CaptureConnection& connection) {
  if (trade.id.length == 0) return false;  // nothing to tell it by
  if (trader_ == nullptr) trader_ = &connection;
  several_traders_ = several_traders_ || trader_ != &connection;
  auto& [carriers, trades, next_trade] = of(trade.header.instrument);
  const auto hash = std::hash<std::string_view>()(trade.id.view());
  const auto is_it = [&](const SeenTrade& seen) {
    return seen.hash == hash && seen.from != &connection;
  };
  if (several_traders_ && std::any_of(trades.begin(), trades.end(), is_it)) return true;
  if (trades.size() < kTradesKept) {
    trades.push_back({hash, &connection});
  } else {
    trades[next_trade++ % kTradesKept] = {hash, &connection};
  }
  return false;
}

}  // namespace tickgate::feeds
