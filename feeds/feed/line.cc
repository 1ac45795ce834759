// SPDX-License-Identifier: Apache-2.0
#include "feeds/feed/line.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace tickgate::feeds {

Line::Line(FeedShared& feed, Lane::Outward outward, const ConnectionMakers& make,
           Lane::Changed changed)
    : feed_(feed), outward_(std::move(outward)), make_(make), changed_(std::move(changed)) {
  const auto& pairs = feed_.options.pairs;
  add_lane(pairs);
  // Its adapter says how many symbols a connection takes. More than that, and all begins anew.
  const auto most = facts().symbols_per_connection;
  if (feed_.options.passive || most == 0 || pairs.size() <= most) return;
  lanes_.clear();
  for (auto from = pairs.begin(); from != pairs.end();) {
    const auto to = from + std::min(pairs.end() - from, static_cast<std::ptrdiff_t>(most));
    add_lane({from, to});
    from = to;
  }
}

Lane& Line::add_lane(std::vector<std::string> pairs) {
  lanes_.push_back(std::make_unique<Lane>(feed_, outward_, make_, std::move(pairs), changed_));
  return *lanes_.back();
}

// What a connection cannot carry goes to further ones. Where it was refused, because the venue
// grants one no more, nobody documents how much that is: what was granted holds for all.
void Line::move_overflow(Moment now) {
  auto& learned = feed_.counters.symbols_per_connection;
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    Lane& full = *lanes_[i];
    if (!full.overflows()) continue;
    const auto [moved, by_limit] = full.shed(now);
    const auto fits = static_cast<std::int64_t>(full.instruments().entries().size());
    if (by_limit) learned.set(learned.value() == 0 ? fits : std::min(learned.value(), fits));
    const auto most = learned.value() == 0 ? std::ssize(moved) : learned.value();
    for (auto from = moved.begin(); from != moved.end();) {
      const auto to = from + std::min<std::ptrdiff_t>(moved.end() - from, most);
      const std::vector<InstrumentStates::Entry> entries(from, to);
      std::vector<std::string> pairs;
      pairs.reserve(entries.size());
      for (const auto& entry : entries) pairs.emplace_back(pair_of(feed_.registry.at(entry.id)));
      Lane& next = add_lane(std::move(pairs));
      next.take_over(entries, full, now);
      next.start(now);
      from = to;
    }
  }
}

void Line::announce(Moment now) {
  for (const auto& lane : lanes_) lane->announce(now);
}
void Line::start(Moment now) {
  for (const auto& lane : lanes_) lane->start(now);
}
void Line::stop(std::string_view why, Moment now) {
  for (const auto& lane : lanes_) lane->stop(why, now);
}

// As many as the venue documents for a connection, or grants.
std::size_t Line::most_symbols() const {
  const auto documented = facts().symbols_per_connection;
  const auto learned = static_cast<std::size_t>(feed_.counters.symbols_per_connection.value());
  if (documented == 0 || learned == 0) return std::max(documented, learned);
  return std::min(documented, learned);
}

void Line::add(std::span<const std::string> pairs, Moment now) {
  const auto most = most_symbols() == 0 ? SIZE_MAX : most_symbols();
  for (const auto& lane : lanes_) {
    const auto carried = std::min(most, lane->instruments().entries().size());
    const auto some = std::min(most - carried, pairs.size());
    if (some > 0) lane->add(pairs.first(some), now);
    pairs = pairs.subspan(some);
  }
  while (!pairs.empty()) {
    const auto some = pairs.first(std::min(most, pairs.size()));
    Lane& next = add_lane({some.begin(), some.end()});
    next.announce(now);
    next.start(now);
    pairs = pairs.subspan(some.size());
  }
}

void Line::remove(std::span<const schemas::InstrumentId> instruments, Moment now) {
  for (const auto& lane : lanes_) lane->release(instruments, now);
  for (std::size_t i = lanes_.size(); i-- > 0 && lanes_.size() > 1;) {
    if (!lanes_[i]->is_empty()) continue;
    lanes_[i]->stop("it carries nothing any more", now);
    lanes_.erase(lanes_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

void Line::advance(Moment now) {
  for (const auto& lane : lanes_) lane->advance(now);
  move_overflow(now);
}

Lane* Line::lane_of(schemas::InstrumentId instrument) const {
  const auto found = std::ranges::find_if(
      lanes_, [instrument](const auto& lane) { return lane->owns(instrument); });
  return found == lanes_.end() ? nullptr : found->get();
}

Monotonic Line::venue_age() const {
  auto age = VenueAge::kUnknown;
  for (const auto& lane : lanes_) age = std::max(age, lane->connection().venue_age());
  return age;
}

std::int64_t Line::up() const {
  return std::ranges::count_if(lanes_, [](const auto& lane) { return lane->connection().up(); });
}

}  // namespace tickgate::feeds
