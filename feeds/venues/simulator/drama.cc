// SPDX-License-Identifier: Apache-2.0
#include "feeds/venues/simulator/drama.h"

#include "schemas/check.h"

namespace tickgate::feeds::simulator {

using schemas::Timestamp;

namespace {

constexpr std::uint64_t kMillion = 1'000'000;
// Steps above the other venues: more than all of them stray from the common walk together.
constexpr std::int64_t kLean = 14;
// So many moves lead a market that has long stood still to where the others are.
constexpr int kToTheWalk = 12;

}  // namespace

Drama::Drama(const SourceSettings& settings, AdapterEvents& events)
    : seed_(settings.seed),
      stage_(settings.seed, settings.label),
      events_(events),
      symbol_count_(settings.symbol_count),
      rate_(settings.rate) {
  TICKGATE_CHECK(settings.names == SourceNames::kMarket);
  for (std::size_t i = kLosing; i < symbol_count_; ++i) {
    if (i != kQuiet) others_.push_back(i);
  }
}

std::uint64_t Drama::trades_per_million_seconds(std::size_t index) const {
  if (index == kQuiet) return kMillion * Stage::kSecond / Stage::kQuiet;
  const auto all = rate_ * kMillion / kTicksPerTrade;
  if (others_.empty()) return all;
  return index == kFast ? all / 2 : all / 2 / others_.size();
}

std::optional<Activity> Drama::activity(std::size_t index, std::string_view pair) const {
  if (index == kQuiet) return std::nullopt;
  return Activity(seed_, pair);
}

void Drama::open(std::vector<Market>& markets, const std::vector<Listing>& listings,
                 Timestamp now) {
  TICKGATE_CHECK(markets.size() == symbol_count_ && listings.size() == symbol_count_);
  markets_ = &markets;
  activities_.clear();
  for (const auto& listing : listings) activities_.emplace_back(seed_, listing.pair);
  for (auto& market : markets) market.calm_down();
  begin_anew(now);
}

void Drama::begin_anew(Timestamp now) {
  begun_ = now;
  losses_ = quiet_moments_ = 0;
}

// Nobody: it would be the one that is halted.
std::optional<std::size_t> Drama::next() {
  is_turn_of_fast_ = !is_turn_of_fast_;
  if (is_turn_of_fast_ || others_.empty()) return kFast;
  const auto part = others_[turn_];
  if (++turn_ == others_.size()) turn_ = 0;
  if (part == kHalting && halted_) return std::nullopt;
  return part;
}

void Drama::tick(Random& random, Timestamp now) {
  const auto part = next();
  if (!part) return;
  const auto chance = random.below(kTicksPerTrade * Activity::kUsual);
  if (chance < activities_[*part].at(now.value())) events_.on_tick(at(*part).trade(random, now));
  move(at(*part), random, now);
}

void Drama::play(Random& random, Timestamp now) {
  const auto since = since_begin(now);
  if (has(kHalting) && stage_.halted(since) != halted_) halt_or_resume(now);
  if (stage_.leans(since) != leaning_) {
    leaning_ = !leaning_;
    at(kFast).lean(leaning_ ? kLean : 0);
  }
  if (const auto losses = stage_.losses(since); losses != losses_) {
    losses_ = losses;
    if (has(kLosing)) lose_trades(random, now);
  }
  if (const auto moments = stage_.quiet_moments(since); moments != quiet_moments_) {
    quiet_moments_ = moments;
    if (has(kQuiet)) speak_up(random, now);
  }
}

// Trading opens with a price: shown before the word that it may be traded at.
void Drama::halt_or_resume(Timestamp now) {
  auto& market = at(kHalting);
  halted_ = !halted_;
  if (halted_) return events_.on_halted(market.id(), "volatility pause");
  events_.on_tick(market.book(now));
  events_.on_tick(market.quote(now));
  events_.on_trading(market.id());
}

// They happen, and nobody is told.
void Drama::lose_trades(Random& random, Timestamp now) {
  auto& market = at(kLosing);
  const auto count = 1 + random.below(3);
  for (std::uint64_t i = 0; i < count; ++i) market.trade(random, now);
  events_.on_trades_lost(market.id(), count);
}

void Drama::speak_up(Random& random, Timestamp now) {
  auto& market = at(kQuiet);
  events_.on_tick(market.trade(random, now));
  for (int i = 0; i < kToTheWalk; ++i) market.move(random, now);
  move(market, random, now);
}

// A market whose book stands still while it trades is taken for broken, so book and quote go on
// together.
void Drama::move(Market& market, Random& random, Timestamp now) {
  market.move(random, now);
  if (market.book_due(now)) events_.on_tick(market.book(now));
  events_.on_tick(market.quote(now));
  if (!market.ticker_due(now)) return;
  events_.on_tick(market.ticker(now));
  market.ticker_sent(now);
}

}  // namespace tickgate::feeds::simulator
