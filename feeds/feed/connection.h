// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "feeds/adapter/fetch_tags.h"
#include "feeds/adapter/venue_adapter.h"
#include "feeds/feed/ack_tracker.h"
#include "feeds/feed/backlog.h"
#include "feeds/feed/clock_estimate.h"
#include "feeds/feed/clock_question.h"
#include "feeds/feed/connection_health.h"
#include "feeds/feed/day_tickers.h"
#include "feeds/feed/feed_counters.h"
#include "feeds/feed/feed_io.h"
#include "feeds/feed/feed_options.h"
#include "feeds/feed/handover.h"
#include "feeds/feed/host_budget.h"
#include "feeds/feed/instrument_states.h"
#include "feeds/feed/instrument_tallies.h"
#include "feeds/feed/link.h"
#include "feeds/feed/moment.h"
#include "feeds/feed/quarantine.h"
#include "feeds/feed/request_queue.h"
#include "feeds/feed/resync_queue.h"
#include "feeds/log/log.h"
#include "feeds/publish/demand.h"
#include "feeds/publish/publisher.h"

namespace tickgate::feeds {

// What feeds of one thread have in common; each may be null, for a feed that is alone.
struct FeedSurroundings {
  HostBudgets* budgets = nullptr;    // what venues' hosts permit all of them together
  const Demand* demand = nullptr;    // what clients follow
  CandleSink* candles = nullptr;     // whom the answers to Feed::ask_candles are for
  SequenceMemory* memory = nullptr;  // of what was published before
};

// What the connections of one feed have in common.
struct FeedShared {
  FeedShared(FeedOptions given, TickSink& sink, schemas::InstrumentRegistry& instrument_registry,
             const FeedSurroundings& surroundings)
      : options(std::move(given)),
        registry(instrument_registry),
        random(options.seed),
        publisher(sink, Publisher::Numbers::kOurs, surroundings.memory),
        hosts(surroundings.budgets != nullptr ? *surroundings.budgets : own_budgets, options.venue),
        demand(surroundings.demand),
        candles(surroundings.candles),
        tickers(publisher, demand) {}
  FeedShared(const FeedShared&) = delete;
  FeedShared& operator=(const FeedShared&) = delete;

  std::uint32_t followers(schemas::InstrumentId instrument) const {
    return demand == nullptr ? 0 : demand->of(instrument);
  }

  FeedOptions options;
  schemas::InstrumentRegistry& registry;
  std::mt19937_64 random;
  FeedCounters counters;
  ClockEstimate clock;
  InstrumentTallies tallies;
  Publisher publisher;
  Quarantine quarantine;
  HostBudgets own_budgets;  // of a feed that is alone
  FeedHosts hosts;
  const Demand* demand;
  CandleSink* candles;
  DayTickers tickers;
  log::Limiter anomaly_log, refusal_log, quarantine_log;
};

// Where a connection's words go: to clients, or, while it stands by, where they are kept.
struct Outlet {
  // Once for each; who is known is not announced again.
  void announce(const schemas::Instrument& instrument, Moment now) {
    if (instruments->index_of(instrument.id) != InstrumentStates::kUnknown) return;
    publisher->announce(instrument);
    instruments->add(instrument.id, now);
  }

  Publisher* publisher;
  InstrumentStates* instruments;
};

// A state, since when, and why it is not live.
struct ConnectionState {
  FeedState state = FeedState::kDown;
  schemas::Timestamp since;
  std::string reason;
};

// As the configuration has it: "BTC-USD" of "COINBASE:BTC-USD".
inline std::string_view pair_of(const schemas::Instrument& instrument) {
  const std::string_view symbol = instrument.symbol;
  return symbol.substr(symbol.find(':') + 1);
}

// What the log calls this room.
inline constexpr std::string_view kComponent = "feeds.feed";

class Connection;

// Whoever a connection belongs to; told on its thread, from within a call into the connection.
class ConnectionOwner {
 public:
  virtual ~ConnectionOwner() = default;
  // Its state, or the reason of it, is another one.
  virtual void on_state(const Connection& connection, Moment now) = 0;
  // It is gone, perhaps by a message too large to be read. True: another one has taken its place,
  // and its instruments are not down.
  virtual bool on_lost(Connection& connection, bool oversized, Moment now) = 0;
  // The venue serves no more than the others over it. True: these will be carried by another.
  virtual bool on_limit_reached(Connection& connection,
                                std::span<const schemas::InstrumentId> refused, Moment now) = 0;
  // It is to be replaced, before it is closed.
  virtual void on_leaving(Connection& connection, ReconnectReason reason, Moment now) = 0;
};

// One connection to a venue with the adapter that speaks over it: connects, subscribes, grants what
// the adapter requests as the venue's limits permit, notices silence, loss and lies, and connects
// again. No clock, no socket: all it knows comes through its calls. On the feed's thread.
class Connection final : public AdapterEvents, public VenueAsker {
 public:
  // `owner`, `feed` and what `outlet` names outlive it. Speaks for `pairs`.
  Connection(ConnectionOwner& owner, FeedShared& feed, Outlet outlet, const ConnectionMakers& make,
             std::vector<std::string> pairs);

