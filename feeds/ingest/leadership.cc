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

// Each of its parts may wait for an answer, and heartbeats do not wait for all of them.
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
  say_heartbeat(look);
  look_at_trades();
}

void Leadership::prepare() {
  if (clock_() < prepare_at_) return;
  const auto made = cluster_.ensure_streams();
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

// A renewal that has no answer may have been done: nobody else can do one without an answer either.
void Leadership::keep_lease(bool healthy) {
  const auto now = clock_();
  if (!healthy) {  // it runs out, and from then on another may speak
    if (now - confirmed_ > Lease::kTtl) pause();
    return;
  }
  if (now - renewed_ < Lease::kRenewal && confirmed_since_) return;
  if (now - renewed_ < Lease::kPoll) return;
  renewed_ = now;
  switch (cluster_.renew()) {
    case Lease::Held::kMine:
      confirmed_ = now;
      confirmed_since_ = true;
      if (std::exchange(unconfirmed_, false)) trouble_.clear();
      return;
    case Lease::Held::kUnconfirmed:
      counters_.lease_unconfirmed.add();
      unconfirmed_ = true;
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
  paused_ = again_ = reading_ = unacked_ = false;
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
  if (phase_ != Phase::kLeading || std::exchange(paused_, true)) return;
  confirmed_since_ = false;
  again_ = true;
  orders_.pause();
}

// After a pause only with the lease confirmed; but where nobody answers, neither for the lease nor
// for the streams, what is live goes on: nobody else can lead.
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
  if (!numbers->ok()) {
    note("streams cannot be read", numbers->status());
    again_ = true;
    read_at_ = now + kRetry;
    if (!paused_ || !unconfirmed_) return;
    numbers = ClusterNumbers{};
  } else if (paused_ && !confirmed_since_) {
    again_ = true;  // the streams answer: so will the lease
    read_at_ = now + kRetry;
    return;
  }
  paused_ = false;
  orders_.resume(**std::move(numbers));
}

// No confirmation: what is live arrives, but is not stored. Whoever reads the stream later lacks
// it, so all is said again as soon as there is one.
void Leadership::say_heartbeat(const Look& look) {
  if (phase_ != Phase::kLeading || paused_ || !look.healthy || !look.said_all) return;
  const auto now = clock_();
  if (beat_.count() != 0 && now - beat_ < kHeartbeat) return;
  beat_ = now;
  const auto sequence = cluster_.say_heartbeat(stamp_);
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
  looked_ = now;
  const auto end = cluster_.trades_end();
  if (absl::IsNotFound(end.status())) prepared_ = false;
  if (!end.ok()) return;
  if (*end < trades_end_) again_ = true;
  trades_end_ = *end;
}

void Leadership::lose(const char* why) {
  log::warning("feeds.ingest", "does not lead any more", {{"why", why}});
  phase_ = Phase::kStandby;
  paused_ = again_ = reading_ = false;
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
