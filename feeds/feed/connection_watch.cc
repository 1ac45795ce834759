// SPDX-License-Identifier: Apache-2.0
// What a connection watches between messages: deadlines, silence, acknowledgements and books that
// do not come; and its state that follows.
#include "feeds/feed/connection.h"

#include <fmt/format.h>

namespace tickgate::feeds {
namespace {

using schemas::Channel;
using schemas::State;

// A book not synced this many acknowledgement timeouts after it was asked for is asked for again.
constexpr int kBookTimeoutFactor = 3;

}  // namespace

bool Connection::watch(Moment now) {
  pass(now);
  switch (link_.phase()) {
    case Link::Phase::kDown:
      if (link_.attempt_due(now_.steady)) try_to_connect();
      return false;
    case Link::Phase::kConnecting:
      if (link_.attempt_too_long(now_.steady)) {
        give_up(ReconnectReason::kTimeout, "the attempt took too long");
      }
      return false;
    case Link::Phase::kUp:
      break;
  }
  if (!check_deadlines()) return false;
  check_candles();
  check_silence();
  if (feed_.options.passive) return true;
  check_acks();
  if (!link_.up()) return false;
  check_books();
  ask_for_time();
  keep_alive();
  return true;
}

void Connection::conclude(Moment now) {
  now_ = now;
  settle();
  if (link_.up()) update_state();
}

// False: the connection was given up.
bool Connection::check_deadlines() {
  if (feed_.options.passive) return true;
  if (const auto verdict = health_.verdict(now_.steady); !verdict.empty()) {
    give_up(ReconnectReason::kIdle, verdict);
  } else if (backlog_.hopeless(now_.steady)) {
    // A copy: the backlog ends with the connection.
    give_up(ReconnectReason::kBehind, std::string(backlog_.reason()));
  } else if (link_.at_planned_end(now_.steady) && !home_.paused(now_.steady)) {
    if (adapter_->facts().make_before_break) {
      owner_.on_leaving(*this, ReconnectReason::kPlanned, now_);
    } else {
      give_up(ReconnectReason::kPlanned, "before the venue does it");
    }
  } else if (requested_replacement_) {
    owner_.on_leaving(*this, ReconnectReason::kVenueAsked, now_);
  }
  return link_.up();
}

// It goes at the end of this advance(), before all that waits.
void Connection::keep_alive() {
  const auto& wanted = adapter_->facts().keep_alive;
  if (wanted.text.empty() || now_.steady - last_send_ < wanted.period) return;
  requests_.send_urgent(std::string(wanted.text));
}

void Connection::check_silence() {
  if (health_.check(now_.steady)) {
    log::warning(kComponent, "the venue is silent", {{"feed", feed_.options.name}});
    update_doubt();
  }
  if (now_.steady >= trusted_at_) {
    trusted_at_ = Monotonic::max();
    outlet_.instruments->trusted_again(now_);
  }
  const auto count = [this](State state) { return outlet_.instruments->count(state); };
  health_.set_all_stale(count(State::kStale) > 0 && count(State::kLive) == 0 &&
                            count(State::kRecovering) == 0 && count(State::kHalted) == 0,
                        now_.steady);
}

void Connection::check_acks() {
  const auto overdue = acks_.pop_overdue(now_.steady);
  if (overdue.empty()) return;
  feed_.counters.ack_timeouts.add(overdue.size());
  if (!any_answer_) return give_up(ReconnectReason::kTimeout, "no answer to any subscription");
  for (const auto subscription : overdue) {
    Entry* entry = outlet_.instruments->find(subscription.instrument);
    if (entry == nullptr) continue;
    feed_.refusal_log.warning(kComponent, "a subscription was not answered",
                              {{"feed", feed_.options.name},
                               {"symbol", feed_.registry.at(entry->id).symbol},
                               {"channel", name(subscription.channel)}});
    if (subscription.channel == Channel::kBook && !entry->synced) {
      entry->unanswered = true;
      entry->broken_reason = "the venue did not answer the subscription";
      resyncs_.request(outlet_.instruments->index_of(entry->id), ResyncQueue::Pace::kSlow,
                       now_.steady, feed_.random);
    } else if (subscription.channel != Channel::kBook) {
      // What the venue said when it was asked before tells more.
      if (!entry->missing.has(subscription.channel))
        on_missing(*entry, subscription, "asked again");
    }
    outlet_.instruments->look_soon(*entry);
  }
}

// A book asked for that never became synced, though nothing of ours stands in its way.
void Connection::check_books() {
  if (!requests_.clear_way(now_.steady)) return;
  // A book that died is stale while it is made anew.
  const auto count = [this](State state) { return outlet_.instruments->count(state); };
  if (count(State::kRecovering) == 0 && count(State::kStale) == 0) return;
  const auto patience = kBookTimeoutFactor * feed_.options.ack_timeout;
  auto& entries = outlet_.instruments->entries();
  for (std::uint32_t index = 0; index < entries.size(); ++index) {
    Entry& entry = entries[index];
    // Likewise one that goes on, though the venue was found to have another.
    const bool is_whole = entry.synced && !entry.other_book;
    if (is_whole || entry.closed || entry.refused || resyncs_.pending(index)) continue;
    if (now_.steady - (entry.synced ? entry.died_at : entry.broken_since) <= patience) continue;
    if (!entry.synced) {
      entry.unanswered = true;
      entry.broken_reason = "the venue sends no book";
      outlet_.instruments->look_soon(entry);
    }
    resyncs_.request(index, ResyncQueue::Pace::kNormal, now_.steady, feed_.random);
  }
}

void Connection::update_state() {
  if (health_.silent()) return set_state(FeedState::kStale, "the venue is silent");
  if (backlog_.behind()) return set_state(FeedState::kStale, backlog_.reason());
  if (state_.state == FeedState::kSyncing) {
    // Who is late by that much is given up on; its own status says so.
    const bool late =
        now_.steady - link_.up_since() > kBookTimeoutFactor * feed_.options.ack_timeout;
    bool any_synced = false;
    for (const Entry& entry : outlet_.instruments->entries()) {
      any_synced = any_synced || entry.was_synced;
      const bool given_up = entry.closed || entry.refused || entry.unanswered || late;
      if (!entry.was_synced && !given_up) return;
    }
    if (!any_synced) return;
  }
  set_state(FeedState::kLive, "");
}

void Connection::set_state(FeedState state, std::string_view reason) {
  const bool known = state_.since.value() != 0;
  if (known && state == state_.state && reason == state_.reason && state != FeedState::kDown) {
    return;
  }
  if (!known || state != state_.state) state_.since = now_.wall;
  state_.state = state;
  state_.reason = std::string(reason);
  owner_.on_state(*this, now_);
}

}  // namespace tickgate::feeds
