// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/fake_market.h"

namespace tickgate::testing {

// What goes wrong. One time, with the next update of a pair, unless it says otherwise.
enum class Fault : std::uint8_t {
  kGap,            // an update is not sent
  kDuplicate,      // it is sent twice
  kOutOfOrder,     // it is sent after the one that follows
  kWrongChecksum,  // Kraken only
  kMalformedJson,  // a frame of garbage comes before it
  kGarbageFlood,   // thirty such frames
  kTruncatedJson,  // half of its frame is sent
  kHugeFrame,      // a snapshot of 6 MB comes before it; Coinbase only
  kSilence,        // nothing more is sent on this connection, to nobody
  kSlowDrip,       // its frame takes a second, a few bytes at a time; what follows waits
  kAbruptClose,    // the socket is closed in the midst of its frame
};

enum class Identity : std::uint8_t { kGood, kWrongName, kUnknownAuthority };

// A venue on loopback, over TLS, with a certificate made on the spot: answers subscriptions (and
// REST), sends an update of each pair every `interval` and a heartbeat every fifth of a second, and
// does wrong when told to. A thread of its own; every method from any thread.
class FakeVenue {
 public:
  struct Options {
    Dialect dialect = Dialect::kKraken;
    Identity identity = Identity::kGood;
    std::vector<std::string> pairs{"BTC-USD", "ETH-USD"};
    std::vector<std::string> refused{};  // of the pairs
    std::chrono::milliseconds interval{20};
    bool hangs_up = false;  // closes every connection as soon as it is upgraded: a storm
  };

  explicit FakeVenue(Options options);
  ~FakeVenue();
  FakeVenue(const FakeVenue&) = delete;
  FakeVenue& operator=(const FakeVenue&) = delete;

  void inject(Fault fault, const std::string& pair);
  // Answers the next `count` REST requests with 429 and Retry-After: 1.
  void refuse_fetches(int count);

  std::string websocket_url() const;  // wss://localhost:port/...
  std::string rest_url() const;
  std::string ca_file() const;

  // So far.
  std::uint64_t connections() const;  // TCP
  std::uint64_t upgrades() const;     // of them became WebSockets
  std::uint64_t fetches() const;
  std::uint64_t snapshots(const std::string& pair) const;  // sent or fetched
  std::uint64_t updates(const std::string& pair) const;    // the newest that is true

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tickgate::testing
