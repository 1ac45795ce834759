// SPDX-License-Identifier: Apache-2.0
// The connection's life: made, heard, lost and made again; the adapter's requests granted on the
// way.
#include "feeds/feed/feed.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace tickgate::feeds {
namespace {

using schemas::Channel;
using std::chrono::seconds;

constexpr unsigned kParseErrorsInRow = 20;
// The io has deadlines of its own; this is the last resort.
constexpr Monotonic kAttemptTimeout = seconds(45);
// More than any venue's subscriptions and resyncs: beyond it something is badly wrong.
constexpr std::size_t kMaxWaitingRequests = 10'000;
constexpr seconds kDefaultRetryAfter{30};
// A capture that came to its end is no failing venue.
constexpr Monotonic kPlayAgainAfter = std::chrono::milliseconds(200);

Rhythm::Settings instrument_rhythm(const FeedOptions& options) {
  return {.floor = options.stale_after};
}

constexpr std::string_view kComponent = "feeds.feed";

}  // namespace

Feed::Feed(FeedOptions options, FeedIo& io, TickSink& sink, schemas::InstrumentRegistry& registry,
           const AdapterMaker& make_adapter)
    : options_(std::move(options)),
      io_(io),
      registry_(registry),
      random_(options_.seed),
      publisher_(sink),
      instruments_(publisher_, counters_, instrument_rhythm(options_)),
      adapter_(make_adapter(*this)),
      limits_(adapter_->facts().limits),
      backoff_(options_.backoff),
      feed_patience_{.floor = options_.stale_after, .mean_factor = 0},
      send_limiter_(limits_.sends_per_second, static_cast<double>(limits_.send_burst)),
      fetch_limiter_(limits_.fetches_per_second, 1),
      resyncs_({.per_second = limits_.resyncs_per_second}) {}

void Feed::start(Moment now) {
  now_ = now;
  stopped_ = false;
  for (const auto& pair : options_.pairs) on_instrument(registry_.add(options_.venue, pair));
  connect();
}

void Feed::stop(Moment now) {
  now_ = now;
  if (stopped_) return;
  stopped_ = true;
  if (link_ != Link::kNone) io_.close();
  forget_connection();
  instruments_.disconnected("the gateway is stopping", now_);
  set_feed_state(FeedState::kDown, "stopping");
}

void Feed::connect() {
  link_ = Link::kConnecting;
  attempt_since_ = now_.steady;
  set_feed_state(FeedState::kConnecting, reason_);
  io_.connect(adapter_->url());
}

void Feed::on_connected(Moment now) {
  now_ = now;
  if (link_ != Link::kConnecting) return;
  link_ = Link::kUp;
  connected_since_ = last_byte_ = last_message_ = speaking_since_ = now_.steady;
  all_stale_since_ = Monotonic::max();
  feed_rhythm_.resume(now_.steady);
  planned_end_ = planned_end();
  counters_.connections.add();
  log::info(kComponent, "connected", {{"feed", options_.name}});
  set_feed_state(FeedState::kSyncing, "waiting for the first books");
  instruments_.connected(now_);
  adapter_->on_open(now_.wall);
  settle();
}

// Early by up to a tenth, so that feeds started together do not all leave together.
Monotonic Feed::planned_end() {
  auto lifetime = options_.planned_reconnect;
  if (limits_.lifetime.count() > 0 && (lifetime.count() == 0 || limits_.lifetime < lifetime)) {
    lifetime = limits_.lifetime;
  }
  if (lifetime.count() == 0 || options_.passive) return Monotonic::max();
  std::uniform_int_distribution<Monotonic::rep> spread(lifetime.count() / 10 * 9, lifetime.count());
  return now_.steady + Monotonic(spread(random_));
}

void Feed::on_bytes(std::size_t count, Moment now) {
  now_ = now;
  counters_.bytes.add(count);
  last_byte_ = now.steady;
}

void Feed::on_text(std::string_view frame, Moment now) {
  now_ = now;
  if (link_ != Link::kUp) return;
  parse_error_seen_ = false;
  adapter_->on_text(frame, now_.wall);
  if (parse_error_seen_) {
    ++parse_errors_in_row_;  // garbage is no proof of life
    counters_.messages.add();
  } else {
    parse_errors_in_row_ = 0;
    heard();
  }
  settle();
}

void Feed::on_binary(Moment now) {
  now_ = now;
  if (link_ != Link::kUp) return;
  on_anomaly(Anomaly::kParseError, "a binary frame");
  ++parse_errors_in_row_;
  settle();
}

void Feed::on_http(const HttpAnswer& answer, Moment now) {
  now_ = now;
  if (link_ != Link::kUp) return;
  if (answer.status == 429 || answer.status == 418) {
    const auto wait = answer.retry_after.count() > 0 ? answer.retry_after : kDefaultRetryAfter;
    no_fetch_before_ = now_.steady + wait;
    log::warning(kComponent, "the venue asks us to fetch less",
                 {{"feed", options_.name}, {"status", answer.status}, {"seconds", wait.count()}});
  }
  counters_.messages.add();
  counters_.bytes.add(answer.body.size());  // no sign of life: it came over another connection
  adapter_->on_http(answer.target, answer.status, answer.body, now_.wall);
  settle();
}

