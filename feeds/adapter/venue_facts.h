// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "feeds/adapter/venue_clock.h"
#include "schemas/ids.h"

namespace tickgate::feeds {

struct CandleWords;

// What the venue permits us, as its documentation says or as it was met. Requests and connections
// are counted by host, over all feeds of the process.
struct VenueLimits {
  double sends_per_second = 5;
  std::size_t send_burst = 5;
  bool sends_by_host = false;          // counted over all connections, not over each
  double fetch_weight_per_second = 1;  // a plain fetch weighs 1 (FetchRequest::weight)
  // At once, after a rest: within a minute at most this and 60 times the above are used.
  double fetch_weight_burst = 1;
  double resyncs_per_second = 2;
  std::size_t max_frame_bytes = 16U << 20U;
  std::chrono::seconds lifetime{0};               // the venue disconnects after this; 0: never
  std::chrono::milliseconds between_connects{0};  // from one attempt to the next
  std::size_t connects = 300;                     // attempts within the time below; 0: no limit
  std::chrono::seconds connects_within{300};
};

// Which depths of book may be subscribed to. With neither: the configuration has no such choice.
struct BookDepths {
  std::uint32_t preset = 0;                  // what is taken when nobody chooses
  std::span<const std::uint32_t> offered{};  // one of these, or
  std::uint32_t least = 0, most = 0;         // any from least to most
};

// A text that the venue wants to hear now and then, or it closes the connection.
struct KeepAlive {
  std::string_view text{};         // empty: WebSocket's own pings do
  std::chrono::seconds period{0};  // after so long without a message of ours
};

// How the numbers of one kind of message go over all connections of a venue: alike on each, or not.
enum class Numbering : std::uint8_t {
  kNone,        // each connection has its own, or none
  kRising,      // a newer one has a higher number
  kContiguous,  // and none is skipped
};

// By the channel. What is numbered has the venue's number in its tick's header.sequence, and two
// lines of a feed are arbitrated by it; of what is not, the second line is a warm spare.
struct NumberedAcrossConnections {
  Numbering quotes{}, books{}, trades{};
};

// What a venue says of itself, once. Constant data of its pair of files; the texts are literals.
struct VenueFacts {
  std::string_view name;             // "kraken": in the configuration and in the feed's name
  std::string_view label = name;     // in metrics and captures; in capitals, in symbols
  std::string_view websocket_url{};  // where the configuration names none
  std::string_view rest_url{};
  schemas::Integrity integrity{};  // what proves a book
  bool quotes_from_book = false;   // it has no quotes of its own: they are a book's best levels
  bool has_ticker = true;          // else tickers are made of its trades and candles
  bool made_up = false;            // a source of ticks in this process: no network, no capture
  VenueLimits limits{};
  KeepAlive keep_alive{};
  VenueClock clock{};
  const CandleWords* candles = nullptr;  // its bars of the past; null: it has none
  std::chrono::seconds heartbeat{0};  // the venue's own, on every connection; 0: none that is sure
  BookDepths book_depths{};
  bool make_before_break = true;  // a connection is replaced before its planned end, not after
  NumberedAcrossConnections numbered{};
  std::size_t symbols_per_connection = 0;  // beyond it a feed has another; 0: no such limit
};

}  // namespace tickgate::feeds
