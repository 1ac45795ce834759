// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "feeds/feed/moment.h"
#include "schemas/decimal.h"

namespace tickgate::feeds {

// What one instrument costs, and whether a price can be right. The reference is the median of the
// last minute: the first price of each ten seconds that has been believed. A price more than
// `factor` times above or below it is off. The way back of a market that has really moved: prices
// that are off, at least kAgreeing of them in a row, each within the factor of the first, are
// believed once they have lasted for `move_after`. One price that is not off, between them, and
// they begin anew. Where no price was believed within the last minute there is nothing to judge by,
// and the next one is believed.
//
// Pure: told the time. Exact, but for the 28th digit of what is not plain. Of one thread.
class Plausibility {
 public:
  struct Settings {
    std::uint32_t factor = 0;  // 0: everything is believed
    Monotonic move_after = std::chrono::seconds(10);
  };
  static constexpr std::uint32_t kMostFactor = 1'000'000;
  static constexpr Monotonic kSpan = std::chrono::minutes(1);
  static constexpr std::size_t kSamples = 6;  // of that span
  static constexpr std::uint32_t kAgreeing = 3;

  enum class Is : std::uint8_t {
    kPlausible,
    kMoved,    // so was the one before not, but now they are believed: the market is here
    kOff,      // and agrees with what was off before
    kOffAnew,  // and is the first of its kind
  };

  // Somebody bids `bid` and somebody asks for `ask`; zero: nobody. Of a trade both are its price. A
  // bid is off when it is too high and an ask when it is too low: an order that is far away on its
  // own side has every right to be there.
  Is judge(const schemas::Decimal& bid, const schemas::Decimal& ask, Monotonic now,
           const Settings& settings) {
    if (now >= sample_at_) [[unlikely]]
      return judge_and_sample(bid, ask, now, settings);
    if (bid <= high_ && (ask >= low_ || ask.is_zero()) && candidates_ == 0) [[likely]]
      return Is::kPlausible;
    return judge_closely(bid, ask, now, settings);
  }
  // Teaches nothing: for what may be as old as the last trade.
  bool allows(const schemas::Decimal& price, Monotonic now, const Settings& settings) const;
  // By the clock alone, when no further price comes: whether what was off is believed now.
  bool settle(Monotonic now, const Settings& settings);
  // Trading begins anew: wherever it likes.
  void forget() {
    *this = Plausibility();
    anywhere_ = true;
  }

  bool knows() const { return count_ > 0; }
  // Whether a price was believed within the last minute.
  bool knows(Monotonic now) const { return count_ > 0 && now - samples_[count_ - 1U].at <= kSpan; }
  // Whether it had better learn what it costs from somebody who knows: the next price would be
  // believed, and not because trading begins anew.
  bool is_ignorant(Monotonic now) const { return now >= sample_at_ && !anywhere_ && !knows(now); }
  const schemas::Decimal& reference() const { return reference_; }

 private:
  static constexpr Monotonic kSampleEvery = kSpan / kSamples;

  struct Sample {
    schemas::Decimal price;
    Monotonic at{};
  };

  Is judge_and_sample(const schemas::Decimal& bid, const schemas::Decimal& ask, Monotonic now,
                      const Settings& settings);
  Is judge_closely(const schemas::Decimal& bid, const schemas::Decimal& ask, Monotonic now,
                   const Settings& settings);
  Is contradict(const schemas::Decimal& price, Monotonic now, const Settings& settings);
  bool may_move(Monotonic now, const Settings& settings) const {
    return candidates_ >= kAgreeing && now - began_ >= settings.move_after;
  }
  void drop_old(Monotonic now);
  void begin(const schemas::Decimal& price, Monotonic now, const Settings& settings);
  void add(const schemas::Decimal& price, Monotonic now, const Settings& settings);
  void refer(const Settings& settings);

  schemas::Decimal low_, high_;  // what lies between is not off; an ask below the low one may be
  Monotonic sample_at_{Monotonic::min()};
  std::uint8_t count_ = 0;        // of the samples
  bool anywhere_ = false;         // trading begins anew, and no price has come
  std::uint32_t candidates_ = 0;  // that were off, in a row, and agree
  schemas::Decimal reference_;
  schemas::Decimal first_, newest_;  // of the candidates
  Monotonic began_{};
  std::array<Sample, kSamples> samples_;  // oldest first
};

}  // namespace tickgate::feeds