void Feed::on_disconnected(const Disconnect& disconnect, Moment now) {
  now_ = now;
  if (link_ == Link::kNone) return;
  lose(disconnect.reason, disconnect.detail, disconnect.retry_after);
}

// A message arrived that made sense.
void Feed::heard() {
  counters_.messages.add();
  counters_.last_message.set(now_.wall.value());
  last_message_ = now_.steady;
  if (!silent_) {
    feed_rhythm_.update(now_.steady);
    return;
  }
  silent_ = false;
  suspects_ = true;
  speaking_since_ = now_.steady;
  feed_rhythm_.resume(now_.steady);
  instruments_.speaking_again(now_);
}

// Ends every event: what the adapter requested during it is granted as far as the limits permit.
void Feed::settle() {
  if (link_ == Link::kUp) grant_requests();
  if (link_ == Link::kUp && parse_errors_in_row_ >= kParseErrorsInRow) {
    io_.close();
    lose(ReconnectReason::kParseErrors,
         absl::StrCat(kParseErrorsInRow, " messages in a row could not be read"), seconds(0));
  }
  gap_seen_ = false;
}

void Feed::grant_requests() {
  while (!requested_reconnect_) {
    const auto index = resyncs_.take(now_.steady);
    if (!index) break;
    Entry& entry = instruments_.entries()[*index];
    entry.broken_since = now_.steady;
    counters_.resyncs.add();
    log::info(kComponent, "resync",
              {{"feed", options_.name},
               {"symbol", registry_.at(entry.id).symbol},
               {"reason", entry.broken_reason}});
    adapter_->resync(entry.id);
  }
  if (requested_reconnect_ || sends_.size() + fetches_.size() > kMaxWaitingRequests) {
    const std::string why = requested_reconnect_.value_or("too much waits to be sent");
    io_.close();
    return lose(gap_seen_ ? ReconnectReason::kGap : ReconnectReason::kVenueAsked, why, seconds(0));
  }
  flush_sends();
  flush_fetches();
}

void Feed::flush_sends() {
  while (!sends_.empty() && send_limiter_.take(now_.steady)) {
    Send next = std::move(sends_.front());
    sends_.pop_front();
    // From now, not from when it was requested: the pacing is ours, not the venue's delay.
    if (!options_.passive) acks_.expect(next.awaited, now_.steady + options_.ack_timeout);
    io_.send(std::move(next.text));
  }
}

void Feed::flush_fetches() {
  if (now_.steady < no_fetch_before_) return;
  while (!fetches_.empty() && fetch_limiter_.take(now_.steady)) {
    const std::string url = std::move(fetches_.front());
    fetches_.pop_front();
    io_.fetch(url);
  }
}

void Feed::lose(ReconnectReason reason, std::string_view detail, seconds retry_after) {
  const auto up = link_ == Link::kUp ? now_.steady - connected_since_ : Monotonic{};
  const std::string text(detail);  // it may be a view into what is forgotten below
  counters_.reconnects[static_cast<std::size_t>(reason)].add();
  backoff_.lost_after(up);
  const bool plays_on = options_.passive && reason == ReconnectReason::kClosed;
  const auto delay =
      plays_on ? kPlayAgainAfter : std::max<Monotonic>(backoff_.next(random_), retry_after);
  next_attempt_ = now_.steady + delay;
  forget_connection();
  log::warning(
      kComponent, "no connection",
      {{"feed", options_.name},
       {"reason", name(reason)},
       {"detail", text},
       {"retry_in_ms", std::chrono::duration_cast<std::chrono::milliseconds>(delay).count()}});
  const auto why = absl::StrCat(schemas::to_absl(name(reason)), ": ", text);
  set_feed_state(FeedState::kDown, why);
  instruments_.disconnected(why, now_);
}

void Feed::forget_connection() {
  if (link_ == Link::kUp) adapter_->on_close();
  link_ = Link::kNone;
  sends_.clear();
  fetches_.clear();
  acks_.clear();
  resyncs_.clear();
  requested_reconnect_.reset();
  gap_seen_ = silent_ = suspects_ = any_answer_ = false;
  parse_errors_in_row_ = 0;
}

void Feed::advance(Moment now) {
  now_ = now;
  if (stopped_) return;
  switch (link_) {
    case Link::kNone:
      if (now_.steady >= next_attempt_) connect();
      return;
    case Link::kConnecting:
      if (now_.steady - attempt_since_ < kAttemptTimeout) return;
      io_.close();
      return lose(ReconnectReason::kTimeout, "the attempt took too long", seconds(0));
    case Link::kUp:
      break;
  }
  if (!check_deadlines()) return;
  check_silence();
  if (!options_.passive) {
    check_acks();
    if (link_ != Link::kUp) return;
    check_books();
  }
  instruments_.check(now_);
  for (std::size_t i = 0; i < schemas::kChannelCount; ++i) {
    counters_.ticks[i].set(publisher_.published(static_cast<Channel>(i)));
  }
  counters_.held_back.set(publisher_.held_back());
  settle();
  if (link_ == Link::kUp) update_feed_state();
}

}  // namespace tickgate::feeds
