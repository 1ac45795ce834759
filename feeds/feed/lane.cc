// SPDX-License-Identifier: Apache-2.0
#include "feeds/feed/lane.h"

#include <algorithm>
#include <utility>

namespace tickgate::feeds {

using schemas::InstrumentId;

namespace {

// Both are heard for at least so long, so that the old one can say what it has read.
constexpr Monotonic kOverlap = std::chrono::seconds(1);
// Trades that do not join by then never will.
constexpr Monotonic kLongestOverlap = std::chrono::seconds(10);
// What the new one repeats of the old one's comes within this time.
constexpr Monotonic kEcho = std::chrono::seconds(10);
// A replacement that is not synced by then is no better than what it replaces. Snapshots of a few
// hundred heavy books take minutes by themselves.
constexpr Monotonic kReplacementPatience = std::chrono::minutes(10);

Rhythm::Settings rhythm_of(const FeedOptions& options) { return {.floor = options.stale_after}; }

// What the venue said of it holds over any connection until it says something else; and what it
// costs is the same over each.
void copy_market(const InstrumentStates::Entry& from, InstrumentStates::Entry& to) {
  to.halted = from.halted;
  to.closed = from.closed;
  to.trading_reason = from.trading_reason;
  to.prices = from.prices;
}

}  // namespace

Lane::Lane(FeedShared& feed, Outward outward, const ConnectionMakers& make,
           std::vector<std::string> pairs, Changed changed)
    : feed_(feed),
      publisher_(outward.publisher),
      make_(make),
      changed_(std::move(changed)),
      states_(outward.publisher, outward.counters, rhythm_of(feed.options), feed.options.plausible),
      outlet_{&outward.publisher, &states_},
      active_(std::make_unique<Connection>(*this, feed, outlet_, make_, std::move(pairs))),
      replacement_backoff_(feed.options.backoff) {
  states_.learn_prices_from(std::move(outward.prices_elsewhere));
}

void Lane::announce(Moment now) {
  for (const auto& pair : active_->pairs()) {
    outlet_.announce(feed_.registry.add(feed_.options.venue, pair), now);
  }
}

void Lane::take_over(const std::vector<InstrumentStates::Entry>& entries, const Lane& from,
                     Moment now) {
  const bool exact = active_->adapter().continue_from(from.active_->adapter());
  for (const auto& theirs : entries) {
    states_.add(theirs.id, now);
    auto& entry = *states_.find(theirs.id);
    copy_market(theirs, entry);
    states_.refresh(entry, now);
    if (!exact) active_->doubt_trades(theirs.id);
  }
}

Lane::Overflow Lane::shed(Moment now) {
  if (replacement_ != nullptr) abandon_replacement(now);
  const auto ids = std::exchange(overflow_, {});
  Overflow overflow;
  overflow.by_limit = std::exchange(overflow_by_limit_, false);
  for (const auto id : ids) overflow.entries.push_back(*states_.find(id));
  active_->hand_over(ids, now);
  states_.remove(ids);
  return overflow;
}

void Lane::start(Moment now) { active_->start(now); }

void Lane::stop(std::string_view why, Moment now) {
  if (replacement_ != nullptr) abandon_replacement(now);
  active_->stop(why, now);
}

void Lane::add(std::span<const std::string> pairs, Moment now) {
  if (replacement_ != nullptr) abandon_replacement(now);
  for (const auto& pair : pairs) {
    outlet_.announce(feed_.registry.add(feed_.options.venue, pair), now);
  }
  active_->add(pairs, now);
}

void Lane::release(std::span<const InstrumentId> instruments, Moment now) {
  std::vector<InstrumentId> ours(instruments.begin(), instruments.end());
  std::erase_if(ours, [this](InstrumentId id) { return !owns(id); });
  if (ours.empty()) return;
  if (replacement_ != nullptr) abandon_replacement(now);
  std::erase_if(overflow_, [&](InstrumentId id) { return std::ranges::count(ours, id) > 0; });
  active_->hand_over(ours, now);
  states_.remove(ours);
}

void Lane::advance(Moment now) {
  retired_.clear();
  if (replacement_ != nullptr) {
    advance_replacement(now);
  } else if (handover_ != nullptr) {
    // What is behind may still be behind what the predecessor has shown.
    if (now.steady >= handover_ends_ && !active_->doubted()) end_handover();
  } else if (leaving_ && now.steady >= next_replacement_ && active_->up()) {
    open_replacement(now);
  }
  Connection& active = *active_;  // another one may be, after watch()
  if (!active.watch(now)) return;
  states_.check(now, feed_.options.passive ? nullptr : &active);
  active.conclude(now);
}

void Lane::on_state(const Connection& connection, Moment now) {
  if (&connection == active_.get()) changed_(now);
}

// Nobody can read whose message it is: half of the symbols go to another connection, and so on,
// until the one harms only itself.
void Lane::note_oversized(bool oversized) {
  oversized_in_row_ = oversized ? oversized_in_row_ + 1 : 0;
  const auto& entries = states_.entries();
  if (oversized_in_row_ < 2 || entries.size() < 2 || overflows()) return;
  oversized_in_row_ = 1;
  for (std::size_t i = (entries.size() + 1) / 2; i < entries.size(); ++i) {
    overflow_.push_back(entries[i].id);
  }
  log::warning(kComponent, "the symbols of a connection are parted, by a message too large to read",
               {{"feed", feed_.options.name}, {"symbols", entries.size()}});
}

bool Lane::on_lost(Connection& connection, bool oversized, Moment now) {
  if (&connection != active_.get()) {
    if (replacement_ != nullptr) replacement_->failed = true;
    return true;
  }
  note_oversized(oversized);
  if (replacement_ != nullptr && !replacement_->failed && replacement_->connection->up() &&
      !replacement_->connection->doubted()) {
    switch_over(now);
    return true;
  }
  if (replacement_ != nullptr) abandon_replacement(now);
  end_handover();
  leaving_.reset();
  return false;
}

bool Lane::on_limit_reached(Connection& connection, std::span<const schemas::InstrumentId> refused,
                            Moment /*now*/) {
  if (&connection != active_.get()) {  // the one that it was to replace carries them
    if (replacement_ != nullptr) replacement_->failed = true;
    return true;
  }
  auto all = overflow_;
  for (const auto id : refused) {
    if (owns(id) && std::ranges::find(all, id) == all.end()) all.push_back(id);
  }
  // None would be left: it is no limit of one connection.
  if (all.size() >= states_.entries().size()) return false;
  overflow_ = std::move(all);
  overflow_by_limit_ = true;
  return true;
}

void Lane::on_leaving(Connection& connection, ReconnectReason reason, Moment /*now*/) {
  if (&connection == active_.get() && !leaving_) leaving_ = reason;
}

void Lane::open_replacement(Moment now) {
  log::info(kComponent, "a connection is opened to replace one",
            {{"feed", feed_.options.name}, {"reason", name(*leaving_)}});
  handover_ = std::make_unique<Handover>(publisher_);
  active_->watch_ticks(handover_.get());
  replacement_ = std::make_unique<Replacement>(rhythm_of(feed_.options), feed_.options.plausible,
                                               publisher_.numbers());
  auto& [standby, connection, exact, failed, since, synced_since] = *replacement_;
  since = now.steady;
  const Outlet outlet{&standby.publisher(), &standby.instruments()};
  connection = std::make_unique<Connection>(*this, feed_, outlet, make_, active_->pairs());
  // In this order: an instrument's index is the same here and there.
  for (const auto& entry : states_.entries()) {
    connection->announce(feed_.registry.at(entry.id), now);
    copy_market(entry, *standby.instruments().find(entry.id));
  }
  exact = connection->adapter().continue_from(active_->adapter());
  connection->start(now);
}

void Lane::advance_replacement(Moment now) {
  Connection& next = *replacement_->connection;
  if (next.watch(now)) {
    replacement_->standby.instruments().check(now, &next);
    next.conclude(now);
  }
  if (replacement_->failed || now.steady - replacement_->since > kReplacementPatience) {
    abandon_replacement(now);
  } else if (next.up() && may_take_over(now)) {
    feed_.counters.reconnects[static_cast<std::size_t>(*leaving_)].add();
    switch_over(now);
  }
}

void Lane::abandon_replacement(Moment now) {
  replacement_->connection->retire(now);
  retired_.push_back(std::move(replacement_->connection));
  replacement_.reset();
  end_handover();
  next_replacement_ = now.steady + replacement_backoff_.next(feed_.random);
}

bool Lane::may_take_over(Moment now) {
  auto& synced_since = replacement_->synced_since;
  if (!is_synced(*replacement_, now)) {
    synced_since.reset();
    return false;
  }
  if (!synced_since) synced_since = now.steady;
  const auto overlap = now.steady - *synced_since;
  return overlap >= kLongestOverlap || (overlap >= kOverlap && trades_join(*replacement_));
}

// It has whatever the other one has, and is no less alive.
bool Lane::is_synced(Replacement& replacement, Moment now) const {
  const Connection& next = *replacement.connection;
  if (next.doubted() || !next.has_all_answers()) return false;
  return std::ranges::all_of(states_.entries(), [&](const InstrumentStates::Entry& entry) {
    const auto* const theirs = replacement.standby.instruments().find(entry.id);
    if (!entry.synced) return true;
    return theirs != nullptr &&
           (theirs->closed || (theirs->synced && is_fresh(replacement, entry.id, now)));
  });
}

// Not, where its channel has died though it came up: what it had last is older than what was shown.
// Its own rhythm may be too young to tell.
bool Lane::is_fresh(Replacement& replacement, schemas::InstrumentId id, Moment now) const {
  const auto* const theirs = replacement.standby.instruments().find(id);
  return theirs != nullptr && theirs->state != schemas::State::kStale &&
         states_.has_patience_for(*theirs, now);
}

bool Lane::trades_join(Replacement& replacement) const {
  return std::ranges::all_of(states_.entries(), [&](const InstrumentStates::Entry& entry) {
    return handover_->seam(entry.id, replacement.standby.trades(entry.id), replacement.exact)
        .proven;
  });
}

void Lane::switch_over(Moment now) {
  const auto next = std::exchange(replacement_, nullptr);
  leaving_.reset();
  next->connection->adapter().continue_from(active_->adapter());
  active_->watch_ticks(nullptr);
  active_->retire(now);
  retired_.push_back(std::exchange(active_, std::move(next->connection)));
  handover_->take_over();
  handover_ends_ = now.steady + kEcho;
  for (const auto& entry : next->standby.instruments().entries()) {
    outlet_.announce(feed_.registry.at(entry.id), now);
  }
  const auto prices = prices_to_show(*next, now);
  states_.adopt(next->standby.instruments(), now);
  publish_held(*next, prices, now.wall);
  active_->speak_to(outlet_);
  active_->watch_ticks(handover_.get());
  replacement_backoff_ = Backoff(feed_.options.backoff);
  log::info(kComponent, "a connection was replaced", {{"feed", feed_.options.name}});
  changed_(now);
}

// What the successor has, of each instrument, unless what was shown is newer. Before its states are
// adopted, so that what is known of both can be compared.
std::vector<Lane::HeldPrices> Lane::prices_to_show(Replacement& replacement, Moment now) {
  const auto& values = replacement.standby.values();
  std::vector<HeldPrices> prices;
  for (const auto& entry : states_.entries()) {
    auto& [book, quote] = prices.emplace_back(HeldPrices{nullptr, nullptr});
    const auto* const theirs = replacement.standby.instruments().find(entry.id);
    if (theirs == nullptr) continue;
    const bool fresh = is_fresh(replacement, entry.id, now);
    const auto if_newer = [&](const auto* tick, schemas::Channel channel) {
      const bool came_before = theirs->rhythm(channel).last() < entry.rhythm(channel).last();
      if (tick == nullptr || !handover_->admit(*tick, came_before)) return decltype(tick)();
      const bool dated = tick->header.venue_time != schemas::kNoTime;
      return dated || fresh || !came_before ? tick : nullptr;
    };
    book = if_newer(replacement.standby.publisher().newest_book(entry.id), schemas::Channel::kBook);
    quote = if_newer(values.quote(entry.id),
                     theirs->quote_heard ? schemas::Channel::kQuote : schemas::Channel::kBook);
  }
  return prices;
}

void Lane::publish_held(Replacement& replacement, const std::vector<HeldPrices>& prices,
                        schemas::Timestamp now) {
  const auto lose = [&](schemas::InstrumentId id, std::uint64_t count) {
    if (count == 0) return;
    if (&publisher_ == &feed_.publisher) {
      feed_.counters.trades_lost.add(count);
      feed_.tallies.add(id, Tally::kTradeLost, now, count);
    }
    publisher_.lose_trades(id, count, schemas::GapReason::kFeedGap);
  };
  for (std::size_t at = 0; at < prices.size(); ++at) {
    const auto& entry = states_.entries()[at];
    if (prices[at].book != nullptr) publisher_.publish(*prices[at].book);
    if (prices[at].quote != nullptr) publisher_.publish(*prices[at].quote);
    const auto* const ticker = replacement.standby.values().ticker(entry.id);
    if (ticker != nullptr && handover_->admit(*ticker)) publisher_.publish(*ticker);
    const auto& held = replacement.standby.trades(entry.id);
    const auto seam = handover_->seam(entry.id, held, replacement.exact);
    for (std::size_t i = seam.first; i < held.items.size(); ++i) {
      lose(entry.id, i == seam.first ? seam.lost : held.items[i].lost_before);
      publisher_.publish(held.items[i].trade);
    }
  }
}

void Lane::end_handover() {
  active_->watch_ticks(nullptr);
  handover_.reset();
}

}  // namespace tickgate::feeds
