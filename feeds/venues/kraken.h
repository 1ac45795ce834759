// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "feeds/adapter/venue_adapter.h"

// Kraken spot, WebSocket v2: book, trade, ticker and instrument channels. A book is proven by the
// CRC32 that comes with each of its changes; a book that fails is subscribed anew.
namespace tickgate::feeds::kraken {

// `registry` and `events` outlive the adapter. settings.book_depth is the depth subscribed to, of
// 10, 25, 100, 500 and 1000; 25 by default.
std::unique_ptr<VenueAdapter> make_adapter(const AdapterSettings& settings,
                                           schemas::InstrumentRegistry& registry,
                                           AdapterEvents& events);

const VenueFacts& facts();

}  // namespace tickgate::feeds::kraken
