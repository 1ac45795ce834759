// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "feeds/adapter/implausible.h"
#include "schemas/ids.h"
#include "schemas/tick.h"

namespace tickgate::feeds {

// What befell one instrument, and is counted of it.
enum class Tally : std::uint8_t {
  kGap,               // its book broke by a gap
  kResync,            // its book was asked for anew
  kChecksumVerified,  // its book was proven
  kChecksumFailed,    // its book broke by its checksum
  kTradeLost,
};
inline constexpr std::size_t kTallyCount = 5;
constexpr std::string_view name(Tally tally) {
  constexpr std::array<std::string_view, kTallyCount> kNames = {
      "gaps", "resyncs", "checksums_verified", "checksums_failed", "trades_lost"};
  return kNames[static_cast<std::size_t>(tally)];
}

struct TallyCount {
  std::uint64_t all = 0;
  std::uint64_t today = 0;  // since midnight, UTC
};
using TallyCounts = std::array<TallyCount, kTallyCount>;
using ImplausibleCounts = std::array<TallyCount, kImplausibleCount>;

// The last no of a venue to what was asked of it for one instrument, in its own words, without
// credentials.
struct Refusal {
  schemas::Timestamp at{schemas::kNoTime};  // kNoTime: there was none
  schemas::Channel channel{};
  std::string message;
};

// What is counted of each instrument of a feed, beside the feed's counters. 216 bytes of each that
// anything befell, and its refusal's text. One thread.
class InstrumentTallies {
 public:
  static constexpr std::size_t kMostMessage = 512;

  void add(schemas::InstrumentId id, Tally tally, schemas::Timestamp now, std::uint64_t count = 1) {
    bump(today(id, now).counts[static_cast<std::size_t>(tally)], count);
  }
  // A tick that was not served as a price.
  void add(schemas::InstrumentId id, Implausible reason, schemas::Timestamp now) {
    bump(today(id, now).quarantined[static_cast<std::size_t>(reason)], 1);
  }
  void refused(schemas::InstrumentId id, schemas::Channel channel, std::string_view message,
               schemas::Timestamp now) {
    of(id).refusal = {now, channel, std::string(message.substr(0, kMostMessage))};
  }

  void remove(schemas::InstrumentId id) {
    if (has(id)) ones_[id.value()].reset();
  }

  TallyCounts counts(schemas::InstrumentId id, schemas::Timestamp now) const {
    return by_day(id, now, &One::counts);
  }
  ImplausibleCounts quarantined(schemas::InstrumentId id, schemas::Timestamp now) const {
    return by_day(id, now, &One::quarantined);
  }
  Refusal refusal(schemas::InstrumentId id) const {
    return has(id) ? ones_[id.value()]->refusal : Refusal{};
  }

 private:
  struct One {
    std::int64_t day = 0;  // since the epoch
    TallyCounts counts{};
    ImplausibleCounts quarantined{};
    Refusal refusal;
  };

  static std::int64_t day_of(schemas::Timestamp time) {
    constexpr std::int64_t kDay = 86'400'000'000;
    return time.value() / kDay;
  }
  static void turn(One& one, std::int64_t day) {
    one.day = day;
    for (auto& count : one.counts) count.today = 0;
    for (auto& count : one.quarantined) count.today = 0;
  }
  static void bump(TallyCount& tally, std::uint64_t count) {
    tally.all += count;
    tally.today += count;
  }
  One& today(schemas::InstrumentId id, schemas::Timestamp now) {
    One& one = of(id);
    const auto day = day_of(now);
    if (one.day != day) [[unlikely]]
      turn(one, day);
    return one;
  }
  template <typename Counts>
  Counts by_day(schemas::InstrumentId id, schemas::Timestamp now, Counts One::*which) const {
    if (!has(id)) return {};
    const One& one = *ones_[id.value()];
    Counts counts = one.*which;
    if (one.day != day_of(now)) {
      for (auto& count : counts) count.today = 0;
    }
    return counts;
  }
  bool has(schemas::InstrumentId id) const {
    return id.value() < ones_.size() && ones_[id.value()] != nullptr;
  }
  One& of(schemas::InstrumentId id) {
    if (!has(id)) [[unlikely]] {
      if (id.value() >= ones_.size()) ones_.resize(id.value() + std::size_t{1});
      ones_[id.value()] = std::make_unique<One>();
    }
    return *ones_[id.value()];
  }

  std::vector<std::unique_ptr<One>> ones_;  // by instrument; null while nothing befell it
};

}  // namespace tickgate::feeds
