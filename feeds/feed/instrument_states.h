// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "feeds/feed/feed_counters.h"
#include "feeds/feed/missing_channels.h"
#include "feeds/feed/moment.h"
#include "feeds/feed/rhythm.h"
#include "feeds/publish/publisher.h"

namespace tickgate::feeds {

// What is known of each instrument of one connection, and the state that clients see, derived from
// it in one place. An instrument is synced when its book is complete and proven; nothing else makes
// it live. On the feed's thread.
class InstrumentStates {
 public:
  static constexpr std::uint32_t kUnknown = UINT32_MAX;

  // What a connection knows of one.
  struct Standing {
    bool synced = false;
    bool was_synced = false;  // once on this connection
    bool halted = false;
    bool closed = false;
    bool refused = false;                    // the venue refused the book's subscription
    bool unanswered = false;                 // the venue ignored it
    Monotonic rebuilt_at{Monotonic::min()};  // when it became synced
    Monotonic broken_since{};                // when it ceased to be, or the connection opened
    std::string broken_reason;               // why it is not synced, or is refused
    std::string trading_reason;              // why it is halted or closed
    MissingChannels missing;                 // said beside "live"
  };
  struct Entry : Standing {
    schemas::InstrumentId id;
    Rhythm rhythm;
    bool suspect = false;  // the venue fell silent: live only on a fresh value
    bool note_shown = false;
    schemas::State state = schemas::State::kDown;
  };

  InstrumentStates(Publisher& publisher, FeedCounters& counters, Rhythm::Settings rhythm)
      : publisher_(publisher), counters_(counters), rhythm_(rhythm) {}

  // False when it was known.
  bool add(schemas::InstrumentId id, Moment now);
  // Null when it was never announced.
  Entry* find(schemas::InstrumentId id) {
    const auto index = index_of(id);
    return index == kUnknown ? nullptr : &entries_[index];
  }
  // Dense, from 0, of these instruments only.
  std::uint32_t index_of(schemas::InstrumentId id) const {
    return id.value() < index_.size() ? index_[id.value()] : kUnknown;
  }
  std::vector<Entry>& entries() { return entries_; }
  const std::vector<Entry>& entries() const { return entries_; }
  // How many are in this state.
  std::int64_t count(schemas::State state) const {
    return counts_[static_cast<std::size_t>(state)];
  }

  // Another connection carries them from now on: they are as if never added, and clients are told
  // nothing. The others move together in entries().
  void remove(std::span<const schemas::InstrumentId> ids);

  // The connection as a whole; each tells every instrument.
  void connected(Moment now);
  void disconnected(std::string_view reason, Moment now);
  void silent(Moment now);  // nothing came for longer than ever
  void speaking_again(Moment now);
  void trusted_again(Moment now);  // it has been speaking for a while
  // Another connection has taken over, and knows this of them; each has been added here.
  void adopt(const InstrumentStates& successor, Moment now);

  // A fresh value of this instrument: before it is published.
  void updated(Entry& entry, Moment now) {
    if (entry.rebuilt_at == now.steady) {
      entry.rhythm.resume(now.steady);  // a snapshot is our doing, not the instrument's rhythm
    } else if (entry.rhythm.last() != now.steady) {
      entry.rhythm.update(now.steady);  // a book and its quote are one update
    }
    entry.suspect = false;
    if (entry.synced && entry.state != schemas::State::kLive) refresh(entry, now);
  }
  // Publishes the state if it, or its reason, is another one now.
  void refresh(Entry& entry, Moment now);
  // The same for all whose time may have come; a few times a second. Most rest: an instrument that
  // is live cannot be stale before its patience ends, nor sooner than the least silence from now,
  // whatever it does until then.
  void check(Moment now);
  // The next check() is to look at it: something of it has changed that need not be told at once.
  void look_soon(const Entry& entry) { look_at_[index_of(entry.id)] = Monotonic::min(); }

 private:
  struct Verdict {
    schemas::State state;
    std::string_view reason;
  };
  Verdict judge(const Entry& entry, Moment now) const;
  void refresh_all(Moment now);
  Monotonic next_look(const Entry& entry, Monotonic now) const;
  void count(schemas::State state, std::int64_t change);

  Publisher& publisher_;
  FeedCounters& counters_;
  Rhythm::Settings rhythm_;
  bool connected_ = false;
  bool silent_ = false;
  std::string down_reason_ = "connecting";
  std::array<std::int64_t, kStateCount> counts_{};
  std::vector<Entry> entries_;
  std::vector<Monotonic> look_at_;    // by place in entries_: nothing to see before
  std::vector<std::uint32_t> index_;  // by InstrumentId
};

}  // namespace tickgate::feeds
