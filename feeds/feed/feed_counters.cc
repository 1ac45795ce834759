// SPDX-License-Identifier: Apache-2.0
#include "feeds/feed/feed_counters.h"

namespace tickgate::feeds {

std::string_view name(FeedState state) {
  static constexpr std::array<std::string_view, kFeedStateCount> kNames = {"connecting", "syncing",
                                                                           "live", "stale", "down"};
  return kNames.at(static_cast<std::size_t>(state));
}

std::string_view name(ReconnectReason reason) {
  static constexpr std::array<std::string_view, kReconnectReasonCount> kNames = {
      "idle",        "closed", "refused",      "tls",     "dns",   "planned",
      "venue_asked", "gap",    "parse_errors", "timeout", "behind"};
  return kNames.at(static_cast<std::size_t>(reason));
}

std::string_view name(StaleReason reason) {
  static constexpr std::array<std::string_view, kStaleReasonCount> kNames = {
      "rhythm", "siblings", "probe", "only_heartbeats", "venue_silent", "venue_age", "paused"};
  return kNames.at(static_cast<std::size_t>(reason));
}

std::string_view name(ProbeAnswer answer) {
  static constexpr std::array<std::string_view, kProbeAnswerCount> kNames = {"same", "different",
                                                                             "none"};
  return kNames.at(static_cast<std::size_t>(answer));
}

}  // namespace tickgate::feeds
