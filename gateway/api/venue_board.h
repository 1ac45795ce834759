// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "feeds/feed/feed.h"
#include "gateway/net/clock.h"

namespace tickgate::gateway {

// Before the first turn of its thread a feed knows no time of its state: it begins now.
inline schemas::Timestamp since_or_now(schemas::Timestamp since, schemas::Timestamp now) {
  return since.value() == 0 ? now : since;
}

// What a feed counted.
struct VenueCounts {
  std::optional<double> rate;     // messages a second, of the last second; nullopt: not known yet
  std::uint64_t gaps = 0;         // holes in what the venue numbers, since the gateway began
  std::uint64_t resyncs = 0;      // books made anew, likewise
  std::uint64_t trades_lost = 0;  // that clients were told of as gaps, likewise
};

// One entry of /v1/venues.
void append_venue_json(std::string& out, std::string_view name, std::string_view venue,
                       const feeds::FeedStatus& status, const VenueCounts& counts,
                       schemas::Timestamp now);

// The array of such entries that somebody else made, as it is shown while nobody vouches for it:
// whoever was live is `state`, for this reason. Pure.
std::string greyed_venues(std::string_view venues, schemas::State state, std::string_view reason);

// Of such an array the entries whose venue `shows` says yes to. Pure.
std::string venues_shown(std::string_view venues,
                         const std::function<bool(std::string_view)>& shows);

// The answer to /v1/venues, made once a second on the thread that runs `io`, so that whoever asks,
// in whatever number, costs no feed anything. What it says of ages is as old as it is.
class VenueBoard {
 public:
  explicit VenueBoard(boost::asio::io_context& io) : timer_(io) {}

  // Calls back with each feed there is, in its turn; only until stop().
  using ForEachFeed = std::function<void(const std::function<void(const feeds::Feed&)>&)>;
  void start(ForEachFeed for_each);
  void stop() {
    stopped_ = true;  // also when a look was due already
    timer_.cancel();
  }
  // Any thread; an empty array before start().
  std::string text() const;

 private:
  // Of a feed, at the last look.
  struct Seen {
    std::uint64_t messages = 0;
    Monotonic at{};  // when; 0: never
  };

  void look();
  static VenueCounts count(const feeds::FeedCounters& counters, Seen& seen);

  boost::asio::steady_timer timer_;
  bool stopped_ = false;
  ForEachFeed for_each_;
  std::map<std::string, Seen> seen_;  // by the feed's name
  mutable std::mutex mutex_;          // cold: once a second, and whoever asks
  std::shared_ptr<const std::string> text_ = std::make_shared<const std::string>("[]\n");
};

}  // namespace tickgate::gateway
