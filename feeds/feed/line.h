// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "feeds/feed/lane.h"

namespace tickgate::feeds {

// All connections of a feed that carry each of its symbols once: a lane, or as many as they need.
// A feed has one line, or two that carry the same. On the feed's thread.
class Line {
 public:
  // `feed` and what `outward` names outlive it.
  Line(FeedShared& feed, Lane::Outward outward, const ConnectionMakers& make,
       Lane::Changed changed);

  void announce(Moment now);
  void start(Moment now);
  void stop(std::string_view why, Moment now);
  void advance(Moment now);
  // Carries these too, over a connection that has room or a further one.
  void add(std::span<const std::string> pairs, Moment now);
  // And these no more. Of the connections that carry nothing then one stays, for what may come.
  void remove(std::span<const schemas::InstrumentId> instruments, Moment now);

  const std::vector<std::unique_ptr<Lane>>& lanes() const { return lanes_; }
  // Null: not of this feed.
  Lane* lane_of(schemas::InstrumentId instrument) const;
  const VenueFacts& facts() const { return lanes_.front()->connection().adapter().facts(); }
  // Of its worst lane; VenueAge::kUnknown: not known.
  Monotonic venue_age() const;
  // How many of its connections are up.
  std::int64_t up() const;

 private:
  Lane& add_lane(std::vector<std::string> pairs);
  void move_overflow(Moment now);
  std::size_t most_symbols() const;

  FeedShared& feed_;
  Lane::Outward outward_;
  ConnectionMakers make_;
  Lane::Changed changed_;
  std::vector<std::unique_ptr<Lane>> lanes_;  // one at least
};

}  // namespace tickgate::feeds
