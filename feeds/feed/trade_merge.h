// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "absl/functional/function_ref.h"
#include "feeds/feed/moment.h"
#include "schemas/tick.h"

namespace tickgate::feeds {

// One instrument's trades from two lines, put together by the venue's ids, which count over any
// connection: each comes once and in order. What one line has missed is waited for as long as the
// other may still bring it, but no longer than kPatience; then it is a gap. Pure state, bounded.
class TradeMerge {
 public:
  static constexpr std::size_t kLines = 2;
  // A line that is further behind is stale, and no help.
  static constexpr Monotonic kPatience = std::chrono::seconds(2);
  static constexpr std::size_t kMostHeld = 1024;
  // So far ahead an id belongs to another numbering, or is one absurd id.
  static constexpr std::uint64_t kFar = 100'000'000;

  // The next trade, and how many before it will never come.
  using Emit = absl::FunctionRef<void(const schemas::Trade&, std::uint64_t lost)>;
  // Which lines are connected.
  using Open = std::array<bool, kLines>;

  // `contiguous`: no id is skipped where none is lost.
  explicit TradeMerge(bool contiguous = false) : contiguous_(contiguous) {}

  // header.sequence is the venue's number. `lost`: the line says that so many were lost just before
  // it. True: it is news.
  bool offer(std::size_t line, const schemas::Trade& trade, std::uint64_t lost, const Open& open,
             Emit emit);
  // Time has passed, or a line was closed.
  void check(const Open& open, std::optional<Monotonic> now, Emit emit);
  bool waits() const { return !held_.empty(); }
  std::uint64_t last() const { return last_; }

 private:
  struct Held {
    schemas::Trade trade;
    std::uint64_t from;                 // nothing is between that one and this, by a line's word
    std::optional<std::uint64_t> lost;  // the fewest that a line called lost
    std::optional<Monotonic> until{};   // since the first check()
    std::uint64_t number() const { return trade.header.sequence.value(); }
  };

  std::uint64_t certain_from(std::size_t line, std::uint64_t number, std::uint64_t lost) const;
  void hold(const schemas::Trade& trade, std::uint64_t from, std::optional<std::uint64_t> lost);
  bool may_come_before(std::uint64_t number, const Open& open) const;
  std::uint64_t missing_before(const Held& held) const;
  void drain(const Open& open, Emit emit);
  void pop(Emit emit);
  std::optional<bool> offer_odd(std::size_t line, const schemas::Trade& trade, std::uint64_t lost,
                                Emit emit);
  void restart(std::size_t line, std::uint64_t number, Emit emit);

  bool contiguous_;
  std::uint64_t last_ = 0;                      // published; 0: none
  std::array<std::uint64_t, kLines> newest_{};  // that each line has brought; 0: none
  std::deque<Held> held_;                       // by number

  // Ids that fit nowhere, in a row: far ahead, or behind what their own line has brought.
  struct Run {
    int length = 0;
    std::uint64_t last = 0;
    bool ahead = false;
  };
  Run odd_;
};

}  // namespace tickgate::feeds
