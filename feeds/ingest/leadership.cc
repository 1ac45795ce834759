// SPDX-License-Identifier: Apache-2.0
#include "feeds/ingest/leadership.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "feeds/log/log.h"

namespace tickgate::feeds {

using schemas::to_std;

Leadership::Leadership(Cluster& cluster, Orders& orders, IngestCounters& counters, Clock clock,
                       std::string epoch, bool relays)
    : cluster_(cluster),
      orders_(orders),
      counters_(counters),
      clock_(std::move(clock)),
      own_epoch_(std::move(epoch)),
      relays_(relays) {}

// Nothing here waits while we lead: edges are to hear of us in time whatever does not answer.
void Leadership::step(const Look& look) {
  if (look.failed) pause();
  if (!cluster_.connected()) {
    pause();
    prepared_ = false;
    return;
  }
  if (const auto connects = cluster_.connects(); connects != connects_) {
    const bool first = std::exchange(connects_, connects) == 0;
    if (!first && !led_ && phase_ == Phase::kStandby) tried_ = clock_() + kAfterYou;
    pause();
    prepared_ = false;
    prepare_at_ = {};
  }
  if (!prepared_) prepare();
  if (phase_ == Phase::kStandby) {
    if (prepared_ && look.healthy && !own_epoch_.empty()) try_to_take();
    return;
  }
  say_heartbeat(look);
  keep_lease(look.healthy);
  if (phase_ == Phase::kReading) return finish_taking();
  if (phase_ != Phase::kLeading) return;
  say_all_again();
  look_at_trades();
}

void Leadership::prepare() {
  if (clock_() < prepare_at_) return;
  const auto ensured = cluster_.ensure_streams();
  if (!ensured.has_value()) return;
  const auto& made = *ensured;
  if (!made.ok()) {
    prepare_at_ = clock_() + (absl::IsDeadlineExceeded(made.status()) ? kNoAnswer : kRetry);
    return note("streams", made.status());
  }
  prepare_at_ = clock_() + kRetry;
  prepared_ = true;
  trouble_.clear();
  if (*made == 0) return;
  counters_.streams_made.add(*made);
  again_ = true;
  log::warning("feeds.ingest", "streams made", {{"streams", *made}});
}

void Leadership::try_to_take() {
  const auto now = clock_();
  if (tried_ > now || (tried_.count() != 0 && now - tried_ < Lease::kPoll)) return;
  tried_ = now;
  const auto fence = cluster_.take(heard_);
  if (!fence.ok()) {
    if (absl::IsAlreadyExists(fence.status())) {
      leader_ = to_std(fence.status().message());
      std::erase(leader_, '"');  // it is a value of JSON
      led_ = false;
      trouble_.clear();
    } else {
      note("lease", fence.status());
    }
    return;
  }
  leader_.clear();
  led_ = led_ && now - confirmed_ < kKnows;
  fence_ = *fence;
  heard_ = std::max(heard_, fence_);
  confirmed_ = renewed_ = now;
  unconfirmed_ = false;
  phase_ = Phase::kReading;
  cluster_.begin_to_read();
  log::info("feeds.ingest", "lease taken", {{"fence", fence_}});
}

void Leadership::keep_lease(bool healthy) {
  const auto now = clock_();
  if (!healthy) {  // it runs out, and from then on another may speak
    if (now - confirmed_ > Lease::kTtl) pause();
    return;
  }
  if (!renewing_) {
    if (now - renewed_ < Lease::kRenewal && confirmed_since_) return;
    if (now - renewed_ < Lease::kPoll) return;
    renewed_ = now;
    renews_old_ = false;
  }
  hear_of_lease();
}

// A renewal that has no answer may have been done: nobody else can do one without an answer either.
void Leadership::hear_of_lease() {
  const auto held = cluster_.renew();
  renewing_ = !held.has_value();
  if (renewing_) return;
  switch (*held) {
    case Lease::Held::kMine:
      confirmed_ = renewed_;
      if (renews_old_) return;
      confirmed_since_ = true;
      if (std::exchange(unconfirmed_, false)) trouble_.clear();
      return;
    case Lease::Held::kUnconfirmed:
      counters_.lease_unconfirmed.add();
      if (!std::exchange(unconfirmed_, true)) {
        log::warning("feeds.ingest", "the lease is not confirmed, and held on to", {});
      }
      trouble_ = "the lease is not confirmed: no answer";
      return;
    case Lease::Held::kLost:
      return lose("another has the lease, or it ran out");
  }
}

void Leadership::finish_taking() {
  const auto now = clock_();
  if (read_at_ > now) return;
  if (std::exchange(reading_, false)) cluster_.begin_to_read();  // once more
  auto numbers = cluster_.read();
  if (!numbers.has_value()) return;
  if (!numbers->ok()) {
    note("streams cannot be read", numbers->status());
    read_at_ = now + kRetry;
    reading_ = true;
    return;
  }
  if ((*numbers)->fence >= fence_) {  // somebody deleted the bucket: edges would not hear us
    heard_ = (*numbers)->fence;
    cluster_.release();
    return lose("its fence is below one that was");
  }
  stamp_ = {epoch_for(**numbers), fence_};
  led_ = true;
  paused_ = again_ = reading_ = unacked_ = saying_ = false;
  confirmed_since_ = true;
  heartbeat_end_ = trades_end_ = 0;
  beat_ = {};
  phase_ = Phase::kLeading;
  trouble_.clear();
  log::info("feeds.ingest", "leads", {{"epoch", stamp_.epoch}, {"fence", stamp_.fence}});
  orders_.lead(stamp_, **std::move(numbers));
}

// Numbers begin anew only where nobody knows how far they were; and each time with another name.
std::string Leadership::epoch_for(const ClusterNumbers& numbers) {
  if (relays_) return own_epoch_;
  if (numbers.values == 0) {
    if (led_) return stamp_.epoch;
    return ++epochs_ == 1 ? own_epoch_ : absl::StrCat(own_epoch_, "-", epochs_);
  }
  const bool older = led_ && numbers.fence < stamp_.fence;
  return older ? stamp_.epoch : numbers.epoch;
}

void Leadership::pause() {
  if (phase_ != Phase::kLeading) return;
  renews_old_ = renewing_;
  if (std::exchange(paused_, true)) return;
  confirmed_since_ = saying_ = false;
  again_ = true;
  pause_ = clock_();
  orders_.pause();
}

// After a pause only with the lease confirmed; but where nobody answers for it, neither for the
// streams, or so long that another would have said that it leads, what is live goes on.
bool Leadership::may_go_on(const absl::StatusOr<ClusterNumbers>& numbers) const {
  if (!numbers.ok()) return paused_ && unconfirmed_;
  if (!paused_ || confirmed_since_) return true;
  return unconfirmed_ && clock_() - pause_ > kHoldOn && numbers->fence <= fence_;
}

void Leadership::say_all_again() {
  const auto now = clock_();
  if (again_ && !reading_ && read_at_ <= now) {
    again_ = false;
    reading_ = true;
    cluster_.begin_to_read();
  }
  if (!reading_ || (paused_ && !confirmed_since_ && !unconfirmed_)) return;
  auto numbers = cluster_.read();
  if (!numbers.has_value()) return;
  reading_ = false;
  if (!numbers->ok()) note("streams cannot be read", numbers->status());
  const bool goes_on = may_go_on(*numbers);
  if (!numbers->ok() || !goes_on) {
    again_ = true;
    read_at_ = now + kRetry;
    if (!goes_on) return;
    numbers = ClusterNumbers{};
  }
  paused_ = false;
  orders_.resume(**std::move(numbers));
}

void Leadership::say_heartbeat(const Look& look) {
  hear_receipt();
  if (phase_ != Phase::kLeading || paused_ || !look.healthy || !look.said_all) return;
  const auto now = clock_();
  if (saying_ || (beat_.count() != 0 && now - beat_ < kHeartbeat)) return;
  beat_ = now;
  saying_ = true;
  cluster_.say_heartbeat(stamp_);
  hear_receipt();
}

// No confirmation: what is live arrives, but is not stored. Whoever reads the stream later lacks
// it, so all is said again as soon as there is one.
void Leadership::hear_receipt() {
  if (!saying_) return;
  const auto receipt = cluster_.receipt();
  if (!receipt.has_value()) return;
  saying_ = false;
  const auto& sequence = *receipt;
  if (!sequence.ok()) {
    counters_.heartbeats_unacked.add();
    unacked_ = true;
    note("heartbeat", sequence.status());
    // Where others listen to its subject, a stream that is gone is a silence like any other.
    if (!absl::IsResourceExhausted(sequence.status())) prepared_ = false;
    return;
  }
  const bool fell = *sequence <= heartbeat_end_;
  heartbeat_end_ = *sequence;
  if (fell) prepared_ = false;
  if (std::exchange(unacked_, false) || fell) {
    again_ = true;
    trouble_.clear();
  }
}

void Leadership::look_at_trades() {
  const auto now = clock_();
  if (paused_ || now - looked_ < kLookAtTrades) return;
  const auto asked = cluster_.trades_end();
  if (!asked.has_value()) return;
  looked_ = now;
  const auto& end = *asked;
  if (absl::IsNotFound(end.status())) prepared_ = false;
  if (!end.ok()) return;
  if (*end < trades_end_) again_ = true;
  trades_end_ = *end;
}

void Leadership::lose(const char* why) {
  log::warning("feeds.ingest", "does not lead any more", {{"why", why}});
  phase_ = Phase::kStandby;
  paused_ = again_ = reading_ = saying_ = renewing_ = false;
  confirmed_since_ = true;
  tried_ = {};
  read_at_ = {};
  orders_.resign();
}

void Leadership::set_epoch(std::string epoch) {
  if (epoch == own_epoch_) return;
  own_epoch_ = std::move(epoch);
  led_ = false;
  if (phase_ == Phase::kStandby) return;
  lose("the epoch is another");
  cluster_.release();
}

void Leadership::stop() {
  if (phase_ == Phase::kStandby) return;
  lose("it stops");
  cluster_.release();
}

void Leadership::note(const char* what, const absl::Status& status) {
  const auto text = absl::StrCat(what, ": ", status.message());
  if (text == trouble_) return;
  trouble_ = text;
  log::warning("feeds.ingest", what, {{"error", to_std(status.message())}});
}

}  // namespace tickgate::feeds
