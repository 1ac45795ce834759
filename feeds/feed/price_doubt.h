// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "feeds/adapter/implausible.h"
#include "feeds/feed/moment.h"

namespace tickgate::feeds {

// Whether what is shown of an instrument is in doubt, since the venue's newest prices of it cannot
// be right. One bad tick is dropped, and what was shown stands. Where it repeats, twice in a row of
// the whole instrument, or of its book or its quotes alone, or where nothing good has replaced a
// bad book or quote for a second, that is in doubt, until a good one comes. Pure. One thread.
class PriceDoubt {
 public:
  static constexpr std::uint8_t kRepeats = 2;
  static constexpr Monotonic kPatience = std::chrono::seconds(1);

  // A ticker's price is as old as the last trade, and says nothing of what is shown.
  void bad(schemas::Channel channel, Implausible reason, Monotonic now) {
    if (channel == schemas::Channel::kTicker) return;
    reason_ = reason;
    all_ = up(all_);
    if (Run* const run = of(channel)) {
      if (run->count == 0) run->since = now;
      run->count = up(run->count);
    }
  }
  void good(schemas::Channel channel) {
    if (channel == schemas::Channel::kTicker) return;
    all_ = 0;
    if (Run* const run = of(channel)) *run = {};
  }

  bool any() const { return all_ > 0 || book_.count > 0 || quote_.count > 0; }
  bool quote_bad() const { return quote_.count > 0; }
  bool book_bad() const { return book_.count > 0; }
  bool of_book(Monotonic now) const { return all_ >= kRepeats || book_.lasts(now); }
  bool of_quote(Monotonic now) const { return all_ >= kRepeats || quote_.lasts(now); }
  std::string_view text() const;

 private:
  struct Run {
    bool lasts(Monotonic now) const {
      return count >= kRepeats || (count > 0 && now - since >= kPatience);
    }
    std::uint8_t count = 0;
    Monotonic since{};
  };

  static std::uint8_t up(std::uint8_t count) { return std::max<std::uint8_t>(count, count + 1); }
  Run* of(schemas::Channel channel) {
    if (channel == schemas::Channel::kBook) return &book_;
    return channel == schemas::Channel::kQuote ? &quote_ : nullptr;
  }

  std::uint8_t all_ = 0;  // in a row, with nothing good between
  Run book_, quote_;
  Implausible reason_{};
};

inline std::string_view PriceDoubt::text() const {
  switch (reason_) {
    case Implausible::kCrossedQuote:
    case Implausible::kCrossedBook:
      return "the venue's prices cannot be right: crossed";
    case Implausible::kBadPrice:
      return "the venue's prices cannot be right: zero or negative";
    case Implausible::kBadSize:
      return "the venue's sizes cannot be right: zero or negative";
    case Implausible::kOffMedian:
      return "the venue's prices cannot be right: far off the last minute's";
  }
  return {};
}

}  // namespace tickgate::feeds
