// SPDX-License-Identifier: Apache-2.0
#include "feeds/feed/feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <set>
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
    : shared_(std::move(options), sink, registry, surroundings) {
  show_clock({});
  if (shared_.options.lines < 2) {
    add_line({shared_.publisher, shared_.counters}, make);
  } else {
    arbiter_ = std::make_unique<Arbiter>(shared_);
    auto second = make;
    if (make.second_adapter) second.adapter = make.second_adapter;
    const auto prices_of = [this](std::size_t line) {
      return [this, line](schemas::InstrumentId id) { return prices(line, id); };
    };
    add_line({arbiter_->publisher(0), arbiter_->counters(0), prices_of(1)}, make);
    add_line({arbiter_->publisher(1), arbiter_->counters(1), prices_of(0)}, second);
    arbiter_->set_facts(lines_.front()->facts());
  }
  list_connections();
}

void Feed::add_line(Lane::Outward outward, const ConnectionMakers& make) {
  lines_.push_back(std::make_unique<Line>(shared_, std::move(outward), make,
                                          [this](Moment now) { show_state(now); }));
}

void Feed::start(Moment now) {
  stopped_ = false;
  for (const auto& line : lines_) line->announce(now);
  for (const auto& line : lines_) line->start(now);
}

void Feed::stop(Moment now) { stop("the gateway is stopping", now); }

void Feed::stop(std::string_view why, Moment now) {
  if (std::exchange(stopped_, true)) return;
  for (const auto& line : lines_) line->stop(why, now);
}

void Feed::end(const std::vector<std::string>& others, Moment now) {
  stop("its feed was taken away", now);
  std::vector<schemas::InstrumentId> all;
  for (const auto& lane : lines_.front()->lanes()) {
    for (const auto& entry : lane->instruments().entries()) all.push_back(entry.id);
  }
  let_go(all, others, now);
}

schemas::InstrumentId Feed::id_of(const std::string& pair) const {
  return shared_.registry.add(shared_.options.venue, pair).id;
}

void Feed::add(const std::vector<std::string>& pairs, Moment now) {
  auto fresh = pairs;
  std::erase_if(fresh, [this](const auto& pair) { return owns(id_of(pair)); });
  for (const auto& line : lines_) line->add(fresh, now);
  show_state(now);
}

void Feed::remove(const std::vector<std::string>& pairs, const std::vector<std::string>& others,
                  Moment now) {
  std::vector<schemas::InstrumentId> leaving;
  for (const auto& pair : pairs) {
    if (owns(id_of(pair))) leaving.push_back(id_of(pair));
  }
  for (const auto& line : lines_) line->remove(leaving, now);
  let_go(leaving, others, now);
  show_state(now);
}

// Nobody is to find anything of them here, but the numbers that they had.
void Feed::let_go(std::span<const schemas::InstrumentId> instruments,
                  const std::vector<std::string>& others, Moment now) {
  const std::set<std::string_view> staying(others.begin(), others.end());
  for (const auto id : instruments) {
    const auto& instrument = shared_.registry.at(id);
    if (arbiter_ != nullptr) arbiter_->remove(instrument, now.wall);
    shared_.tickers.remove(id);
    shared_.tallies.remove(id);
    shared_.quarantine.remove(instrument.symbol);
    const bool goes_on = staying.contains(pair_of(instrument));
    goes_on ? shared_.publisher.hand_over(id) : shared_.publisher.remove(instrument, now.wall);
  }
}

void Feed::advance(Moment now) {
  if (stopped_) return;
  for (const auto& line : lines_) line->advance(now);
  shared_.tickers.advance(
      now, [this](const CandleRequest& request) { return ask_candles(request, shared_.tickers); });
  auto& counters = shared_.counters;
  if (arbiter_ != nullptr) {
    arbiter_->advance(now);
    for (std::size_t i = 0; i < lines_.size(); ++i) counters.lines[i].up.set(lines_[i]->up());
  }
  for (std::size_t i = 0; i < schemas::kChannelCount; ++i) {
    counters.ticks[i].set(shared_.publisher.published(static_cast<schemas::Channel>(i)));
  }
  counters.held_back.set(shared_.publisher.held_back());
  counters.venue_age.set(venue_age().count());
  show_clock(now);
  show_pause(now);
}

