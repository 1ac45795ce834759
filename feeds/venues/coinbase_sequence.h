// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

namespace tickgate::feeds::coinbase {

// What sequence_num, which counts the messages of a connection, says of one of them. A number that
// fits nowhere, be it behind the last one or absurdly far ahead, changes nothing until three in a
// row count on by one: then they are the numbering, and what came before them is not known.
class MessageNumbers {
 public:
  enum class Is : std::uint8_t {
    kNext,
    kAfterHole,  // messages before it are missing
    kOld,        // seen before, as far as we know
    kOdd,        // far ahead: one that took the place of a number, perhaps
  };

  void restart() { *this = MessageNumbers(); }
  std::optional<std::uint64_t> last() const { return last_; }

  // A message whose number can't be read: it took the place of one.
  void accept_unread() { ++odd_; }
  Is accept(std::uint64_t number) {
    if (!last_) {
      last_ = number;
      return Is::kNext;
    }
    if (number <= *last_ || number - *last_ > kWide) return accept_unfit(number);
    const auto missing = number - *last_ - 1;
    run_ = 0;
    last_ = number;
    return missing <= std::exchange(odd_, 0) ? Is::kNext : Is::kAfterHole;
  }

 private:
  static constexpr std::uint64_t kWide = 1'000'000;  // messages: hours of a busy connection
  static constexpr int kHolds = 3;

  Is accept_unfit(std::uint64_t number) {
    run_ = run_ > 0 && number == run_last_ + 1 ? run_ + 1 : 1;
    run_last_ = number;
    const bool old = number <= *last_;
    if (run_ == kHolds) {
      restart();
      last_ = number;
      return Is::kAfterHole;
    }
    if (!old) ++odd_;
    return old ? Is::kOld : Is::kOdd;
  }

  std::optional<std::uint64_t> last_;
  std::uint64_t odd_ = 0;  // since the last that fitted
  int run_ = 0;
  std::uint64_t run_last_ = 0;
};

}  // namespace tickgate::feeds::coinbase
