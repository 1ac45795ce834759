// SPDX-License-Identifier: Apache-2.0
// What the feed watches between messages: deadlines, silence, acknowledgements and books that do
// not come; and the state of the feed as a whole that follows.
#include "absl/strings/str_cat.h"
#include "feeds/feed/feed.h"

namespace tickgate::feeds {
namespace {

using schemas::Channel;
using schemas::State;
using std::chrono::seconds;

// A book not synced this many acknowledgement timeouts after it was asked for is asked for again.
constexpr int kBookTimeoutFactor = 3;
// Messages may come while no instrument moves: that long, in idle timeouts, and we start anew.
constexpr int kAllStaleFactor = 10;

constexpr std::string_view kComponent = "feeds.feed";

}  // namespace

// False: the connection was given up.
bool Feed::check_deadlines() {
  if (options_.passive) return true;
  const auto give_up = [this](ReconnectReason reason, std::string_view detail) {
    io_.close();
    lose(reason, detail, seconds(0));
    return false;
  };
  if (now_.steady - last_byte_ > options_.idle_timeout) {
    return give_up(ReconnectReason::kIdle, "no byte for the idle timeout");
  }
  // Pings are answered, but nothing is said: what only pings may be a proxy.
  const auto patience =
      std::max(3 * options_.idle_timeout, 3 * feed_rhythm_.patience(feed_patience_));
  if (now_.steady - last_message_ > patience) {
    return give_up(ReconnectReason::kIdle, "bytes, but no message");
  }
  if (all_stale_since_ != Monotonic::max() &&
      now_.steady - all_stale_since_ > kAllStaleFactor * options_.idle_timeout) {
    return give_up(ReconnectReason::kIdle, "messages, but every instrument is stale");
  }
  if (now_.steady >= planned_end_) {
    return give_up(ReconnectReason::kPlanned, "before the venue does it");
  }
  return true;
}

void Feed::check_silence() {
  if (!silent_ && now_.steady - last_message_ > feed_rhythm_.patience(feed_patience_)) {
    silent_ = true;
    log::warning(kComponent, "the venue is silent", {{"feed", options_.name}});
    instruments_.silent(now_);
  } else if (suspects_ && !silent_ && now_.steady - speaking_since_ > options_.stale_after) {
    suspects_ = false;
    instruments_.trusted_again(now_);
  }
  const auto count = [this](State state) {
    return counters_.instruments[static_cast<std::size_t>(state)].value();
  };
  const bool all_stale = count(State::kStale) > 0 && count(State::kLive) == 0 &&
                         count(State::kRecovering) == 0 && count(State::kHalted) == 0;
  if (!all_stale) {
    all_stale_since_ = Monotonic::max();
  } else if (all_stale_since_ == Monotonic::max()) {
    all_stale_since_ = now_.steady;
  }
}

void Feed::check_acks() {
  const auto overdue = acks_.take_overdue(now_.steady);
  if (overdue.empty()) return;
  counters_.ack_timeouts.add(overdue.size());
  if (!any_answer_) {
    requested_reconnect_.reset();
    io_.close();
    return lose(ReconnectReason::kTimeout, "no answer to any subscription", seconds(0));
  }
  for (const auto subscription : overdue) {
    Entry* entry = instruments_.find(subscription.instrument);
    if (entry == nullptr) continue;
    refusal_log_.warning(kComponent, "a subscription was not answered",
                         {{"feed", options_.name},
                          {"symbol", registry_.at(entry->id).symbol},
                          {"channel", name(subscription.channel)}});
    if (subscription.channel == Channel::kBook && !entry->synced) {
      entry->unanswered = true;
      entry->broken_reason = "the venue did not answer the subscription";
      resyncs_.request(instruments_.index_of(entry->id), ResyncQueue::Pace::kSlow, now_.steady,
                       random_);
    } else if (subscription.channel != Channel::kBook) {
      entry->note =
          absl::StrCat(schemas::to_absl(name(subscription.channel)), ": not acknowledged");
    }
    instruments_.look_soon(*entry);
  }
}

// A book asked for that never became synced, though nothing of ours stands in its way.
void Feed::check_books() {
  if (!sends_.empty() || !fetches_.empty() || now_.steady < no_fetch_before_) return;
  const auto recovering = static_cast<std::size_t>(State::kRecovering);
  if (counters_.instruments[recovering].value() == 0) return;
  const auto patience = kBookTimeoutFactor * options_.ack_timeout;
  auto& entries = instruments_.entries();
  for (std::uint32_t index = 0; index < entries.size(); ++index) {
    Entry& entry = entries[index];
    if (entry.synced || entry.closed || entry.refused || resyncs_.pending(index)) continue;
    if (now_.steady - entry.broken_since <= patience) continue;
    entry.unanswered = true;
    entry.broken_reason = "the venue sends no book";
    instruments_.look_soon(entry);
    resyncs_.request(index, ResyncQueue::Pace::kNormal, now_.steady, random_);
  }
}

void Feed::update_feed_state() {
  if (silent_) return set_feed_state(FeedState::kStale, "the venue is silent");
  if (state_ == FeedState::kSyncing) {
    // Who is late by that much is given up on; its own status says so.
    const bool late = now_.steady - connected_since_ > kBookTimeoutFactor * options_.ack_timeout;
    bool any_synced = false;
    for (const Entry& entry : instruments_.entries()) {
      any_synced = any_synced || entry.was_synced;
      const bool given_up = entry.closed || entry.refused || entry.unanswered || late;
      if (!entry.was_synced && !given_up) return;
    }
    if (!any_synced) return;
  }
  set_feed_state(FeedState::kLive, "");
}

void Feed::set_feed_state(FeedState state, std::string_view reason) {
  if (state == state_ && counters_.state_since.value() != 0) {
    if (state != FeedState::kDown) return;
  } else {
    state_ = state;
    counters_.state.set(static_cast<std::int64_t>(state));
    counters_.state_since.set(now_.wall.value());
  }
  const std::scoped_lock lock(reason_mutex_);
  reason_ = std::string(reason);
}

FeedStatus Feed::status() const {
  FeedStatus status;
  status.state = static_cast<FeedState>(counters_.state.value());
  status.since = schemas::Timestamp{counters_.state_since.value()};
  if (const auto last = counters_.last_message.value(); last != 0) {
    status.last_message = schemas::Timestamp{last};
  }
  for (std::size_t i = 0; i < kStateCount; ++i) {
    status.instruments[i] = counters_.instruments[i].value();
  }
  const std::scoped_lock lock(reason_mutex_);
  status.reason = reason_;
  return status;
}
}  // namespace tickgate::feeds
