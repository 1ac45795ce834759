// SPDX-License-Identifier: Apache-2.0
// The control's half of the ingest's threads.
#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "feeds/ingest/ingest_threads.h"
#include "feeds/publish/clocks.h"

namespace tickgate::feeds {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr milliseconds kStep{20};
constexpr microseconds kVenues = std::chrono::seconds{1};
constexpr milliseconds kLastWords{300};

}  // namespace

void Ingest::Threads::run_control() {
  pthread_setname_np(pthread_self(), "ingest-control");
  listen();
  while (!control_stops_.load(std::memory_order_relaxed)) {
    std::optional<std::string> epoch;
    {
      const std::lock_guard lock(status_mutex_);
      epoch = std::exchange(next_epoch_, std::nullopt);
    }
    if (epoch.has_value()) leadership_.set_epoch(*std::move(epoch));
    const auto now = steady_now();
    leadership_.step({feeds_move(now), failed_.exchange(false, std::memory_order_relaxed),
                      said_up_to_.load(std::memory_order_relaxed) == ordered_});
    say_venues(now);
    note_status();
    std::this_thread::sleep_for(kStep);
  }
  if (leadership_.leading()) (void)client_->flush(kLastWords);
  leadership_.stop();
  others_.reset();
  asks_of_books_.reset();
  asks_of_bars_.reset();
  wants_.reset();
}

// So must the publisher: what waits in its rings is not what feeds say now.
bool Ingest::Threads::feeds_move(Beat::Moment now) const {
  const auto moves = [now](const Beat& beat) { return beat.age(now) <= Beat::kLimit; };
  return moves(publisher_beat_) &&
         std::all_of(beats_.begin(), beats_.end(), [&](const Beat* beat) { return moves(*beat); });
}

void Ingest::Threads::say_venues(Beat::Moment now) {
  if (!gate_.load(std::memory_order_relaxed) || now - venues_said_ < kVenues) return;
  venues_said_ = now;
  if (const auto venues = hooks_.venues(); !venues.empty()) {
    cluster_.say_venues(leadership_.stamp(), venues);
  }
}

// What arrives is looked at by the publisher.
Ingest::Threads::Subscription Ingest::Threads::to_inbox(const std::string& subject, Kind kind) {
  auto made = client_->subscribe(subject, [this, kind](const NatsClient::Message& message) {
    Item item{kind};
    item.text = message.payload;
    item.reply = message.reply;
    inbox_->put(std::move(item));
  });
  if (made.ok()) return *std::move(made);
  log::error("feeds.ingest", "cannot subscribe",
             {{"subject", subject}, {"error", schemas::to_std(made.status().message())}});
  return nullptr;
}

void Ingest::Threads::listen() {
  asks_of_books_ = to_inbox(subjects_.ask_book(), Kind::kAskBook);
  asks_of_bars_ = to_inbox(subjects_.ask_bars(), Kind::kAskBars);
  wants_ = to_inbox(subjects_.want_bars(), Kind::kWantBars);
  listen_to_others();
}

void Ingest::Threads::listen_to_others() {
  others_ = to_inbox(subjects_.of(Topic::kTrade, "*"), Kind::kWord);
}

void Ingest::Threads::order(Kind kind, ClusterNumbers numbers, Stamp stamp) {
  Item item{kind};
  item.numbers = std::move(numbers);
  item.stamp = std::move(stamp);
  inbox_->put(std::move(item));
}

void Ingest::Threads::lead(const Stamp& stamp, ClusterNumbers numbers) {
  others_.reset();  // whom we followed
  ++ordered_;
  gate_.store(true, std::memory_order_relaxed);  // before the order, which would find it closed
  order(Kind::kLead, std::move(numbers), stamp);
}

void Ingest::Threads::resume(ClusterNumbers numbers) {
  ++ordered_;
  gate_.store(true, std::memory_order_relaxed);
  order(Kind::kResume, std::move(numbers));
}

void Ingest::Threads::pause() {
  gate_.store(false, std::memory_order_relaxed);
  order(Kind::kPause);
}

void Ingest::Threads::resign() {
  gate_.store(false, std::memory_order_relaxed);
  order(Kind::kResign);
  if (!control_stops_.load(std::memory_order_relaxed)) listen_to_others();
}

void Ingest::Threads::take_epoch(std::string epoch) {
  const std::lock_guard lock(status_mutex_);
  next_epoch_ = std::move(epoch);
}

void Ingest::Threads::note_status() {
  IngestStatus now;
  now.leading = leadership_.leading();
  if (now.leading) {
    now.fence = leadership_.stamp().fence;
    now.lease_age = duration_cast<milliseconds>(steady_now() - leadership_.confirmed());
  }
  now.epoch = leadership_.stamp().epoch;
  now.leader = now.leading ? settings_.name : leadership_.leader();
  now.reason = leadership_.trouble();
  const std::lock_guard lock(status_mutex_);
  status_ = std::move(now);
}

IngestStatus Ingest::Threads::status() const {
  IngestStatus status;
  {
    const std::lock_guard lock(status_mutex_);
    status = status_;
  }
  status.connected = client_->connected();
  status.connects = client_->connects();
  status.errors = client_->errors();
  if (!status.connected) status.reason = client_->reason();
  return status;
}

std::uint64_t Ingest::Threads::postponed() const {
  std::uint64_t sum = 0;
  for (const auto& source : sources_) sum += source->no_room.postponed.value();
  return sum;
}

std::uint64_t Ingest::Threads::trades_lost_in_rings() const {
  std::uint64_t sum = 0;
  for (const auto& source : sources_) sum += source->no_room.trades_lost.value();
  return sum;
}

}  // namespace tickgate::feeds
