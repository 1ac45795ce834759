// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "feeds/feed/connection.h"
#include "feeds/feed/feed_options.h"

namespace tickgate::feeds {

// One venue's prices as clients see them: its connection, the instruments' states, the numbering
// of ticks. Deterministic: no clock, no socket, no thread; all it knows comes through its calls,
// all it does goes through FeedIo and TickSink. One thread calls everything but counters() and
// status().
class Feed final : private ConnectionOwner {
 public:
  Feed(FeedOptions options, FeedIo& io, TickSink& sink, schemas::InstrumentRegistry& registry,
       const AdapterMaker& make_adapter);

  void start(Moment now);
  // Closes the connection for good; every instrument is down.
  void stop(Moment now);

  // From the io.
  void on_connected(Moment now) { connection_.on_connected(now); }
  void on_bytes(std::size_t count, Moment now) { connection_.on_bytes(count, now); }
  void on_text(std::string_view frame, Moment now) { connection_.on_text(frame, now); }
  void on_binary(std::string_view frame, Moment now) { connection_.on_binary(frame, now); }
  void on_http(const HttpAnswer& answer, Moment now) { connection_.on_http(answer, now); }
  void on_disconnected(const Disconnect& disconnect, Moment now) {
    connection_.on_disconnected(disconnect, now);
  }
  // Every 50 to 100 ms.
  void advance(Moment now);
  // For a source that speaks AdapterEvents by itself: `work` is its call.
  template <class Work>
  void during(Moment now, Work&& work) {
    connection_.during(now, std::forward<Work>(work));
  }

  const OrderBook* book(schemas::InstrumentId instrument) const {
    return connection_.adapter().book(instrument);
  }
  const FeedOptions& options() const { return shared_.options; }
  bool owns(schemas::InstrumentId instrument) const {
    return shared_.instruments.index_of(instrument) != InstrumentStates::kUnknown;
  }
  const VenueLimits& limits() const { return connection_.limits(); }
  FeedState state() const { return connection_.state().state; }
  const Publisher& publisher() const { return shared_.publisher; }

  // Any thread.
  const FeedCounters& counters() const { return shared_.counters; }
  FeedStatus status() const;

 private:
  void on_state(const Connection& connection, Moment now) override;

  FeedShared shared_;
  Connection connection_;
  bool stopped_ = true;

  mutable std::mutex reason_mutex_;  // cold: changes of state, and /v1/feeds
  std::string reason_;
};

}  // namespace tickgate::feeds
