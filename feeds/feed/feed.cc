// SPDX-License-Identifier: Apache-2.0
#include "feeds/feed/feed.h"

#include <utility>

namespace tickgate::feeds {

using schemas::Channel;

Feed::Feed(FeedOptions options, FeedIo& io, TickSink& sink, schemas::InstrumentRegistry& registry,
           const AdapterMaker& make_adapter)
    : shared_(std::move(options), sink, registry), connection_(*this, shared_, io, make_adapter) {}

void Feed::start(Moment now) {
  stopped_ = false;
  for (const auto& pair : shared_.options.pairs) {
    shared_.announce(shared_.registry.add(shared_.options.venue, pair), now);
  }
  connection_.start(now);
}

void Feed::stop(Moment now) {
  if (std::exchange(stopped_, true)) return;
  connection_.stop(now);
}

void Feed::advance(Moment now) {
  if (stopped_ || !connection_.watch(now)) return;
  shared_.instruments.check(now);
  auto& counters = shared_.counters;
  for (std::size_t i = 0; i < schemas::kChannelCount; ++i) {
    counters.ticks[i].set(shared_.publisher.published(static_cast<Channel>(i)));
  }
  counters.held_back.set(shared_.publisher.held_back());
  connection_.conclude(now);
}

void Feed::on_state(const Connection& connection, Moment /*now*/) {
  const auto& [state, since, reason] = connection.state();
  shared_.counters.state.set(static_cast<std::int64_t>(state));
  shared_.counters.state_since.set(since.value());
  const std::scoped_lock lock(reason_mutex_);
  reason_ = reason;
}

FeedStatus Feed::status() const {
  const auto& counters = shared_.counters;
  FeedStatus status;
  status.state = static_cast<FeedState>(counters.state.value());
  status.since = schemas::Timestamp{counters.state_since.value()};
  if (const auto last = counters.last_message.value(); last != 0) {
    status.last_message = schemas::Timestamp{last};
  }
  for (std::size_t i = 0; i < kStateCount; ++i) {
    status.instruments[i] = counters.instruments[i].value();
  }
  const std::scoped_lock lock(reason_mutex_);
  status.reason = reason_;
  return status;
}

}  // namespace tickgate::feeds
