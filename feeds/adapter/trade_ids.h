// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bitset>
#include <cstdint>
#include <optional>
#include <utility>

// What trade ids tell of duplicates and losses, for one symbol. It outlives a connection. There are
// two kinds of venues: those whose ids count up by one, and those whose ids only rise.
namespace tickgate::feeds {

// So wide a jump of a venue's ids, up or down, is another numbering; or one absurd id, which must
// not make duplicates of all that follow it.
constexpr bool renumbered(std::uint64_t last, std::uint64_t id) {
  constexpr std::uint64_t kWide = 100'000'000;
  return id > last ? id - last > kWide : last - id > kWide;
}

// Which of the newest ids were seen: what is late is told from what comes twice.
class RecentIds {
 public:
  static constexpr std::uint64_t kMost = 256;

  // `id` is the highest by now, of `last` or without one.
  void advance(std::optional<std::uint64_t> last, std::uint64_t id) {
    const bool follows = last && id > *last && id - *last < kMost;
    if (follows) {
      seen_ <<= id - *last;
    } else {
      seen_.reset();
    }
    seen_.set(0);
  }
  // One that is not above the highest, `last`. True: it is late, and has not been seen before.
  bool admit_late(std::uint64_t last, std::uint64_t id) {
    const auto behind = last - id;
    if (behind >= kMost || seen_[behind]) return false;
    seen_.set(behind);
    return true;
  }
  // Of the ids down to `first`, whatever was not seen was not meant for us.
  void forgo(std::uint64_t count) {
    for (std::uint64_t i = 0; i < std::min(count, kMost); ++i) seen_.set(i);
  }

 private:
  std::bitset<kMost> seen_;  // by the distance from the highest
};

// Trades that look like duplicates and are newer than all there were, by the venue's time: it
// counts anew. So many in a row, for one alone may be a mistake.
class Renumbering {
 public:
  static constexpr unsigned kInRow = 3;

  // True: from this one on the other numbering holds.
  bool suspects(bool fresh) {
    in_row_ = fresh ? in_row_ + 1 : 0;
    return in_row_ >= kInRow;
  }
  // How many were dropped meanwhile.
  std::uint64_t settle() { return std::exchange(in_row_, 0) - 1; }
  void reset() { in_row_ = 0; }

 private:
  unsigned in_row_ = 0;
};

// The ids count up by one.
class ContiguousTradeIds {
 public:
  enum class Jump : std::uint8_t {
    kIsLoss,         // always
    kIsLossInDoubt,  // where messages were lost too; else the venue itself skipped an id
  };
  explicit ContiguousTradeIds(Jump jump) : jump_(jump) {}

  // Messages were lost, or the connection was.
  void doubt() { in_doubt_ = true; }

  // The newest trade of a history that comes with a subscription: how many trades between the last
  // one we saw and those to come were never new to us.
  std::uint64_t accept_history(std::uint64_t newest) {
    const bool in_doubt = std::exchange(in_doubt_, false);
    if (!in_doubt && last_ && newest < *last_) return 0;  // older than what was sent meanwhile
    const auto last = std::exchange(last_, newest);
    recent_.advance(last, newest);
    recent_.forgo(RecentIds::kMost);  // a history's trades are not new, whenever they come
    if (!in_doubt || !last || newest == *last) return 0;
    // Counted anew by the venue: at least one.
    return newest > *last && !renumbered(*last, newest) ? newest - *last : 1;
  }
  // A new trade: how many were lost before it; nullopt when it was seen before. One that is late
  // has none lost before it, though it may itself have been called lost. `fresh`: newer than all
  // before it, by the venue's time.
  std::optional<std::uint64_t> accept(std::uint64_t id, bool fresh = false) {
    const bool anew = last_ && renumbered(*last_, id);
    if (last_ && id <= *last_ && !anew) {
      if (recent_.admit_late(*last_, id)) return 0;
      if (!renumbering_.suspects(fresh)) return std::nullopt;
      recent_.advance({}, id);
      last_ = id;
      return renumbering_.settle();
    }
    renumbering_.reset();
    recent_.advance(anew ? std::nullopt : last_, id);
    const auto last = std::exchange(last_, id);
    const bool in_doubt = std::exchange(in_doubt_, false) || jump_ == Jump::kIsLoss;
    if (anew) return 1;  // how many, nobody can tell
    return in_doubt && last ? id - *last - 1 : 0;
  }

  // The same numbers of another connection, which is to go on from here: the further of the two.
  void continue_from(const ContiguousTradeIds& other) {
    if (other.last_ && (!last_ || *last_ < *other.last_)) *this = other;
  }

 private:
  std::optional<std::uint64_t> last_;
  RecentIds recent_;
  Renumbering renumbering_;
  bool in_doubt_ = false;
  Jump jump_;
};

// The ids rise, but nothing promises that they are contiguous, so a jump while connected is no
// loss; what happened while we were not stands in the history that a subscription begins with.
class RisingTradeIds {
 public:
  // The connection was lost.
  void doubt() {
    published_ = highest_;
    proven_ = false;
  }
  // A trade of the history: not a new print, but after a reconnect one that we missed.
  void accept_history(std::uint64_t id) {
    if (published_ && id > *published_) ++missed_;
    if (!highest_ || id > *highest_) {
      recent_.advance(highest_, id);
      highest_ = id;
    }
    recent_.forgo(RecentIds::kMost);
    proven_ = true;
  }
  // A new print: how many were lost before it, or nullopt for one that was seen before. See
  // ContiguousTradeIds.
  std::optional<std::uint64_t> accept(std::uint64_t id, bool fresh = false) {
    const bool anew = highest_ && renumbered(*highest_, id);
    if (highest_ && id <= *highest_ && !anew) {
      if (recent_.admit_late(*highest_, id)) return 0;
      if (!renumbering_.suspects(fresh)) return std::nullopt;
      missed_ = renumbering_.settle();
      recent_.advance({}, id);
    } else {
      renumbering_.reset();
      recent_.advance(anew ? std::nullopt : highest_, id);
    }
    // Without a history there was at least one, unless this is the very next.
    if (!proven_ && published_ && id > *published_ + 1) missed_ = 1;
    highest_ = id;
    proven_ = true;
    return std::exchange(missed_, 0);
  }

 private:
  std::optional<std::uint64_t> highest_;
  std::optional<std::uint64_t> published_;  // the highest before this connection
  RecentIds recent_;
  Renumbering renumbering_;
  std::uint64_t missed_ = 0;
  bool proven_ = false;  // something of this connection was seen
};

}  // namespace tickgate::feeds
