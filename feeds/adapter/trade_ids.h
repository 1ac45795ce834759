// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
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
    if (!in_doubt || !last || newest == *last) return 0;
    // Counted anew by the venue: at least one.
    return newest > *last && !renumbered(*last, newest) ? newest - *last : 1;
  }
  // A new trade: how many were lost before it; nullopt when it was seen before.
  std::optional<std::uint64_t> accept(std::uint64_t id) {
    const bool anew = last_ && renumbered(*last_, id);
    if (last_ && id <= *last_ && !anew) return std::nullopt;
    const auto last = std::exchange(last_, id);
    const bool in_doubt = std::exchange(in_doubt_, false) || jump_ == Jump::kIsLoss;
    if (anew) return 1;  // how many, nobody can tell
    return in_doubt && last ? id - *last - 1 : 0;
  }

 private:
  std::optional<std::uint64_t> last_;
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
    highest_ = std::max(highest_.value_or(id), id);
    proven_ = true;
  }
  // A new print: how many were lost before it, or nullopt for one that was seen before.
  std::optional<std::uint64_t> accept(std::uint64_t id) {
    if (highest_ && id <= *highest_ && !renumbered(*highest_, id)) return std::nullopt;
    // Without a history there was at least one, unless this is the very next.
    if (!proven_ && published_ && id > *published_ + 1) missed_ = 1;
    highest_ = id;
    proven_ = true;
    return std::exchange(missed_, 0);
  }

 private:
  std::optional<std::uint64_t> highest_;
  std::optional<std::uint64_t> published_;  // the highest before this connection
  std::uint64_t missed_ = 0;
  bool proven_ = false;  // something of this connection was seen
};

}  // namespace tickgate::feeds
