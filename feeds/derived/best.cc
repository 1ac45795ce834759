// SPDX-License-Identifier: Apache-2.0
#include "feeds/derived/best.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "feeds/derived/best_words.h"
#include "schemas/badness.h"
#include "schemas/check.h"

namespace tickgate::feeds {

using schemas::Instrument;
using schemas::InstrumentStatus;
using schemas::Quote;
using schemas::State;
using schemas::Timestamp;

namespace {

bool is_better_bid(const Quote& quote, const Quote& best) {
  if (quote.bid.value().is_zero()) return false;
  if (best.bid.value().is_zero()) return true;
  return quote.bid == best.bid ? quote.bid_size > best.bid_size : quote.bid > best.bid;
}

bool is_better_ask(const Quote& quote, const Quote& best) {
  if (quote.ask.value().is_zero()) return false;
  if (best.ask.value().is_zero()) return true;
  return quote.ask == best.ask ? quote.ask_size > best.ask_size : quote.ask < best.ask;
}

}  // namespace

Best::Best(const BestRules& rules, schemas::InstrumentRegistry& registry, TickSink& sink)
    : rules_(rules), registry_(registry), publisher_(sink) {}

void Best::on_instrument(const Instrument& instrument, std::size_t source) {
  TICKGATE_CHECK(source < kMostSources);
  if (member_of(instrument.id) != kNone) return;
  const auto parts = rules_.parts(instrument);
  if (parts.empty()) return;
  const auto id = instrument.id.value();
  if (id >= members_of_.size()) members_of_.resize(id + std::size_t{1}, kNone);
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(members_.size()));
    members_.emplace_back();
  }
  const auto member = free_.back();
  free_.pop_back();
  members_of_[id] = member;
  members_[member].source = static_cast<std::uint8_t>(source);
  for (const auto& part : parts) join(member, part);
}

void Best::join(std::uint32_t member, const BestRules::Part& part) {
  const auto [at, fresh] =
      pair_of_.try_emplace(part.pair, static_cast<std::uint32_t>(pairs_.size()));
  if (fresh) {
    pairs_.emplace_back().instrument = &registry_.add(kVenue, part.pair, part.rule->venues);
  }
  members_[member].pairs.push_back(at->second);
  auto& parts = pairs_[at->second].parts;
  if (parts.empty()) publisher_.announce(*pairs_[at->second].instrument);
  const auto rank = [](const Part& one) { return std::tuple(one.place, one.joined); };
  const Part added{member, part.place, part.joined};
  parts.insert(std::ranges::upper_bound(parts, rank(added), {}, rank), added);
}

void Best::on_removed(const Instrument& instrument, Timestamp now) {
  const auto at = member_of(instrument.id);
  if (at == kNone) return;
  note(members_[at], News::kStatus, now);
  for (const auto index : members_[at].pairs) leave(at, pairs_[index], now);
  members_of_[instrument.id.value()] = kNone;
  members_[at] = {};
  free_.push_back(at);
}

void Best::leave(std::uint32_t member, Pair& pair, Timestamp now) {
  std::erase_if(pair.parts, [member](const Part& part) { return part.member == member; });
  if (!pair.parts.empty()) return settle(pair, true);
  pair.dirty = pair.other_status = false;
  publisher_.remove(*pair.instrument, now);
}

void Best::on_quote(const Quote& quote) {
  const auto at = member_of(quote.header.instrument);
  if (at == kNone) return;
  Member& member = members_[at];
  const bool first = !std::exchange(member.has_quote, true);
  member.quote = quote;
  if (first) return note(member, News::kStatus, quote.header.receive_time);
  if (is_in(member)) note(member, News::kQuote, quote.header.receive_time);
}

void Best::on_status(const InstrumentStatus& status) {
  const auto at = member_of(status.header.instrument);
  if (at == kNone) return;
  Member& member = members_[at];
  const bool was_in = is_in(member);
  member.state = status.quote_state;
  member.reason = status.quote_reason;
  note(member, News::kStatus, status.header.receive_time);
  if (!was_in || is_in(member)) return;
  for (const auto index : member.pairs) settle(pairs_[index], true);
}

