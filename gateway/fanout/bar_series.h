// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "schemas/interval.h"
#include "schemas/tick.h"

namespace tickgate::gateway {

// How far one client was sent a history, which may take several frames.
struct BarCursor {
  std::int64_t next = 0;       // the bars that begin here or later,
  std::int64_t end = 0;        // and not behind this,
  std::uint64_t changed = 0;   // and changed after this sequence number are to be sent
  std::uint64_t sequence = 0;  // of the series when it began
  bool with_open = false;      // the open bar too
  bool owed = false;           // an object, though there be no row: it is waited for
};

// The bars of one instrument and interval, as one shard holds them for all its clients: closed ones
// as the rows of a history, the newest changes of closed ones as objects, and the open one. Each
// text is made once. Loaded once from the feed, and kept up to date by a ring, in whatever order
// the two come: of two records of a bar the one with the higher sequence number holds.
// Pure; its shard's thread only.
class BarSeries {
 public:
  static constexpr std::size_t kClosed = 1'000;  // held at most
  static constexpr std::size_t kEvents = 16;     // changes of closed bars held as objects
  static constexpr std::size_t kKept = 32;       // closed bars held when it was trimmed
  // Of memory, by the texts that venues' prices make: a row, and a series with kKept of these.
  static constexpr std::size_t kRowBytes = 256;
  static constexpr std::size_t kSeriesBytes = 16'384;

  // The symbol outlives it.
  BarSeries(std::string_view symbol, schemas::Interval interval)
      : symbol_(symbol), interval_(interval) {}

  // From the ring. True: there is something new for clients, or the series has to be loaded.
  bool apply(const schemas::Bar& bar);
  // All that the feed holds: closed ones oldest first, then the open one. Texts are made of its
  // newest `closed` ones, and of what lies between those and what is held.
  void load(std::span<const schemas::Bar> bars, std::size_t closed = kClosed);
  // Not loaded since it was made, or since the ring was seen to have left out the end of a bar.
  bool wants_load() const { return !loaded_ || missing_; }
  // Nothing is sent before it is loaded: closed bars are missing.
  bool is_missing() const { return missing_; }
  // Forgets all but the newest rows.
  void trim();
  std::size_t rows() const { return rows_.size(); }

  // Of the update that came last, of whatever bar; 0: there was none.
  std::uint64_t newest() const { return newest_; }

  // Whether `count` closed bars can be sent, or as many as there are.
  bool can_give(std::size_t count) const {
    return loaded_ && !missing_ && (whole_ || rows_.size() >= count);
  }
  BarCursor history(std::size_t count) const;

  // A client that was sent everything up to the sequence number `from`: whether the changes since
  // are not all held as objects any more; then whether they are held as rows.
  bool fell_behind(std::uint64_t from) const { return from < events_floor_; }
  bool holds_since(std::uint64_t from) const { return from >= rows_floor_; }
  BarCursor changed_since(std::uint64_t from) const;

  enum class Gave : std::uint8_t {
    kAll,   // the cursor is at its end
    kFull,  // there is no room for more
    kGone,  // what is next is not held any more
  };
  // Appends one bar_history object of at most `room` bytes with `more` as its last member, or
  // nothing. A history is one object at least: where there is no past, without rows.
  Gave append_history(std::string& out, BarCursor& cursor, std::size_t room, std::string_view more);

  // To a client that was sent everything up to this: once more the open bar, if it is the newest.
  void give_again(std::uint32_t& sequence) const {
    if (open_.has_value() && open_->header.sequence.value() == newest_ &&
        sequence == static_cast<std::uint32_t>(newest_)) {
      --sequence;
    }
  }

  struct Appended {
    std::uint64_t sequence = 0;  // what the client was sent up to
    std::uint64_t objects = 0;
    bool full = false;
  };
  // Appends `bar` objects, comma separated, each with `more`: the changes of closed bars since
  // `from`, then the open bar if it changed. One at least, and no more once `room` is reached.
  Appended append_since(std::string& out, std::uint64_t from, std::size_t room,
                        std::string_view more);
  // The open bar alone; false: there is none.
  bool append_open(std::string& out, std::string_view more);

 private:
  struct Row {
    std::int64_t start = 0;
    std::uint64_t sequence = 0;
    std::string text;
    bool complete = true;
  };
  struct Event {
    std::uint64_t sequence = 0;
    std::string text;
  };
  class HistoryObject;

  static Row row_of(const schemas::Bar& bar);
  bool add_rows(HistoryObject& object, BarCursor& cursor) const;
  void note_ordinal(const schemas::Bar& bar);
  bool apply_open(const schemas::Bar& bar);
  bool apply_closed(const schemas::Bar& bar);
  bool put_row(const schemas::Bar& bar);
  void settle(std::span<const schemas::Bar> bars);
  std::size_t unwanted(std::span<const schemas::Bar> bars, std::size_t closed) const;
  void forget(std::int64_t start, std::uint64_t sequence);
  void note_unsent(Row& row, bool held, std::uint64_t known);
  void merge(std::span<const schemas::Bar> bars, std::uint64_t known);
  void add_event(const schemas::Bar& bar);
  std::deque<Row>::const_iterator row_from(std::int64_t start) const;
  const std::string& open_text();

  std::string_view symbol_;
  schemas::Interval interval_;
  bool loaded_ = false;
  bool whole_ = false;               // no row that a client may ask for was forgotten
  bool missing_ = false;             // closed bars that the ring left out
  bool counted_ = false;             // ordinal_ is known
  std::uint64_t missing_since_ = 0;  // newest_ before them
  std::uint8_t loads_missing_ = 0;   // in a row that did not bring them
  std::uint64_t ordinal_ = 0;        // the next expected
  std::uint64_t newest_ = 0;
  std::uint64_t events_floor_ = 0;      // what changed up to here is not held as an object
  std::uint64_t rows_floor_ = 0;        // or not even as a row
  std::int64_t live_from_ = INT64_MAX;  // the bar in which clients may have begun
  std::deque<Row> rows_;                // closed bars, oldest first
  std::deque<Event> events_;            // oldest first
  std::optional<schemas::Bar> open_;
  std::string open_text_;  // of open_; empty: not made yet
};

}  // namespace tickgate::gateway
