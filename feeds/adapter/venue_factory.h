// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "feeds/adapter/venue_adapter.h"
#include "schemas/instrument.h"

namespace tickgate::feeds {

// Makes ticks out of nothing, in place of a venue: the simulator. It speaks to the AdapterEvents it
// was made with, on the feed's thread.
class TickSource {
 public:
  virtual ~TickSource() = default;
  virtual void start(schemas::Timestamp now) = 0;
  virtual void advance(schemas::Timestamp now) = 0;  // each millisecond or so
};

// Feeds know no venue by name; who builds them hands these in.
using AdapterFactory = std::function<std::unique_ptr<VenueAdapter>(
    const AdapterSettings&, schemas::InstrumentRegistry&, AdapterEvents&)>;
using SourceFactory =
    std::function<std::unique_ptr<TickSource>(schemas::InstrumentRegistry&, AdapterEvents&)>;

}  // namespace tickgate::feeds
