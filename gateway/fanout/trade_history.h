// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/tick.h"

namespace tickgate::gateway {

// The newest trades of one instrument as text, shared by all its subscribers, each of which holds
// only how far it was sent. A client that falls out of it is told which trades it lost. One
// shard's.
class TradeHistory {
 public:
  static constexpr std::size_t kTrades = 256;  // held at most

  // `first` is the sequence number the next trade is expected to have.
  explicit TradeHistory(schemas::SequenceNumber first) : next_(first.value()) {}

  void add(const schemas::Trade& trade, std::string_view symbol);
  // Trades from..to will never come; said before the next one.
  void add_gap(const schemas::TradeGap& gap);

  // The sequence number after the newest trade (and after the gap behind it).
  schemas::SequenceNumber next() const { return schemas::SequenceNumber{next_}; }

  struct Appended {
    schemas::SequenceNumber next;  // what the client wants next
    std::uint64_t trades = 0;
    std::uint64_t lost = 0;  // because the client was too slow
  };
  // Appends to `out`, comma separated, what a client that wants trade `from` next has not seen: a
  // gap where some are lost, then trades, up to about `room` bytes. Each object ends with `more`.
  Appended append_since(std::string& out, schemas::SequenceNumber from, std::string_view symbol,
                        std::size_t room, std::string_view more = {}) const;

 private:
  struct Entry {
    std::uint64_t sequence = 0;
    schemas::GapReason gap{};  // why those before it are missing, where some are
    std::string text;
  };

  std::vector<Entry> entries_;  // a ring once it is full
  std::size_t oldest_ = 0;
  std::uint64_t next_;
  schemas::GapReason gap_{};  // of the gap behind the newest trade
};

}  // namespace tickgate::gateway