  void announce(const schemas::Instrument& instrument, Moment now) {
    outlet_.announce(instrument, now);
  }
  void start(Moment now);
  // For good; `why` is what is said of it and its instruments.
  void stop(std::string_view why, Moment now);
  // Likewise, but another has taken its place: says nothing of its instruments.
  void retire(Moment now);
  // Another connection speaks for these from now on, or nobody: the venue is told, and what is
  // still said of them here is nobody's. Before they leave its states.
  void hand_over(std::span<const schemas::InstrumentId> instruments, Moment now);
  // It speaks for these too: at once, or when it is up.
  void add(std::span<const std::string> pairs, Moment now);
  // Some of its trades may be missing, and nobody can count them.
  void doubt_trades(schemas::InstrumentId instrument);
  // From now on its words go there; `handover` looks at its ticks until it is null.
  void speak_to(Outlet outlet) { outlet_ = outlet; }
  void watch_ticks(Handover* handover) { handover_ = handover; }

  // From the io.
  void on_connected(Moment now);
  void on_bytes(std::size_t count, Moment now);
  void on_text(std::string_view frame, Moment now);
  void on_binary(std::string_view frame, Moment now);
  void on_http(const HttpAnswer& answer, Moment now);
  void on_disconnected(const Disconnect& disconnect, Moment now);
  // For a source that speaks AdapterEvents by itself: `work` is its call.
  template <class Work>
  void during(Moment now, Work&& work) {
    pass(now);
    on_message();
    work();
    settle();
  }

  // As CandleAsker has it, with whom the answer is for, who outlives the feed. It also comes when
  // the venue gives none in time, or the connection goes.
  bool ask_candles(const CandleRequest& request, CandleSink& sink);

  // The feed's advance(), in two halves: what is due by time, and then, the instruments having been
  // looked at, what follows. watch(): whether there is a connection.
  bool watch(Moment now);
  void conclude(Moment now);

  VenueAdapter& adapter() { return *adapter_; }
  const VenueAdapter& adapter() const { return *adapter_; }
  const FeedOptions& options() const { return feed_.options; }
  const VenueLimits& limits() const { return limits_; }
  const std::vector<std::string>& pairs() const { return pairs_; }
  bool up() const { return link_.up(); }
  // Nothing that it asked for is still to be sent, acknowledged or answered.
  bool has_all_answers() const { return requests_.all_answered(now_.steady) && acks_.size() == 0; }
  const ConnectionState& state() const { return state_; }
  // It says nothing, or what it says is old.
  bool doubted() const { return backlog_.behind() || health_.silent(); }
  // Of what comes; VenueAge::kUnknown: not known.
  Monotonic venue_age() const { return link_.up() ? backlog_.age().age() : VenueAge::kUnknown; }

 private:
  // AdapterEvents.
  void on_instrument(const schemas::Instrument& instrument) override;
  void on_tick(const schemas::Quote& quote) override;
  void on_tick(const schemas::Book& book) override;
  void on_tick(const schemas::Trade& trade) override;
  void on_tick(const schemas::Ticker& ticker) override;
  void on_trades_lost(schemas::InstrumentId instrument, std::uint64_t count) override;
  void on_recovering(schemas::InstrumentId instrument, std::string_view reason) override;
  void on_quote_invalid(schemas::InstrumentId instrument, std::string_view reason) override;
  void on_probed(schemas::InstrumentId instrument, bool same) override;
  void on_synced(schemas::InstrumentId instrument) override;
  void on_halted(schemas::InstrumentId instrument, std::string_view reason) override;
  void on_closed(schemas::InstrumentId instrument, std::string_view reason) override;
  void on_trading(schemas::InstrumentId instrument) override;
  void send(std::string text, std::span<const VenueSubscription> awaited) override;
  void send_urgent(std::string text) override;
  void send_secret(std::string text) override;
  void fetch(std::string url) override;
  void fetch_as(FetchRequest request) override;
  void request_resync(schemas::InstrumentId instrument) override;
  void request_reconnect(std::string_view reason) override;
  void request_replacement(std::string_view reason) override;
  void on_acknowledged(VenueSubscription subscription) override;
  void on_limit_reached(std::span<const schemas::InstrumentId> refused,
                        std::string_view message) override;
  void on_refused(VenueSubscription subscription, std::string_view message) override;
  void on_candles(const CandleAnswer& answer) override;
  void on_anomaly(Anomaly anomaly, std::string_view detail) override;
  void on_quarantined(const ImplausibleTick& tick) override;
  void on_checksum_verified(schemas::InstrumentId instrument) override {
    feed_.counters.checksums_verified.add();
    feed_.tallies.add(instrument, Tally::kChecksumVerified, now_.wall);
  }

