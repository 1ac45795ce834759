// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "feeds/adapter/seen_ids.h"
#include "schemas/ids.h"

namespace tickgate::feeds {

// When an id was met: tells a repeated trade from one of another numbering.
struct IdMoment {
  std::uint64_t message = 0;  // counts the frames; ids of one frame prove nothing to each other
  schemas::Timestamp time = schemas::kNoTime;  // the venue's
};

// What trade ids tell of duplicates and losses, for one symbol. It outlives a connection.
//
// - An id never met is a trade, however late; one that was met is a duplicate.
// - A jump is a loss as the venue numbers its trades.
// - An id that fits nowhere is delivered as one trade after one loss, and changes nothing. The
//   third message in a row that counts on from it makes a numbering of it. So do duplicates that
//   are no older than what was met: the venue counts anew, and the first two of them were lost.
class TradeIds {
 public:
  enum class Jump : std::uint8_t {
    kIsLoss,              // always: ids count up by one
    kIsLossInDoubt,       // where messages were lost too; else the venue itself skipped an id
    kIsOneOrMoreInDoubt,  // ids only rise, so nobody can tell how many
  };
  explicit TradeIds(Jump jump) : jump_(jump) {}

  // Messages were lost, or the connection was.
  void doubt() { in_doubt_ = true; }

  // The trades of one symbol that come with a subscription: how many of them, and between them and
  // the last one we met, were never new to us. In any order.
  std::uint64_t accept_history(std::span<const std::uint64_t> ids) {
    if (ids.empty()) return 0;
    const auto newest = std::ranges::max(ids);
    const bool in_doubt = std::exchange(in_doubt_, false);
    run_ = 0;
    if (seen_.empty()) {
      for (const auto id : ids) seen_.add(id, false);
      return 0;
    }
    const auto last = seen_.last();
    const bool wide = newest > last && newest - last > kWide;
    if (in_doubt && (newest < seen_.first() || wide)) {  // counts anew: at least one
      seen_.restart(newest, newest);
      return 1;
    }
    std::uint64_t lost = 0;
    for (const auto id : ids) {
      const auto* const hole = seen_.hole_of(id);
      if (hole == nullptr && id >= seen_.first() && id <= seen_.last()) continue;
      lost += id > last || (hole != nullptr && !hole->said) ? 1 : 0;
      if (id > last ? id - last <= kWide : id >= seen_.first() || seen_.first() - id <= kNear) {
        seen_.add(id, in_doubt);
      }
    }
    if (in_doubt && exact() && newest > last) lost = std::max(lost, newest - last);
    return lost - std::min(std::exchange(unnumbered_, 0), lost);
  }

  // A new trade: how many were lost before it; nullopt when it was seen before.
  std::optional<std::uint64_t> accept(std::uint64_t id, const IdMoment& moment = {}) {
    if (!seen_.empty() && id > seen_.last() && id - seen_.last() <= kWide) [[likely]] {
      return accept_next(id, moment);
    }
    if (seen_.empty()) {
      seen_.add(id, false);
      in_doubt_ = false;
      newest_time_ = moment.time;
      unnumbered_ = 0;
      return 0;
    }
    if (is_late(id)) {
      seen_.add(id, false);
      return 0;
    }
    const bool met = id >= seen_.first() && id <= seen_.last();
    return accept_elsewhere(id, met, moment);
  }

  // A new trade that can't be read: how many are lost with it and before it.
  std::uint64_t lose(std::uint64_t id, const IdMoment& moment = {}) {
    const auto* const hole = seen_.hole_of(id);
    const bool said = hole != nullptr && hole->said;
    const auto before = accept(id, moment);
    return before && !said ? *before + 1 : 0;
  }
  // The same, of which not even the id is known: one. The hole that it leaves is no other loss.
  std::uint64_t lose_one() {
    ++unnumbered_;
    return 1;
  }

  // The newest met.
  std::optional<std::uint64_t> last() const {
    return seen_.empty() ? std::nullopt : std::optional(seen_.last());
  }
  // Whether a jump tells exactly how many are missing.
  bool exact() const { return jump_ != Jump::kIsOneOrMoreInDoubt; }
  // What another one met of the same trades, where it is further on.
  void continue_from(const TradeIds& other) {
    if (other.seen_.empty()) return;
    if (!seen_.empty() && other.seen_.last() <= seen_.last()) return;
    *this = other;
    in_doubt_ = true;
  }

 private:
  // So wide a jump is no loss: it is another numbering, or one absurd id.
  static constexpr std::uint64_t kWide = 100'000'000;
  static constexpr std::uint64_t kNear = 1000;  // so far before the first one met an id may be late
  static constexpr int kHolds = 3;              // messages in a row, and a numbering holds

  std::optional<std::uint64_t> accept_next(std::uint64_t id, const IdMoment& moment) {
    const auto jump = id - seen_.last() - 1;
    const bool in_doubt = std::exchange(in_doubt_, false);
    const auto known = std::min(std::exchange(unnumbered_, 0), jump);
    std::uint64_t lost = 0;
    if (jump_ == Jump::kIsLoss || (jump_ == Jump::kIsLossInDoubt && in_doubt)) lost = jump - known;
    if (jump_ == Jump::kIsOneOrMoreInDoubt && in_doubt && jump > known) lost = 1;
    seen_.add(id, lost > 0 || known > 0);
    run_ = 0;
    if (moment.time > newest_time_) newest_time_ = moment.time;
    return lost;
  }
  bool is_late(std::uint64_t id) const {
    if (id < seen_.first()) return seen_.first() - id <= kNear;
    return id < seen_.last() && seen_.hole_of(id) != nullptr;
  }
  // `met`: a duplicate, unless the venue counts anew.
  std::optional<std::uint64_t> accept_elsewhere(std::uint64_t id, bool met,
                                                const IdMoment& moment) {
    if (met && moment.time != schemas::kNoTime && moment.time < newest_time_) return std::nullopt;
    const bool counts_on = run_ > 0 && id > run_last_ && id - run_last_ <= kNear;
    if (run_ > 0 && id == run_last_) return std::nullopt;
    if (!counts_on) {
      run_ = 0;
      run_first_ = id;
      run_held_ = 0;
    }
    if (run_ == 0 || moment.message != run_message_) ++run_;
    run_last_ = id;
    run_message_ = moment.message;
    if (run_ >= kHolds) {
      seen_.restart(run_first_, id);
      run_ = 0;
      in_doubt_ = false;
      newest_time_ = moment.time;
      return run_held_;
    }
    if (!met) return counts_on ? 0 : 1;  // how many were lost, nobody can tell
    ++run_held_;
    return std::nullopt;
  }

  SeenIds seen_;
  Jump jump_;
  bool in_doubt_ = false;
  std::uint64_t unnumbered_ = 0;  // announced as lost, and not yet met as a hole
  schemas::Timestamp newest_time_ = schemas::kNoTime;

  // Ids that fit nowhere, in a row.
  int run_ = 0;  // messages
  std::uint64_t run_first_ = 0, run_last_ = 0, run_message_ = 0;
  std::uint64_t run_held_ = 0;  // of them not delivered
};

}  // namespace tickgate::feeds
