// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "schemas/ids.h"
#include "schemas/instrument.h"
#include "schemas/interval.h"
#include "schemas/text.h"

namespace tickgate::feeds {

// What is subscribed to only while somebody wants it: quote, book, ticker, and bars by interval.
inline constexpr std::size_t kLanes = 3 + schemas::kIntervalCount;
inline constexpr std::array<schemas::Channel, 3> kLaneChannels = {
    schemas::Channel::kQuote, schemas::Channel::kBook, schemas::Channel::kTicker};
constexpr std::size_t lane_of(schemas::Interval interval) {
  return kLaneChannels.size() + static_cast<std::size_t>(interval);
}
constexpr schemas::Channel channel_of_lane(std::size_t lane) {
  return lane < kLaneChannels.size() ? kLaneChannels[lane] : schemas::Channel::kBar;
}
// Of a lane of bars.
constexpr schemas::Interval interval_of_lane(std::size_t lane) {
  return static_cast<schemas::Interval>(lane - kLaneChannels.size());
}

// Which subjects to subscribe to, so that all that is wanted comes, and nothing twice: those of
// single instruments, or one pattern for a venue of which much is wanted. What nobody wants any
// more lingers a while, and then its value is to be forgotten. Pure, one thread's.
class DemandCover {
 public:
  using Moment = std::chrono::microseconds;  // of any steady clock
  using Lanes = std::uint16_t;               // a bit a lane

  // A pattern takes the place of a venue's single subjects from so many on that are held, if they
  // are half of the venue's instruments; and gives way when they are less than half of that.
  static constexpr std::size_t kPatternFrom = 64;

  explicit DemandCover(Moment linger) : linger_(linger) {}

  // One change of what is subscribed to, to be made in this order: what is new comes first.
  struct Change {
    bool subscribe = false;
    std::size_t lane = 0;
    std::string symbol;  // "KRAKEN:BTC-USD", or the pattern "KRAKEN:*"
    bool operator==(const Change&) const = default;
  };
  struct Changes {
    std::vector<Change> subjects;
    std::vector<std::pair<schemas::InstrumentId, std::size_t>> forgotten;  // with its lane
  };

  void appear(const schemas::Instrument& instrument);
  // What it was subscribed to ends.
  void remove(const schemas::Instrument& instrument, Changes& changes);

  // Looks at what is wanted now: wanted(InstrumentId) -> Lanes, for each that appeared.
  template <typename Wanted>
  void look(Moment now, Wanted&& wanted, Changes& changes) {
    for (std::uint32_t i = 0; i < of_.size(); ++i) {
      if (of_[i].instrument == nullptr) continue;
      const Lanes lanes = wanted(schemas::InstrumentId{i});
      if (lanes != of_[i].wanted || of_[i].wanted != of_[i].held) [[unlikely]]
        update(i, lanes, now, changes);
    }
    settle(changes);
  }

  // What of it comes now.
  bool covers(schemas::InstrumentId instrument, std::size_t lane) const;
  // The pattern or the symbols by which a lane comes, all of them: visit(lane, symbol, pattern).
  template <typename Visit>
  void for_each_subject(Visit&& visit) const {
    for (const auto& venue : venues_) {
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        if (venue.by_pattern[lane]) visit(lane, venue.pattern, true);
      }
    }
    for (const Of& of : of_) {
      for (std::size_t lane = 0; of.instrument != nullptr && lane < kLanes; ++lane) {
        if ((of.held >> lane & 1U) != 0 && !venues_[of.venue].by_pattern[lane]) {
          visit(lane, of.instrument->symbol, false);
        }
      }
    }
  }
  std::size_t subjects() const;
  // Series of bars that are held: visit(instrument, interval).
  template <typename Visit>
  void for_each_series(Visit&& visit) const {
    for (const Of& of : of_) {
      for (auto lane = kLaneChannels.size(); of.instrument != nullptr && lane < kLanes; ++lane) {
        if ((of.held >> lane & 1U) != 0) visit(*of.instrument, interval_of_lane(lane));
      }
    }
  }

 private:
  struct Of {
    const schemas::Instrument* instrument = nullptr;
    std::size_t venue = 0;
    Lanes wanted = 0, held = 0;  // held: wanted or lingering
  };
  struct Venue {
    std::string pattern;
    std::vector<schemas::InstrumentId> instruments;
    std::array<std::size_t, kLanes> held{};
    std::array<bool, kLanes> by_pattern{};
  };

  void update(std::uint32_t index, Lanes lanes, Moment now, Changes& changes);
  void hold(Of& of, std::size_t lane, Changes& changes);
  void let_go(Of& of, std::size_t lane, Changes& changes);
  void settle(Changes& changes);
  void begin_pattern(Venue& venue, std::size_t lane, Changes& changes);
  void end_pattern(Venue& venue, std::size_t lane, Changes& changes);
  static std::uint64_t key(std::uint32_t index, std::size_t lane) { return index * kLanes + lane; }

  Moment linger_;
  std::vector<Of> of_;  // by instrument
  std::vector<Venue> venues_;
  schemas::TextMap<std::size_t> by_name_;
  absl::flat_hash_map<std::uint64_t, Moment> left_;  // by key(): when what lingers was left
};

}  // namespace tickgate::feeds
