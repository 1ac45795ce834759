// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "feeds/adapter/venue_adapter.h"

// Binance spot: combined streams of depth, bookTicker, trade and ticker; the books are bridged by
// REST snapshots (venue: "WebSocket Streams", "How to manage a local order book correctly").
namespace tickgate::feeds::binance {

// `registry` and `events` outlive the adapter. settings.book_depth is the depth of the REST
// snapshot (1000 by default, at most 5000); levels beyond it are not shown.
std::unique_ptr<VenueAdapter> make_adapter(const AdapterSettings& settings,
                                           schemas::InstrumentRegistry& registry,
                                           AdapterEvents& events);

const VenueFacts& facts();

}  // namespace tickgate::feeds::binance