  // VenueAsker.
  Answer probe(schemas::InstrumentId instrument) override;
  void rebuild(schemas::InstrumentId instrument) override;
  bool ask_again(schemas::InstrumentId instrument, schemas::Channel channel) override;

  using Entry = InstrumentStates::Entry;

  // False: it was not given to the publisher.
  template <typename Tick>
  bool publish(const Tick& tick);
  void publish_day(const schemas::Ticker& ticker);
  void publish_day(const schemas::Trade& trade);
  template <typename Tick>
  void withhold(const Tick& tick, Entry& entry);
  void keep_quarantined(const ImplausibleTick& tick);
  template <typename Tick>
  Entry* count_tick(const Tick& tick);
  template <typename Tick>
  void note_stamp(const Tick& tick, const Entry& entry);
  void on_stamp(schemas::Timestamp venue_time);
  void publish_quote_of(const schemas::Book& book);
  void pass(Moment now);
  void wake_late();
  void ask_for_time();
  void on_venue_clock(const HttpAnswer& answer);
  void apply_clock();
  void update_doubt();
  void on_message();
  void end_message();
  void settle();
  void grant_requests();
  void flush_requests();
  void keep_alive();

  void connect();
  void try_to_connect();
  void make_adapter_anew();
  void pause(HostBudget& host, std::chrono::seconds wait, std::string_view reason);
  void give_up(ReconnectReason reason, std::string_view detail);
  void drop(const Disconnect& disconnect);
  void forget();
  bool check_deadlines();
  void check_silence();
  void check_acks();
  void on_missing(Entry& entry, VenueSubscription subscription, std::string why);
  void on_given(Entry& entry, schemas::Channel channel);
  void ask_for_missing();
  void check_books();
  void check_candles();
  void give_up_candles();
  void update_state();
  void set_state(FeedState state, std::string_view reason);

  ConnectionOwner& owner_;
  FeedShared& feed_;
  const Witness witness_ = feed_.quarantine.new_witness();
  Outlet outlet_;
  Handover* handover_ = nullptr;
  Moment now_;
  std::vector<std::string> pairs_;
  std::set<schemas::InstrumentId> handed_over_;  // since this connection was begun
  bool other_pairs_ = false;                     // than those that the adapter knows
  std::function<std::unique_ptr<VenueAdapter>(AdapterEvents&, const std::vector<std::string>&)>
      make_adapter_;
  std::unique_ptr<VenueAdapter> adapter_;
  std::function<std::unique_ptr<FeedIo>(Connection&)> make_io_;
  std::unique_ptr<FeedIo> io_;  // since the first attempt
  VenueLimits limits_;

  HostBudget& home_;  // of the host it connects to

  Link link_;
  ConnectionHealth health_;
  Backlog backlog_;
  ClockQuestion clock_;
  // The newest of this frame's trades; of books and quotes each is looked at as it comes.
  schemas::Timestamp trade_stamp_{schemas::kNoTime};
  Monotonic trusted_at_{Monotonic::max()};  // after a doubt: when even the quiet are believed
  ConnectionState state_;
  RequestQueue requests_;
  FetchTags fetch_tags_;
  Monotonic last_send_{};
  ResyncQueue resyncs_;
  ResyncQueue missing_;    // channels but books, by missing_index()
  RateLimiter questions_;  // of those who are silent
  AckTracker acks_;
  bool any_answer_ = false;  // the venue acknowledged, refused or delivered something
  std::optional<std::string> requested_reconnect_;
  bool requested_replacement_ = false;
  bool gap_seen_ = false;           // within this event
  std::optional<Tally> broken_by_;  // likewise: what its books break by
  bool unreadable_seen_ = false;
  bool implausible_seen_ = false;  // so it could be read
  RawMessage message_;             // at hand
  struct AskedCandles {
    CandleRequest request;
    CandleSink* sink;
    Monotonic deadline;
  };
  std::vector<AskedCandles> asked_candles_;  // oldest first
  bool forgetting_ = false;
};

}  // namespace tickgate::feeds