void Best::stand_still(std::size_t source, bool still, Timestamp now) {
  if (std::exchange(still_.at(source), still) == still) return;
  for (const Member& member : members_) {
    if (member.source != source) continue;
    note(member, News::kStatus, now);
    for (const auto index : member.pairs) settle(pairs_[index], still);
  }
}

void Best::note(const Member& member, News news, Timestamp received) {
  for (const auto index : member.pairs) {
    Pair& pair = pairs_[index];
    pair.cause = received;
    pair.other_status = pair.other_status || news == News::kStatus;
    if (!std::exchange(pair.dirty, true)) dirty_.push_back(index);
  }
}

void Best::settle_all() {
  for (const auto index : dirty_) settle(pairs_[index], false);
  dirty_.clear();
}

// Where a venue leaves, its price goes first, and then its name; where one comes, its name is said
// before its price.
void Best::settle(Pair& pair, bool leaving) {
  if (!std::exchange(pair.dirty, false)) return;
  const auto quote = best_of(pair);
  const bool any = std::ranges::any_of(
      pair.parts, [this](const Part& part) { return is_in(members_[part.member]); });
  const bool shown = publisher_.state(pair.instrument->id) == State::kLive;
  if (any && (!leaving || !shown)) {
    show_status(pair);
    publisher_.publish(quote);
  } else {
    if (shown) publisher_.publish(quote);
    show_status(pair);
  }
}

Quote Best::best_of(const Pair& pair) const {
  Quote best;
  best.header.instrument = pair.instrument->id;
  best.header.receive_time = pair.cause;
  for (const Part& part : pair.parts) {
    const Member& member = members_[part.member];
    if (!is_in(member)) continue;
    if (is_better_bid(member.quote, best)) {
      best.bid = member.quote.bid;
      best.bid_size = member.quote.bid_size;
      best.header.bid_venue = part.place;
    }
    if (is_better_ask(member.quote, best)) {
      best.ask = member.quote.ask;
      best.ask_size = member.quote.ask_size;
      best.header.ask_venue = part.place;
    }
  }
  return best;
}

// A venue is in it when one of its instruments is; else the best of these speaks for it.
void Best::show_status(Pair& pair) {
  if (!std::exchange(pair.other_status, false)) return;
  const auto& sources = pair.instrument->sources;
  std::vector<BestVenue> venues(sources.size());
  std::vector<State> states(sources.size(), State::kDown);
  for (std::size_t i = 0; i < sources.size(); ++i) venues[i] = {sources[i], false, "absent", {}};
  for (const Part& part : pair.parts) {
    const Member& member = members_[part.member];
    const auto i = part.place - std::size_t{1};
    BestVenue& venue = venues[i];
    if (venue.in) continue;
    if (is_in(member)) {
      venue = {sources[i], true, {}, {}};
      continue;
    }
    if (venue.state != "absent" && schemas::badness(member.state) >= schemas::badness(states[i])) {
      continue;
    }
    states[i] = member.state;
    venue.state = member.state == State::kLive ? "without quotes" : name(member.state);
    venue.reason = member.reason.view();
    if (still_[member.source]) {
      venue.state = name(State::kStale);
      venue.reason = "its feed's thread stands still";
    }
  }
  const bool any = std::ranges::any_of(venues, &BestVenue::in);
  const auto note = names_of_those_in(venues, sizeof InstrumentStatus::note.bytes);
  const auto reason = names_of_those_out(venues, sizeof InstrumentStatus::quote_reason.bytes);
  const Publisher::Shown shown{any ? State::kLive : State::kDown, reason};
  publisher_.set_status(pair.instrument->id, shown, shown, note, pair.cause);
}

}  // namespace tickgate::feeds
