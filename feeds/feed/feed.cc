// SPDX-License-Identifier: Apache-2.0
#include "feeds/feed/feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace tickgate::feeds {
namespace {

constexpr std::int64_t kClockNoise = 500'000;

// The worse, the more: what is said of the whole is said of its worst part.
int badness(FeedState state) {
  switch (state) {
    case FeedState::kLive:
      return 0;
    case FeedState::kSyncing:
      return 1;
    case FeedState::kStale:
      return 2;
    case FeedState::kConnecting:
      return 3;
    case FeedState::kDown:
      return 4;
  }
  return 4;
}

}  // namespace

Feed::Feed(FeedOptions options, TickSink& sink, schemas::InstrumentRegistry& registry,
           const ConnectionMakers& make, const FeedSurroundings& surroundings)
    : shared_(std::move(options), sink, registry, surroundings), make_(make) {
  const auto& pairs = shared_.options.pairs;
  add_lane(pairs);
  // Its adapter says how many symbols a connection takes. More than that, and all begins anew.
  const auto most = lanes_.front()->connection().adapter().facts().symbols_per_connection;
  if (!shared_.options.passive && most > 0 && pairs.size() > most) {
    lanes_.clear();
    for (auto from = pairs.begin(); from != pairs.end();) {
      const auto to = from + std::min(pairs.end() - from, static_cast<std::ptrdiff_t>(most));
      add_lane({from, to});
      from = to;
    }
  }
  list_connections();
}

Lane& Feed::add_lane(std::vector<std::string> pairs) {
  lanes_.push_back(std::make_unique<Lane>(shared_, make_, std::move(pairs),
                                          [this](Moment now) { show_state(now); }));
  return *lanes_.back();
}

// What a connection cannot carry goes to further ones. Where it was refused, because the venue
// grants one no more, nobody documents how much that is: what was granted holds for all.
void Feed::move_overflow(Moment now) {
  auto& learned = shared_.counters.symbols_per_connection;
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
      for (const auto& entry : entries) pairs.emplace_back(pair_of(shared_.registry.at(entry.id)));
      Lane& next = add_lane(std::move(pairs));
      next.take_over(entries, full, now);
      next.start(now);
      from = to;
    }
  }
}

void Feed::start(Moment now) {
  stopped_ = false;
  for (const auto& lane : lanes_) lane->announce(now);
  for (const auto& lane : lanes_) lane->start(now);
}

void Feed::stop(Moment now) {
  if (std::exchange(stopped_, true)) return;
  for (const auto& lane : lanes_) lane->stop(now);
}

void Feed::advance(Moment now) {
  if (stopped_) return;
  for (const auto& lane : lanes_) lane->advance(now);
  move_overflow(now);
  shared_.tickers.advance(
      now, [this](const CandleRequest& request) { return ask_candles(request, shared_.tickers); });
  auto& counters = shared_.counters;
  for (std::size_t i = 0; i < schemas::kChannelCount; ++i) {
    counters.ticks[i].set(shared_.publisher.published(static_cast<schemas::Channel>(i)));
  }
  counters.held_back.set(shared_.publisher.held_back());
  auto age = VenueAge::kUnknown;
  for (const auto& lane : lanes_) age = std::max(age, lane->connection().venue_age());
  counters.venue_age.set(age.count());
  show_pause(now);
}

void Feed::show_pause(Moment now) {
  const auto* const host = shared_.hosts.paused(now.steady);
  auto& shown = shared_.counters.paused_until;
  if (host == nullptr && shown.value() == 0) return;
  const auto until =
      host == nullptr ? 0 : now.wall.value() + (host->paused_until() - now.steady).count();
  // The same moment, by two clocks.
  if (until != 0 && std::abs(until - shown.value()) < kClockNoise) return;
  shown.set(until);
  const std::scoped_lock lock(shown_mutex_);
  pause_reason_ = host == nullptr ? std::string() : host->pause_reason();
}

const Lane* Feed::lane_of(schemas::InstrumentId instrument) const {
  const auto found = std::ranges::find_if(
      lanes_, [instrument](const auto& lane) { return lane->owns(instrument); });
  return found == lanes_.end() ? nullptr : found->get();
}

bool Feed::ask_candles(const CandleRequest& request) {
  return shared_.candles != nullptr && ask_candles(request, *shared_.candles);
}

bool Feed::ask_candles(const CandleRequest& request, CandleSink& sink) {
  if (stopped_) return false;
  const auto found = std::ranges::find_if(
      lanes_, [&](const auto& lane) { return lane->owns(request.instrument); });
  return found != lanes_.end() && (*found)->connection().ask_candles(request, sink);
}

const OrderBook* Feed::book(schemas::InstrumentId instrument) const {
  const auto* const lane = lane_of(instrument);
  return lane == nullptr ? nullptr : lane->connection().adapter().book(instrument);
}

const InstrumentEntry* Feed::entry(schemas::InstrumentId instrument) const {
  const auto* const lane = lane_of(instrument);
  if (lane == nullptr) return nullptr;
  const auto& instruments = lane->instruments();
  return &instruments.entries()[instruments.index_of(instrument)];
}

FeedState Feed::state() const { return static_cast<FeedState>(shared_.counters.state.value()); }

void Feed::show_state(Moment now) {
  const auto worst = std::ranges::max_element(
      lanes_, {}, [](const auto& lane) { return badness(lane->state().state); });
  const auto& [state, since, reason] = (*worst)->state();
  auto& counters = shared_.counters;
  if (counters.state_since.value() == 0 || state != this->state()) {
    counters.state_since.set(now.wall.value());
  }
  counters.state.set(static_cast<std::int64_t>(state));
  const std::scoped_lock lock(shown_mutex_);
  reason_ = reason;
  if (lanes_.size() > 1 && !reason.empty()) {
    const auto like = std::ranges::count_if(
        lanes_, [&](const auto& lane) { return lane->state().state == (*worst)->state().state; });
    reason_ = fmt::format("{} of {} connections: {}", like, lanes_.size(), reason);
  }
  list_connections();
}

void Feed::list_connections() {
  connections_.clear();
  for (const auto& lane : lanes_) {
    const auto& one = lane->state();
    connections_.push_back({one.state, one.since, one.reason, lane->connection().pairs().size()});
  }
}

FeedStatus Feed::status() const {
  const auto& counters = shared_.counters;
  FeedStatus status;
  status.state = static_cast<FeedState>(counters.state.value());
  status.since = schemas::Timestamp{counters.state_since.value()};
  if (const auto last = counters.last_message.value(); last != 0) {
    status.last_message = schemas::Timestamp{last};
  }
  status.venue_age = Monotonic(counters.venue_age.value());
  for (std::size_t i = 0; i < kStateCount; ++i) {
    status.instruments[i] = counters.instruments[i].value();
  }
  const std::scoped_lock lock(shown_mutex_);
  status.reason = reason_;
  if (const auto until = counters.paused_until.value(); until != 0) {
    status.paused_until = schemas::Timestamp{until};
  }
  status.pause_reason = pause_reason_;
  status.connections = connections_;
  return status;
}

}  // namespace tickgate::feeds