void Feed::show_clock(Moment now) {
  if (shared_.options.own_clock) {
    shared_.clock.know(now);
  } else {
    shared_.clock.widen(now.steady);
  }
  const auto offset = shared_.clock.offset(now);
  shared_.counters.clock_offset.set(offset ? offset->ahead.count() : 0);
  shared_.counters.clock_uncertainty.set(offset ? offset->uncertainty.count() : -1);
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

// Null where that line does not carry it.
const Plausibility* Feed::prices(std::size_t line, schemas::InstrumentId instrument) const {
  const auto* const lane = lines_.at(line)->lane_of(instrument);
  if (lane == nullptr) return nullptr;
  const auto& states = lane->instruments();
  return &states.entries()[states.index_of(instrument)].prices;
}

// Of the line that speaks for it; or of the other, where that one has it not.
const Lane* Feed::lane_of(schemas::InstrumentId instrument) const {
  const auto speaker = arbiter_ == nullptr ? 0 : arbiter_->speaker(instrument);
  const auto* const lane = lines_[speaker]->lane_of(instrument);
  return lane != nullptr || arbiter_ == nullptr ? lane : lines_[1 - speaker]->lane_of(instrument);
}

bool Feed::ask_candles(const CandleRequest& request) {
  return shared_.candles != nullptr && ask_candles(request, *shared_.candles);
}

bool Feed::ask_candles(const CandleRequest& request, CandleSink& sink) {
  if (stopped_) return false;
  const auto speaker = arbiter_ == nullptr ? 0 : arbiter_->speaker(request.instrument);
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    auto* const lane = lines_[(speaker + i) % lines_.size()]->lane_of(request.instrument);
    if (lane != nullptr && lane->connection().ask_candles(request, sink)) return true;
  }
  return false;
}

const OrderBook* Feed::book(schemas::InstrumentId instrument) const {
  const auto speaker = arbiter_ == nullptr ? 0 : arbiter_->speaker(instrument);
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    const auto* const lane = lines_[(speaker + i) % lines_.size()]->lane_of(instrument);
    const auto* const book =
        lane == nullptr ? nullptr : lane->connection().adapter().book(instrument);
    if (book != nullptr) return book;
  }
  return nullptr;
}

const InstrumentEntry* Feed::entry(schemas::InstrumentId instrument) const {
  const auto* const lane = lane_of(instrument);
  if (lane == nullptr) return nullptr;
  const auto& instruments = lane->instruments();
  return &instruments.entries()[instruments.index_of(instrument)];
}

// Of the line that is the younger, where any is known.
Monotonic Feed::venue_age() const {
  auto age = VenueAge::kUnknown;
  for (const auto& line : lines_) {
    const auto one = line->venue_age();
    if (age == VenueAge::kUnknown || (one != VenueAge::kUnknown && one < age)) age = one;
  }
  return age;
}

FeedState Feed::state() const { return static_cast<FeedState>(shared_.counters.state.value()); }

// Of each connection; of two lines, of the better one of the two that carry the same symbols, or
// where the lines are parted in other ways, of the better line's.
std::vector<const ConnectionState*> Feed::best_states() const {
  const auto states = [](const Line& line) {
    std::vector<const ConnectionState*> all;
    for (const auto& lane : line.lanes()) all.push_back(&lane->state());
    return all;
  };
  auto best = states(*lines_.front());
  if (lines_.size() == 1) return best;
  const auto other = states(*lines_.back());
  const auto bad = [](const auto* state) { return badness(state->state); };
  if (best.size() != other.size()) {
    const auto worst = [&](const auto& all) { return std::ranges::max(all, {}, bad); };
    return bad(worst(other)) < bad(worst(best)) ? other : best;
  }
  for (std::size_t i = 0; i < best.size(); ++i) {
    if (bad(other[i]) < bad(best[i])) best[i] = other[i];
  }
  return best;
}

void Feed::show_state(Moment now) {
  if (lines_.size() < std::max<std::size_t>(shared_.options.lines, 1)) return;  // not made yet
  const auto states = best_states();
  const auto& [state, since, reason] =
      *std::ranges::max(states, {}, [](const auto* one) { return badness(one->state); });
  auto& counters = shared_.counters;
  if (counters.state_since.value() == 0 || state != this->state()) {
    counters.state_since.set(now.wall.value());
  }
  counters.state.set(static_cast<std::int64_t>(state));
  const std::scoped_lock lock(shown_mutex_);
  reason_ = reason;
  if (states.size() > 1 && !reason.empty()) {
    const auto like = std::ranges::count(states, state, &ConnectionState::state);
    reason_ = fmt::format("{} of {} connections: {}", like, states.size(), reason);
  }
  list_connections();
}

void Feed::list_connections() {
  connections_.clear();
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    for (const auto& lane : lines_[i]->lanes()) {
      const auto& one = lane->state();
      connections_.push_back({one.state, one.since, one.reason, lane->connection().pairs().size(),
                              lines_.size() > 1 ? i + 1 : 0});
    }
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
  status.clock = clock_report(counters);
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
