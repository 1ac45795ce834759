// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "schemas/ids.h"

namespace tickgate::feeds {

// The numbers that a venue gives the states of one channel of one instrument, the same over any
// connection: of two lines the first to bring one wins, and what is older is seen already. One
// absurd number silences nobody, and where the venue counts anew the third in a row is believed.
// Pure state, of one thread.
class NumberRace {
 public:
  // So far ahead or behind is no update that was missed or came late: it is another numbering, or
  // one absurd number.
  static constexpr std::uint64_t kAhead = 10'000'000, kBehind = 1'000'000;

  struct Answer {
    bool first = false;
    // Once in a while: the other line was first with this number, by so many microseconds.
    std::optional<std::int64_t> lead;
  };

  Answer offer(std::size_t line, std::uint64_t number, schemas::Timestamp received) {
    if (last_ == 0 || (number > last_ && number - last_ <= kAhead)) [[likely]] {
      const auto lead = compare(line, number, received);  // it may have lost the one that was noted
      if (!sample_) sample_ = {line, number, received};
      last_ = number;
      run_ = 0;
      return {true, lead};
    }
    if (number > last_ || last_ - number > kBehind) return {stray(line, number), {}};
    return {false, compare(line, number, received)};
  }
  std::uint64_t last() const { return last_; }
  // Neither line has anything any more: whatever comes next is the first.
  void restart() { *this = NumberRace(); }

 private:
  static constexpr int kHolds = 3;
  struct Sample {
    std::size_t line;
    std::uint64_t number;
    schemas::Timestamp received;
  };

  // One number at a time is noted, until the other line has come as far.
  std::optional<std::int64_t> compare(std::size_t line, std::uint64_t number,
                                      schemas::Timestamp received) {
    if (!sample_ || sample_->line == line || number < sample_->number) return std::nullopt;
    const auto lead = received.value() - sample_->received.value();
    const bool same = number == sample_->number && lead >= 0;
    sample_.reset();
    return same ? std::optional(lead) : std::nullopt;
  }
  // Whether it is to be shown. What is far ahead is, once.
  bool stray(std::size_t line, std::uint64_t number) {
    if (run_ > 0 && number == run_last_) return false;
    const bool counts_on =
        run_ > 0 && line == run_line_ && number > run_last_ && number - run_last_ <= kBehind;
    run_ = counts_on ? run_ + 1 : 1;
    run_line_ = line;
    run_last_ = number;
    const bool ahead = number > last_;
    if (run_ < kHolds) return ahead;
    sample_.reset();
    run_ = 0;
    last_ = number;
    return true;
  }

  std::uint64_t last_ = 0;  // 0: none yet
  std::optional<Sample> sample_;
  int run_ = 0;
  std::size_t run_line_ = 0;
  std::uint64_t run_last_ = 0;
};

}  // namespace tickgate::feeds
