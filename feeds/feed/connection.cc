// SPDX-License-Identifier: Apache-2.0
// A connection's life: made, heard, lost and made again; the adapter's requests granted on the way.
#include "feeds/feed/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tickgate::feeds {
namespace {

using std::chrono::seconds;

constexpr seconds kDefaultRetryAfter{30};
constexpr seconds kLongestPause = std::chrono::years(10);  // beyond it, times would overflow
// A capture that came to its end is no failing venue.
constexpr Monotonic kPlayAgainAfter = std::chrono::milliseconds(200);

// The silent are asked for a few times a second at most, whatever else the venue permits.
constexpr double kQuestionsPerSecond = 4;

// Ours and the venue's, whichever ends first. 0: none.
Monotonic planned_lifetime(const FeedOptions& options, const VenueLimits& limits) {
  const Monotonic ours = options.planned_reconnect, theirs = limits.lifetime;
  if (options.passive) return {};
  return theirs.count() > 0 && (ours.count() == 0 || theirs < ours) ? theirs : ours;
}

}  // namespace

Connection::Connection(ConnectionOwner& owner, FeedShared& feed, Outlet outlet,
                       const ConnectionMakers& make, std::vector<std::string> pairs)
    : owner_(owner),
      feed_(feed),
      outlet_(outlet),
      pairs_(std::move(pairs)),
      make_adapter_(make.adapter),
      adapter_(make_adapter_(*this, pairs_)),
      make_io_(make.io),
      limits_(adapter_->facts().limits),
      home_(feed.hosts.of(adapter_->url(), limits_)),
      link_(feed.options.backoff, planned_lifetime(feed.options, limits_)),
      health_(feed.options.stale_after, feed.options.idle_timeout, adapter_->facts().heartbeat),
      requests_(limits_, feed.hosts, home_, feed.demand),
      resyncs_({.per_second = limits_.resyncs_per_second}),
      missing_({.per_second = limits_.resyncs_per_second}),
      questions_(kQuestionsPerSecond, kQuestionsPerSecond) {
  if (!adapter_->facts().quotes_from_book) outlet_.instruments->expect_own_quotes();
}

void Connection::start(Moment now) {
  now_ = now;
  try_to_connect();
}

void Connection::try_to_connect() {
  if (feed_.options.passive || home_.admit_connect(now_.steady)) return connect();
  const auto why = home_.paused(now_.steady)
                       ? fmt::format("waits as the venue asked: {}", home_.pause_reason())
                       : "waits for its turn to connect";
  if (state_.state != FeedState::kDown || state_.reason != why) set_state(FeedState::kDown, why);
}

void Connection::stop(std::string_view why, Moment now) {
  retire(now);
  outlet_.instruments->disconnected(why, now_);
  set_state(FeedState::kDown, why);
}

void Connection::retire(Moment now) {
  now_ = now;
  if (link_.phase() != Link::Phase::kDown) io_->close();
  forget();
  link_.shut();
}

void Connection::connect() {
  if (other_pairs_) make_adapter_anew();
  handed_over_.clear();
  link_.begin_attempt(now_.steady);
  set_state(FeedState::kConnecting, state_.reason);
  if (io_ == nullptr) io_ = make_io_(*this);
  io_->connect(adapter_->url());
}

// One that knows those that there are now.
void Connection::make_adapter_anew() {
  handed_over_.clear();
  other_pairs_ = false;
  const auto before = std::exchange(adapter_, make_adapter_(*this, pairs_));
  if (adapter_->continue_from(*before)) return;
  for (const Entry& entry : outlet_.instruments->entries()) doubt_trades(entry.id);
}

void Connection::doubt_trades(schemas::InstrumentId instrument) {
  if (outlet_.publisher->has_trades(instrument)) on_trades_lost(instrument, 1);
}

void Connection::hand_over(std::span<const schemas::InstrumentId> instruments, Moment now) {
  now_ = now;
  const auto& states = *outlet_.instruments;
  std::vector<std::optional<std::uint32_t>> names;
  std::uint32_t next = 0;
  for (const Entry& entry : states.entries()) {
    const bool leaves = std::ranges::find(instruments, entry.id) != instruments.end();
    names.push_back(leaves ? std::nullopt : std::optional(next++));
  }
  const auto name_of = [&](std::uint32_t index) {
    return index < names.size() ? names[index] : std::nullopt;
  };
  resyncs_.rename(name_of);
  constexpr auto kChannels = static_cast<std::uint32_t>(schemas::kChannelCount);
  missing_.rename([&](std::uint32_t index) -> std::optional<std::uint32_t> {
    const auto name = name_of(index / kChannels);
    return name ? std::optional(*name * kChannels + index % kChannels) : std::nullopt;
  });
  for (const auto id : instruments) {
    acks_.forget(id);
    handed_over_.insert(id);
    std::erase(pairs_, pair_of(feed_.registry.at(id)));
  }
  if (link_.up()) {
    adapter_->release(instruments, now_.wall);
  } else {
    other_pairs_ = true;
  }
}

