// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "feeds/adapter/venue_adapter.h"
#include "feeds/feed/clock_report.h"
#include "feeds/feed/feed_counters.h"
#include "feeds/feed/instrument_tallies.h"
#include "feeds/feed/moment.h"
#include "feeds/feed/quarantine.h"
#include "schemas/tick.h"

namespace tickgate::feeds {

// What is known of the rhythm in which a channel of one instrument updates.
struct RhythmReport {
  bool known = false;  // enough was seen to judge its silence
  std::uint32_t gaps = 0;
  Monotonic patience{};  // the silence that its rhythm still explains
  Monotonic longest{};   // gap of its own
  Monotonic silent{};    // since the last update, or since it was asked for
  // When it is called stale if nothing comes, from now on: less than zero, it is. max(): its
  // silence alone makes nothing stale.
  Monotonic stale_in = Monotonic::max();
};

// The newest value of one channel.
struct ChannelReport {
  schemas::Channel channel{};
  std::uint64_t sequence = 0;  // ours; 0: nothing came
  schemas::Timestamp received{schemas::kNoTime}, venue_time{schemas::kNoTime};
  RhythmReport rhythm;
};

// As StateChange, with texts of its own.
struct ToldChange {
  schemas::Timestamp at;
  schemas::State state{}, quote_state{};
  std::string reason, quote_reason;
};

// The connection that carries an instrument.
struct ConnectionReport {
  std::size_t index = 1, count = 1;  // which of the feed's, from 1
  FeedState state{};
  schemas::Timestamp since;
  std::string reason;  // why it is not live
  std::string host;    // it connects to, with a port where one is given; empty: there is no network
  std::size_t symbols = 0;
  bool replacing = false;  // another one is opened in its place
};

// Ticks of an instrument that were not served as prices.
struct QuarantineReport {
  static constexpr std::size_t kMost = 5;

  ImplausibleCounts counts{};
  std::vector<QuarantinedTick> newest;  // first; of those that the feed still keeps
};

// All that a feed knows of one of its instruments: the answer to "why?". A copy: it refers to
// nothing of the feed.
struct Explanation {
  std::string feed, venue;
  ConnectionReport connection;
  ClockReport clock;                // of the venue
  std::size_t line = 1, lines = 1;  // which of the lines that carry it speaks, from 1
  schemas::Timestamp now;
  schemas::InstrumentStatus status;
  std::vector<ToldChange> changes;  // the newest first
  std::vector<ChannelReport> channels;
  std::vector<VenueNumber> numbers;
  TallyCounts tallies{};
  Refusal refusal;
  QuarantineReport quarantined;
};

}  // namespace tickgate::feeds
