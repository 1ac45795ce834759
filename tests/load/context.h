// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "tests/load/findings.h"
#include "tests/load/histogram.h"
#include "tests/load/known_symbols.h"
#include "tests/load/message_scanner.h"
#include "tests/load/options.h"
#include "tests/load/reply_reader.h"
#include "tests/load/requests.h"
#include "tests/load/trade_ledger.h"
#include "tests/load/wire.h"

namespace tickgate::load {

// Since the start of the run, over all connections.
struct Counts {
  std::uint64_t frames = 0;  // text messages
  std::uint64_t updates = 0;
  std::uint64_t bytes = 0;      // read, without TLS's own
  std::uint64_t backwards = 0;  // updates with a lower seq than one before them
  std::uint64_t degraded = 0;

  Counts operator-(const Counts& earlier) const {
    return {frames - earlier.frames, updates - earlier.updates, bytes - earlier.bytes,
            backwards - earlier.backwards, degraded - earlier.degraded};
  }
};

// What all connections share: buffers, and what they count into. One thread. Times are
// microseconds of the monotonic clock, unless they are said to be the server's.
struct Context {
  // `then` is null where clients that leave go nowhere.
  Context(const Options& the_options, const Destination& the_destination,
          const Destination* the_other = nullptr)
      : options(the_options),
        destination(the_destination),
        then(the_other),
        scanner(the_options.channel) {}

  // Whether a new subscriber is sent the last value at once: a trade is an event, not a state.
  bool values_are_state() const { return options.channel != "trade"; }

  const Options& options;
  const Destination& destination;
  const Destination* then;
  int epoll = -1;
  std::int64_t now = 0;  // when this turn of the loop began

  std::vector<char> buffer = std::vector<char>(std::size_t{1} << 20U);
  MessageScanner scanner;
  ReplyReader replies;

  KnownSymbols known;
  Counts counts;
  Findings findings;

  bool measuring = false;
  std::int64_t measured_from = 0;
  Histogram latency;         // of the steady connections, while measuring
  std::int64_t silence = 0;  // longest between two messages to a steady one, in this window

  // How old the oldest value was that readers were sent when they read again.
  std::int64_t oldest_value = 0;

  TradeLedger trades;  // where clients may move, while measuring
  std::uint64_t gaps = 0;

  Histogram answers;  // to churn's requests
  std::uint64_t answered = 0;
};

// Microseconds, of the monotonic clock and since 1970.
std::int64_t monotonic_now();
std::int64_t wall_now();

}  // namespace tickgate::load