void Connection::add(std::span<const std::string> pairs, Moment now) {
  now_ = now;
  pairs_.insert(pairs_.end(), pairs.begin(), pairs.end());
  if (!link_.up()) {
    other_pairs_ = true;
    return;
  }
  for (const auto& pair : pairs) {
    handed_over_.erase(feed_.registry.add(feed_.options.venue, pair).id);
  }
  adapter_->carry(pairs, now_.wall);
}

void Connection::on_connected(Moment now) {
  now_ = now;
  if (link_.phase() != Link::Phase::kConnecting) return;
  if (other_pairs_) make_adapter_anew();
  link_.come_up(now_.steady, feed_.random);
  health_.open(now_.steady);
  backlog_.open(now_);
  if (!feed_.options.passive) clock_.open(adapter_->clock_url(), now_.steady);
  apply_clock();
  trusted_at_ = Monotonic::max();
  trade_stamp_ = schemas::Timestamp{schemas::kNoTime};
  last_send_ = now_.steady;
  feed_.counters.connections.add();
  log::info(kComponent, "connected", {{"feed", feed_.options.name}});
  set_state(FeedState::kSyncing, "waiting for the first books");
  outlet_.instruments->connected(now_);
  adapter_->on_open(now_.wall);
  settle();
}

void Connection::on_bytes(std::size_t count, Moment now) {
  pass(now);
  feed_.counters.bytes.add(count);
  health_.on_bytes(now.steady);
}

void Connection::on_text(std::string_view frame, Moment now) {
  pass(now);
  if (!link_.up()) return;
  unreadable_seen_ = implausible_seen_ = false;
  message_ = {frame, false};
  adapter_->on_text(frame, now_.wall);
  message_ = {};
  end_message();
}

void Connection::on_binary(std::string_view frame, Moment now) {
  pass(now);
  if (!link_.up()) return;
  unreadable_seen_ = implausible_seen_ = false;
  message_ = {frame, true};
  const bool taken = adapter_->on_binary(frame, now_.wall);
  message_ = {};
  if (taken) return end_message();
  on_anomaly(Anomaly::kParseError, "a binary frame");
  health_.on_unreadable();
  settle();
}

void Connection::end_message() {
  if (unreadable_seen_ && !implausible_seen_) {
    health_.on_unreadable();
    feed_.counters.messages.add();
  } else {
    on_message();
  }
  if (trade_stamp_ != schemas::kNoTime) {
    on_stamp(std::exchange(trade_stamp_, schemas::Timestamp{schemas::kNoTime}));
  }
  settle();
}

void Connection::on_http(const HttpAnswer& answer, Moment now) {
  pass(now);
  if (!link_.up()) return;
  if (answer.status == 429 || answer.status == 418) {
    const auto wait = answer.retry_after.count() > 0 ? answer.retry_after : kDefaultRetryAfter;
    pause(feed_.hosts.of(answer.target, limits_), wait, fmt::format("HTTP {}", answer.status));
  }
  feed_.counters.messages.add();
  requests_.on_fetched(answer.target);
  feed_.counters.bytes.add(answer.body.size());  // no sign of life: it came another way
  if (clock_.is(answer.target)) {
    on_venue_clock(answer);
  } else {
    message_ = {answer.body, false};
    adapter_->on_answer({answer.target, fetch_tags_.of(answer.target), answer.status, answer.body},
                        now_.wall);
    message_ = {};
  }
  settle();
}

// Of every feed that speaks to that host, and for as long as it says.
void Connection::pause(HostBudget& host, seconds wait, std::string_view reason) {
  const auto capped = std::min<seconds>(wait, kLongestPause);
  const auto text = without_credentials(reason, feed_.options.credentials);
  host.pause(now_.steady + capped, text);
  log::warning(kComponent, "the venue's host asks us to pause",
               {{"feed", feed_.options.name}, {"reason", text}, {"seconds", capped.count()}});
}

void Connection::on_disconnected(const Disconnect& disconnect, Moment now) {
  now_ = now;
  if (link_.phase() == Link::Phase::kDown) return;
  if (disconnect.retry_after.count() > 0) {
    pause(home_, disconnect.retry_after, disconnect.detail);
  }
  drop(disconnect);
}

