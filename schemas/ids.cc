// SPDX-License-Identifier: Apache-2.0
#include "schemas/ids.h"

#include <array>

#include "schemas/interval.h"

namespace tickgate::schemas {
namespace {

constexpr std::array<std::string_view, 2> kSides = {"buy", "sell"};
constexpr std::array<std::string_view, kChannelCount> kChannels = {"quote",  "trade",  "book",
                                                                   "ticker", "status", "bar"};
constexpr std::array<std::string_view, 4> kIntegrities = {"none", "order", "sequence", "checksum"};
constexpr std::array<std::string_view, 6> kStates = {"live",   "stale", "recovering",
                                                     "halted", "down",  "closed"};
constexpr std::array<std::string_view, 3> kGapReasons = {"slow_consumer", "feed_gap",
                                                         "feed_restart"};
constexpr std::array<std::string_view, kIntervalCount> kIntervals = {"1s", "1m", "5m", "15m",
                                                                     "1h", "4h", "1d"};

}  // namespace

std::string_view name(Side side) { return kSides.at(static_cast<std::size_t>(side)); }
std::string_view name(Channel channel) { return kChannels.at(static_cast<std::size_t>(channel)); }
std::string_view name(Integrity integrity) {
  return kIntegrities.at(static_cast<std::size_t>(integrity));
}
std::string_view name(State state) { return kStates.at(static_cast<std::size_t>(state)); }
std::string_view name(GapReason reason) { return kGapReasons.at(static_cast<std::size_t>(reason)); }

std::string_view name(Interval interval) {
  return kIntervals.at(static_cast<std::size_t>(interval));
}

std::optional<Channel> channel_from_name(std::string_view name) {
  for (std::size_t i = 0; i < kChannels.size(); ++i) {
    if (kChannels[i] == name) return static_cast<Channel>(i);
  }
  return std::nullopt;
}

std::optional<Interval> interval_from_name(std::string_view name) {
  for (std::size_t i = 0; i < kIntervals.size(); ++i) {
    if (kIntervals[i] == name) return static_cast<Interval>(i);
  }
  return std::nullopt;
}

}  // namespace tickgate::schemas
