// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
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
  void stop(Moment now);
  void advance(Moment now);

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

  FeedShared& feed_;
  Lane::Outward outward_;
  ConnectionMakers make_;
  Lane::Changed changed_;
  std::vector<std::unique_ptr<Lane>> lanes_;  // more when the venue's limits are met, never fewer
};

}  // namespace tickgate::feeds