// A message arrived that made sense.
void Connection::on_message() {
  feed_.counters.messages.add();
  feed_.counters.last_message.set(now_.wall.value());
  outlet_.instruments->heard(now_.steady);
  if (health_.on_message(now_.steady, !backlog_.behind())) update_doubt();
}

// Ends every event: what the adapter requested during it is granted as far as the limits permit.
void Connection::settle() {
  if (link_.up()) grant_requests();
  if (link_.up() && health_.unreadable()) {
    give_up(ReconnectReason::kParseErrors, fmt::format("{} messages in a row could not be read",
                                                       ConnectionHealth::kUnreadableInRow));
  }
  gap_seen_ = false;
  broken_by_.reset();
}

void Connection::grant_requests() {
  while (!requested_reconnect_) {
    const auto index = resyncs_.pop(now_.steady, [this](std::uint32_t one) {
      return feed_.followers(outlet_.instruments->entries()[one].id);
    });
    if (!index) break;
    Entry& entry = outlet_.instruments->entries()[*index];
    entry.broken_since = now_.steady;
    feed_.counters.resyncs.add();
    feed_.tallies.add(entry.id, Tally::kResync, now_.wall);
    log::info(kComponent, "resync",
              {{"feed", feed_.options.name},
               {"symbol", feed_.registry.at(entry.id).symbol},
               {"reason", entry.broken_reason}});
    if (entry.refused || entry.unanswered) {
      adapter_->ask_again({entry.id, schemas::Channel::kBook});
    } else {
      adapter_->resync(entry.id);
    }
  }
  if (!missing_.empty()) ask_for_missing();
  if (requested_reconnect_ || requests_.overfull()) {
    const std::string why = requested_reconnect_.value_or("too much waits to be sent");
    return give_up(gap_seen_ ? ReconnectReason::kGap : ReconnectReason::kVenueAsked, why);
  }
  if (!requests_.empty()) flush_requests();
}

void Connection::flush_requests() {
  while (auto next = requests_.pop_send(now_.steady)) {
    if (!handed_over_.empty()) {
      std::erase_if(next->awaited, [this](const VenueSubscription& one) {
        return handed_over_.contains(one.instrument);
      });
    }
    // From now, not from when it was requested: the pacing is ours, not the venue's delay.
    if (!feed_.options.passive) {
      acks_.expect(next->awaited, now_.steady + feed_.options.ack_timeout);
    }
    last_send_ = now_.steady;
    next->secret ? io_->send_secret(std::move(next->text)) : io_->send(std::move(next->text));
  }
  while (const auto next = requests_.pop_fetch(now_.steady)) {
    if (clock_.is(next->url)) clock_.on_given_out(now_.steady);
    io_->fetch(next->url);
  }
}

void Connection::give_up(ReconnectReason reason, std::string_view detail) {
  io_->close();
  drop({reason, detail});
}

void Connection::drop(const Disconnect& disconnect) {
  const auto reason = disconnect.reason;
  // A copy: it may be a view into what is forgotten below.
  const auto text = without_credentials(disconnect.detail, feed_.options.credentials);
  feed_.counters.reconnects[static_cast<std::size_t>(reason)].add();
  if (owner_.on_lost(*this, disconnect.oversized, now_)) {
    if (link_.phase() != Link::Phase::kDown) retire(now_);
    return;
  }
  forget();
  Monotonic delay = kPlayAgainAfter;
  if (feed_.options.passive && reason == ReconnectReason::kClosed) {
    link_.drop_for(delay, now_.steady);
  } else {
    delay = link_.drop(now_.steady, disconnect.retry_after, feed_.random);
  }
  log::warning(
      kComponent, "no connection",
      {{"feed", feed_.options.name},
       {"reason", name(reason)},
       {"detail", text},
       {"retry_in_ms", std::chrono::duration_cast<std::chrono::milliseconds>(delay).count()}});
  const auto why = fmt::format("{}: {}", name(reason), text);
  set_state(FeedState::kDown, why);
  outlet_.instruments->disconnected(why, now_);
}

void Connection::forget() {
  forgetting_ = true;
  if (link_.up()) adapter_->on_close();
  requests_.clear();
  fetch_tags_.clear();
  acks_.clear();
  resyncs_.clear();
  missing_.clear();
  health_.close();
  requested_reconnect_.reset();
  requested_replacement_ = false;
  gap_seen_ = any_answer_ = false;
  give_up_candles();
  forgetting_ = false;
}

}  // namespace tickgate::feeds
