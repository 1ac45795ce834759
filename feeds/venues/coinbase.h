// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "feeds/adapter/venue_adapter.h"

// Coinbase Advanced Trade: level2, market_trades, ticker and heartbeats over one WebSocket, whose
// messages are numbered through.
namespace tickgate::feeds::coinbase {

// `registry` and `events` outlive the adapter. settings.book_depth means nothing here: level2 is
// the full depth. REST is asked for the best prices of a product that is quiet.
std::unique_ptr<VenueAdapter> make_adapter(const AdapterSettings& settings,
                                           schemas::InstrumentRegistry& registry,
                                           AdapterEvents& events);

const VenueFacts& facts();

}  // namespace tickgate::feeds::coinbase
