// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/tick.h"

namespace tickgate::gateway {

// How a client came to want the trades that it wants next.
enum class Standing : std::uint8_t {
  kFollows,    // it was sent all before them: what is missing was lost by its own slowness
  kResumes,    // it said what it saw last
  kRestarted,  // likewise, and that was of another run
};

// The newest trades of one instrument. As text they are made when they are first sent, and shared
// by all who follow, each of whom holds only how far it was sent. A client that falls out of it is
// told which trades it lost. One shard's.
class TradeHistory {
 public:
  // `first` is the sequence number the next trade is expected to have. All bytes that it holds are
  // added to `used`, which outlives it.
  TradeHistory(schemas::SequenceNumber first, std::size_t& used);
  TradeHistory(const TradeHistory&) = delete;
  TradeHistory& operator=(const TradeHistory&) = delete;
  ~TradeHistory();

  std::size_t capacity() const { return capacity_; }
  bool is_full() const { return entries_.size() == capacity_; }
  // What each trade of its capacity takes, but for the text; and of one that nobody follows.
  std::size_t bytes_of_each() const;
  static std::size_t bytes_of_entry() { return sizeof(Entry); }
  // To more than there was.
  void grow(std::size_t capacity);

  // In place of the oldest, if it is full. It has a capacity.
  void add(const schemas::Trade& trade);
  // Trades from..to will never come; said before the next one.
  void add_gap(const schemas::TradeGap& gap);

  // Somebody follows, or nobody any more: only then may texts be asked for, and are held.
  void follow();
  void leave();

  // The sequence number after the newest trade (and after the gap behind it).
  schemas::SequenceNumber next() const { return schemas::SequenceNumber{next_}; }
  // Of a client that wants a trade next, whose low 32 bits it holds: the whole, if it is at most
  // 2^31 away from next().
  schemas::SequenceNumber near(std::uint32_t low) const;

  struct Appended {
    schemas::SequenceNumber next;  // what the client wants next
    std::uint64_t trades = 0;
    std::uint64_t lost = 0;  // because the client was too slow
  };
  // Appends to `out`, comma separated, what a client that wants trade `from` next has not seen: a
  // gap where some are lost, then trades, up to about `room` bytes. Each object ends with `more`.
  // Whoever resumes is told at once what is missing, though no trade follows yet; to whom another
  // run is known nothing is owed by number: all that is held, behind a gap that says so.
  Appended append_since(std::string& out, schemas::SequenceNumber from, std::string_view symbol,
                        std::size_t room, std::string_view more = {},
                        Standing standing = Standing::kFollows) const;

 private:
  struct Entry {
    schemas::Trade trade;
    schemas::GapReason gap{};  // why those before it are missing, where some are
  };

  std::size_t index(std::size_t nth) const { return (oldest_ + nth) % entries_.size(); }
  std::uint64_t sequence(std::size_t nth) const {
    return entries_[index(nth)].trade.header.sequence.value();
  }
  std::size_t first_from(std::uint64_t sequence) const;
  const std::string& text(std::size_t nth, std::string_view symbol) const;

  std::size_t& used_;
  std::vector<Entry> entries_;  // a ring once it is full
  std::size_t capacity_ = 0;
  std::size_t oldest_ = 0;
  std::uint64_t next_;
  std::uint64_t gone_;  // below it trades may have been held, and are not any more
  schemas::GapReason gap_ = schemas::GapReason::kFeedGap;  // of the gap behind the newest trade
  // Of each entry, or empty: not made yet. No memory while nobody follows.
  mutable std::vector<std::string> texts_;
  mutable std::size_t text_bytes_ = 0;
  mutable std::string scratch_;
};

}  // namespace tickgate::gateway
