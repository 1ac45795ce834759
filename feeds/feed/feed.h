// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "feeds/feed/arbiter.h"
#include "feeds/feed/connection.h"
#include "feeds/feed/explanation.h"
#include "feeds/feed/feed_options.h"
#include "feeds/feed/line.h"

namespace tickgate::feeds {

// One venue's prices as clients see them: the numbering of its ticks, and as many connections as
// its symbols need, or twice as many. Deterministic: no clock, no socket, no thread; all it knows
// comes through its calls and those of its connections, all it does goes through FeedIo and
// TickSink. One thread calls everything but counters(), options() and status().
class Feed final : public CandleAsker {
 public:
  Feed(FeedOptions options, TickSink& sink, schemas::InstrumentRegistry& registry,
       const ConnectionMakers& make, const FeedSurroundings& surroundings = {});
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  void start(Moment now);
  // Closes the connections for good; every instrument is down.
  void stop(Moment now);
  // For good too, as a feed that is taken away from among others: its instruments are removed, but
  // with those among `others` another feed goes on.
  void end(const std::vector<std::string>& others, Moment now);
  // Every 50 to 100 ms.
  void advance(Moment now);

  // Carries these pairs too.
  void add(const std::vector<std::string>& pairs, Moment now);
  // And these no more: they are removed likewise.
  void remove(const std::vector<std::string>& pairs, const std::vector<std::string>& others,
              Moment now);

  // Asks over the connection that carries the instrument; FeedSurroundings::candles is answered.
  bool ask_candles(const CandleRequest& request) override;

  // Null while it is not synced, or not of this feed.
  const OrderBook* book(schemas::InstrumentId instrument) const;
  // What is known of one; null when it is not of this feed. Valid until the next call.
  const InstrumentEntry* entry(schemas::InstrumentId instrument) const;
  // All that is known of one; nullopt when it is not of this feed.
  std::optional<Explanation> explain(schemas::InstrumentId instrument, Moment now) const;
  const FeedOptions& options() const { return shared_.options; }
  bool owns(schemas::InstrumentId instrument) const { return lane_of(instrument) != nullptr; }
  FeedState state() const;
  const Publisher& publisher() const { return shared_.publisher; }

  // Any thread.
  const FeedCounters& counters() const { return shared_.counters; }
  FeedStatus status() const;
  const Quarantine& quarantine() const { return shared_.quarantine; }

 private:
  void stop(std::string_view why, Moment now);
  void let_go(std::span<const schemas::InstrumentId> instruments,
              const std::vector<std::string>& others, Moment now);
  schemas::InstrumentId id_of(const std::string& pair) const;
  void add_line(Lane::Outward outward, const ConnectionMakers& make);
  const Lane* lane_of(schemas::InstrumentId instrument) const;
  const Plausibility* prices(std::size_t line, schemas::InstrumentId instrument) const;
  std::vector<const ConnectionState*> best_states() const;
  Monotonic venue_age() const;
  void show_state(Moment now);
  void show_pause(Moment now);
  void show_clock(Moment now);
  void list_connections();  // under the mutex
  bool ask_candles(const CandleRequest& request, CandleSink& sink);

  FeedShared shared_;
  std::unique_ptr<Arbiter> arbiter_;  // of two lines
  std::vector<std::unique_ptr<Line>> lines_;
  bool stopped_ = true;

  mutable std::mutex shown_mutex_;  // cold: changes of state, and /v1/feeds
  std::string reason_, pause_reason_;
  std::vector<ConnectionStatus> connections_;
};

}  // namespace tickgate::feeds
