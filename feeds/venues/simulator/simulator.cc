// SPDX-License-Identifier: Apache-2.0
#include "feeds/venues/simulator/simulator.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "schemas/check.h"

namespace tickgate::feeds::simulator {

using schemas::Timestamp;

// Of the past, made up in one turn.
constexpr std::int64_t kSecondsPerTurn = 20'000;

constexpr VenueFacts kFacts = {.name = "simulator", .label = "sim", .made_up = true};

namespace {

SourceSettings labelled(SourceSettings settings) {
  if (settings.label.empty()) settings.label = kFacts.label;
  return settings;
}

// Of what this venue adds to the common walk.
std::uint64_t own_seed(const SourceSettings& settings) {
  if (settings.label == kFacts.label) return settings.seed;
  auto seed = settings.seed;
  for (const char c : settings.label) seed = scatter(seed ^ static_cast<unsigned char>(c));
  return seed;
}

}  // namespace

const VenueFacts& facts() { return kFacts; }

std::unique_ptr<TickSource> make_source(const SourceSettings& settings,
                                        schemas::InstrumentRegistry& registry,
                                        AdapterEvents& events) {
  return std::make_unique<Simulator>(settings, registry, events);
}

Simulator::Simulator(const SourceSettings& settings, schemas::InstrumentRegistry& registry,
                     AdapterEvents& events)
    : settings_(labelled(settings)),
      registry_(registry),
      events_(events),
      random_(own_seed(settings_)) {
  TICKGATE_CHECK(settings_.symbol_count > 0 && settings_.rate > 0);
  if (settings_.drama) drama_.emplace(settings_, events_);
}

void Simulator::start(Timestamp now) {
  const auto listings = make_listings(settings_.names, settings_.symbol_count, settings_.seed);
  markets_.clear();
  histories_.clear();
  asked_.clear();
  draft_.reset();
  markets_.reserve(listings.size());
  for (const auto& listing : listings) list(listing, now);
  if (settings_.names == Names::kGenerated) {
    const auto& quiet = registry_.add(settings_.label, "QUIET");
    events_.on_instrument(quiet);
    events_.on_synced(quiet.id);
  }
  if (drama_) {
    drama_->open(markets_, listings, now);
  } else {
    for (std::size_t i = markets_.size(); i > 1; --i) {
      std::swap(markets_[i - 1], markets_[random_.below(i)]);
    }
  }
  turn_ = 0;
  done_ = 0;
  started_ = last_call_ = now;
}

// The next one.
void Simulator::list(const Listing& listing, Timestamp now) {
  const auto index = markets_.size();
  const auto& instrument = registry_.add(settings_.label, listing.pair);
  std::optional<Walk> walk;
  std::optional<Activity> activity;
  if (drama_) {
    walk = drama_->walk(listing.pair);
    activity = drama_->activity(index, listing.pair);
  } else if (settings_.names == Names::kMarket) {
    walk.emplace(settings_.seed, listing.pair);
  }
  const auto salt = random_.next();
  auto& market = markets_.emplace_back(instrument.id, listing, salt, walk, now);
  if (walk) {
    const History history(*walk, listing, market.step(), salt, trades_of(index), activity);
    if (drama_) market.remember(history.day(now));
    histories_.emplace(instrument.id, history);
  }
  events_.on_instrument(instrument);
  events_.on_synced(instrument.id);
  events_.on_tick(market.book(now));
  events_.on_tick(market.quote(now));
  events_.on_tick(market.trade(random_, now));
  events_.on_tick(market.ticker(now));
  market.ticker_sent(now);
}

// In a million seconds, of the pair that is listed there.
std::uint64_t Simulator::trades_of(std::size_t index) const {
  if (drama_) return drama_->trades_per_million_seconds(index);
  return std::uint64_t{1'000'000} * settings_.rate / kTicksPerTrade / settings_.symbol_count;
}

bool Simulator::ask_candles(const CandleRequest& request) {
  const auto step = schemas::length(request.interval);
  const auto from = request.from.value(), to = request.to.value();
  constexpr std::size_t kMostWaiting = 2'000;
  if (asked_.size() >= kMostWaiting || !histories_.contains(request.instrument)) return false;
  if (from < 0 || from % step != 0 || to % step != 0 || to <= from) return false;
  if ((to - from) / step > History::kMostBars) return false;
  asked_.push_back(request);
  return true;
}

// A piece of an answer at a time: ticks, and others on this thread, have their turn in between.
void Simulator::answer_candles(Timestamp now) {
  const auto request = asked_.front();
  if (!draft_) draft_ = History::begin(request, now);
  if (!histories_.at(request.instrument).go_on(*draft_, kSecondsPerTurn)) return;
  asked_.pop_front();
  const auto draft = *std::exchange(draft_, std::nullopt);
  events_.on_candles({request, true, draft.bars(), draft.until()});
}

void Simulator::advance(Timestamp now) {
  if (markets_.empty() || !speaks(now)) return;
  if (!asked_.empty()) answer_candles(now);
  if (now < last_call_) {
    started_ = now;
    done_ = 0;
    if (drama_) drama_->begin_anew(now);
  }
  last_call_ = now;
  if (drama_) drama_->play(random_, now);
  const auto elapsed = static_cast<std::uint64_t>(now.value() - started_.value());
  const auto due = static_cast<std::uint64_t>(static_cast<unsigned __int128>(elapsed) *
                                              settings_.rate / 1'000'000);
  const auto most = std::max<std::uint64_t>(settings_.rate / 20, 1);
  if (due - done_ > most) {
    skipped_ += due - done_ - most;
    done_ = due - most;
  }
  for (; drama_ && done_ < due; ++done_) drama_->tick(random_, now);
  for (; done_ < due; ++done_) {
    emit(markets_[turn_], now);
    if (++turn_ == markets_.size()) turn_ = 0;
  }
}

void Simulator::emit(Market& market, Timestamp now) {
  if (settings_.names == Names::kMarket) {
    const auto chance = random_.below(4 * kTicksPerTrade);
    if (chance < 4) return events_.on_tick(market.trade(random_, now));
    if (chance < 7 && market.book_due(now)) return events_.on_tick(market.book(now));
    if (chance < 8 && market.ticker_due(now)) {
      events_.on_tick(market.ticker(now));
      return market.ticker_sent(now);
    }
  }
  market.move(random_, now);
  events_.on_tick(market.quote(now));
}

}  // namespace tickgate::feeds::simulator
