// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "feeds/feed.h"
#include "feeds/venue_adapter.h"
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

// Where a feed's bytes come from in place of the network: a file of capture format 1.
struct CaptureSettings {
  std::string path;    // empty: the network
  double speed = 1.0;  // of the capture's own time, > 0
  bool loop = false;   // from the start again, over a "reconnect"
};

// All that one feed is made of. Exactly one of the factories is set.
struct FeedSettings {
  FeedOptions options;
  AdapterSettings adapter;
  AdapterFactory make_adapter;
  SourceFactory make_source;
  CaptureSettings capture;
  std::string ca_file;  // PEM, trusted beside the system's; empty: none
};

}  // namespace tickgate::feeds
