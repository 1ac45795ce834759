// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "feeds/adapter/venue_adapter.h"
#include "feeds/adapter/venue_factory.h"
#include "feeds/derived/bar_series.h"
#include "feeds/feed/feed.h"

namespace tickgate::feeds {

// Where a feed's bytes come from in place of the network: a file of capture format 1.
struct CaptureSettings {
  std::string path;    // empty: the network
  double speed = 1.0;  // of the capture's own time, > 0
  bool loop = false;   // from the start again, over a "reconnect"
};

// Where the second line of a feed of two goes; what is empty is the first one's.
struct SecondEndpoint {
  std::string websocket_url, rest_url;
};

// All that one feed is made of. Exactly one of the factories is set.
struct FeedSettings {
  FeedOptions options;
  AdapterSettings adapter;
  SecondEndpoint second;
  AdapterFactory make_adapter;
  SourceSettings source;
  SourceFactory make_source;
  CaptureSettings capture;
  BarsOptions bars;
  std::string proxy;    // as the configuration has it, perhaps with a secret; empty: environment's
  std::string ca_file;  // PEM, trusted beside the system's; empty: none
};

// What an adapter of the second line, for these pairs, is made of.
AdapterSettings second_line(const FeedSettings& settings, const std::vector<std::string>& pairs);

// Whether the files that the feed would read at its start can be read: its capture, or its
// authorities and what the environment says of a proxy. The error is FeedThread::start()'s.
absl::Status check_files(const FeedSettings& settings);

}  // namespace tickgate::feeds
