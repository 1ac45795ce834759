// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "feeds/adapter/credentials.h"
#include "feeds/adapter/implausible.h"
#include "schemas/ids.h"

namespace tickgate::feeds {

// A message of the venue's, or a part of it: what was read when something was found wrong.
struct RawMessage {
  std::string_view bytes;  // empty: nothing was, as of a made-up venue
  bool is_binary = false;
};

struct QuarantinedTick {
  schemas::Timestamp time;  // our clock
  std::string symbol;
  schemas::Channel channel{};
  Implausible reason{};
  std::string price;
  std::string reference;  // empty: it was held against nothing
  std::string message;    // what the venue sent, cut; of a binary frame its hex
  std::size_t message_bytes = 0;
  bool is_binary = false;
};

// Who saw a tick: a connection, which has a number of its own.
using Witness = schemas::Strong<struct WitnessTag, std::uint64_t>;

// The last ticks of a feed that were not served as prices. Where several connections carry an
// instrument (two lines, or one and its replacement), each sees the same tick: it is kept once.
// Bounded: kMost times about 1 KB. Written on the feed's thread, and only when something is wrong;
// read by any.
class Quarantine {
 public:
  static constexpr std::size_t kMost = 100;
  static constexpr std::chrono::seconds kSameTick{10};  // later, it is another one
  static constexpr std::size_t kMostText = 512;         // bytes of a message that are kept
  static constexpr std::size_t kMostBinary = 256;       // likewise
  static constexpr std::size_t kMostNumber = 64;

  // For one more connection. The feed's thread.
  Witness new_witness() { return Witness{++witnesses_}; }

  // False: another one saw it before, and it is kept already.
  bool add(QuarantinedTick tick, Witness witness);
  // It is served no more.
  void remove(std::string_view symbol);
  // Newest first.
  std::vector<QuarantinedTick> newest() const;
  // Likewise, those of one instrument, at most so many.
  std::vector<QuarantinedTick> newest_of(std::string_view symbol, std::size_t most) const;

 private:
  struct Kept {
    QuarantinedTick tick;
    std::vector<Witness> seen_by;
  };

  std::uint64_t witnesses_ = 0;
  mutable std::mutex mutex_;
  std::deque<Kept> kept_;  // oldest first
};

// As much of it as is kept, around the number that is wrong where that is found; never half a
// character, and without what is secret.
std::string excerpt(const RawMessage& message, std::string_view number,
                    const Credentials& credentials);

}  // namespace tickgate::feeds
