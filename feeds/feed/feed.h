// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "feeds/adapter/venue_adapter.h"
#include "feeds/feed/ack_tracker.h"
#include "feeds/feed/backoff.h"
#include "feeds/feed/feed_counters.h"
#include "feeds/feed/feed_io.h"
#include "feeds/feed/instrument_states.h"
#include "feeds/feed/moment.h"
#include "feeds/feed/rate_limiter.h"
#include "feeds/feed/resync_queue.h"
#include "feeds/feed/rhythm.h"
#include "feeds/log/log.h"
#include "feeds/publish/publisher.h"

namespace tickgate::feeds {

using AdapterMaker = std::function<std::unique_ptr<VenueAdapter>(AdapterEvents&)>;

struct FeedOptions {
  std::string name;                // in logs
  std::string venue;               // "kraken"
  std::vector<std::string> pairs;  // announced at start, so that clients may ask for them early

  Monotonic stale_after = std::chrono::seconds(10);      // no shorter silence is called stale
  Monotonic idle_timeout = std::chrono::seconds(30);     // without a byte: reconnect
  Monotonic planned_reconnect = std::chrono::hours(23);  // 0: only the venue's own limit counts
  Monotonic ack_timeout = std::chrono::seconds(10);
  Backoff::Settings backoff;
  std::uint64_t seed = 0;  // of all jitter; a FeedThread makes one up for 0
  // Bytes come from a capture or a simulator: nobody answers, so nothing is waited for, and no
  // connection is given up for its silence.
  bool passive = false;
};

// One look at a feed, for /v1/feeds.
struct FeedStatus {
  FeedState state{};
  schemas::Timestamp since;
  std::string reason;  // why it isn't live; empty when it is
  schemas::Timestamp last_message{schemas::kNoTime};
  std::array<std::int64_t, kStateCount> instruments{};  // by schemas::State
};

// The state machine of one venue connection: connects, subscribes, paces what the adapter requests,
// notices silence, loss and lies, and says what state each instrument is in. Deterministic: no
// clock, no socket, no thread; all it knows comes through its calls, all it does goes through
// FeedIo and TickSink. One thread calls everything but counters() and status().
class Feed final : public AdapterEvents {
 public:
  Feed(FeedOptions options, FeedIo& io, TickSink& sink, schemas::InstrumentRegistry& registry,
       const AdapterMaker& make_adapter);

  void start(Moment now);
  // Closes the connection for good; every instrument is down.
  void stop(Moment now);

  // From the io.
  void on_connected(Moment now);
  void on_bytes(std::size_t count, Moment now);
  void on_text(std::string_view frame, Moment now);
  void on_binary(Moment now);
  void on_http(const HttpAnswer& answer, Moment now);
  void on_disconnected(const Disconnect& disconnect, Moment now);
  // Every 50 to 100 ms.
  void advance(Moment now);
  // For a source that speaks AdapterEvents by itself: `work` is its call.
  template <class Work>
  void during(Moment now, Work&& work) {
    now_ = now;
    heard();
    work();
    settle();
  }

  const OrderBook* book(schemas::InstrumentId instrument) const {
    return adapter_->book(instrument);
  }
  const FeedOptions& options() const { return options_; }
  bool owns(schemas::InstrumentId instrument) const {
    return instruments_.index_of(instrument) != InstrumentStates::kUnknown;
  }
  const VenueLimits& limits() const { return limits_; }
  FeedState state() const { return state_; }
  const Publisher& publisher() const { return publisher_; }

  // Any thread.
  const FeedCounters& counters() const { return counters_; }
  FeedStatus status() const;

 private:
  // AdapterEvents.
  void on_instrument(const schemas::Instrument& instrument) override;
  void on_tick(const schemas::Quote& quote) override;
  void on_tick(const schemas::Book& book) override;
  void on_tick(const schemas::Trade& trade) override;
  void on_tick(const schemas::Ticker& ticker) override;
  void on_trades_lost(schemas::InstrumentId instrument, std::uint64_t count) override;
  void on_recovering(schemas::InstrumentId instrument, std::string_view reason) override;
  void on_synced(schemas::InstrumentId instrument) override;
  void on_halted(schemas::InstrumentId instrument, std::string_view reason) override;
  void on_closed(schemas::InstrumentId instrument, std::string_view reason) override;
  void on_trading(schemas::InstrumentId instrument) override;
  void send(std::string text, std::span<const VenueSubscription> awaited) override;
  void fetch(std::string url) override;
  void request_resync(schemas::InstrumentId instrument) override;
  void request_reconnect(std::string_view reason) override;
  void on_acknowledged(VenueSubscription subscription) override;
  void on_refused(VenueSubscription subscription, std::string_view message) override;
  void on_anomaly(Anomaly anomaly, std::string_view detail) override;
  void on_checksum_verified() override { counters_.checksums_verified.add(); }

  using Entry = InstrumentStates::Entry;
  enum class Link : std::uint8_t { kNone, kConnecting, kUp };

  template <typename Tick>
  Entry* count_tick(const Tick& tick);
  void heard();
  void settle();
  void grant_requests();
  void flush_sends();
  void flush_fetches();

  void connect();
  void lose(ReconnectReason reason, std::string_view detail, std::chrono::seconds retry_after);
  void forget_connection();
  bool check_deadlines();
  void check_silence();
  void check_acks();
  void check_books();
  void update_feed_state();
  void set_feed_state(FeedState state, std::string_view reason);
  Monotonic planned_end();

  FeedOptions options_;
  FeedIo& io_;
  schemas::InstrumentRegistry& registry_;
  std::mt19937_64 random_;
  Moment now_;

  FeedCounters counters_;
  Publisher publisher_;
  InstrumentStates instruments_;
  std::unique_ptr<VenueAdapter> adapter_;
  VenueLimits limits_;

  Link link_ = Link::kNone;
  FeedState state_ = FeedState::kDown;
  Backoff backoff_;
  bool stopped_ = true;
  Monotonic next_attempt_{};
  Monotonic attempt_since_{};    // kConnecting: when it began
  Monotonic connected_since_{};  // kUp
  Monotonic planned_end_{};

  // Silence of the connection as a whole.
  Rhythm feed_rhythm_;
  Rhythm::Settings feed_patience_;
  Monotonic last_byte_{}, last_message_{};
  Monotonic speaking_since_{};
  Monotonic all_stale_since_{Monotonic::max()};
  bool silent_ = false;
  bool suspects_ = false;

  // What the adapter requests.
  struct Send {
    std::string text;
    std::vector<VenueSubscription> awaited;
  };
  std::deque<Send> sends_;
  std::deque<std::string> fetches_;
  RateLimiter send_limiter_, fetch_limiter_;
  Monotonic no_fetch_before_{};
  ResyncQueue resyncs_;
  AckTracker acks_;
  bool any_answer_ = false;  // the venue acknowledged, refused or delivered something
  std::optional<std::string> requested_reconnect_;
  bool gap_seen_ = false;  // within this event
  bool parse_error_seen_ = false;
  unsigned parse_errors_in_row_ = 0;

  log::Limiter anomaly_log_, refusal_log_;
  mutable std::mutex reason_mutex_;  // cold: a feed's own state changes, and /v1/feeds
  std::string reason_;
};

}  // namespace tickgate::feeds
