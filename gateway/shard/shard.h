// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "feeds/publish/bar_demand.h"
#include "feeds/publish/bars_copy.h"
#include "feeds/publish/beat.h"
#include "feeds/publish/demand.h"
#include "feeds/publish/doorbell.h"
#include "feeds/publish/tick_ring.h"
#include "gateway/access/checkpoint.h"
#include "gateway/fanout/fan_out.h"
#include "gateway/http/door.h"
#include "gateway/http/forwarded.h"
#include "gateway/http/http_session.h"
#include "gateway/net/accept_pace.h"
#include "gateway/net/address_table.h"
#include "gateway/net/tls_context.h"
#include "gateway/shard/address_tries.h"
#include "gateway/shard/client_descriptors.h"
#include "gateway/shard/client_survey.h"
#include "gateway/shard/drain_pace.h"
#include "gateway/shard/histogram.h"
#include "gateway/shard/instrument_report.h"
#include "gateway/shard/lane.h"
#include "gateway/shard/memory_budget.h"
#include "gateway/shard/usage_watch.h"
#include "gateway/shard/waterfall.h"
#include "gateway/websocket/connection.h"

namespace tickgate::gateway {

class GuardHolder;  // gateway/access/guard.h

// What the public port answers beside the stream. Called on the shard's thread; outlives it.
class PublicSite {
 public:
  virtual ~PublicSite() = default;
  virtual void answer(const std::shared_ptr<HttpSession>& session, const HttpRequest& request,
                      FanOut& fan_out, boost::asio::io_context& shard) = 0;
  // Ten times a second.
  virtual void sweep(Monotonic /*now*/) {}
};

// As the configuration has them.
Visitors::Limits visitor_limits(const LimitsConfig& limits);
FanOutLimits fan_out_limits(const LimitsConfig& limits);
AddressTable::Limits address_limits(const LimitsConfig& limits);

// What may change while a shard runs.
struct ClientRules {
  LimitsConfig limits;
  std::vector<std::string> origins;
  ProxyRules proxies{};
  Milliseconds auth_time{5'000};  // from the upgrade to a credential in band
};

struct ShardSettings {
  std::uint32_t index = 0;
  LimitsConfig limits;
  std::vector<std::string> origins;
  const TlsContextHolder* tls = nullptr;     // null: plain
  std::string epoch;                         // names this run to clients; empty: the rings do
  feeds::Demand* demand = nullptr;           // where what clients follow is counted; null: nowhere
  std::shared_ptr<Visitors> visitors{};      // of all shards; null: its own
  ClientDescriptors* descriptors = nullptr;  // of all shards' clients; null: not counted
  MemoryBudget* memory = nullptr;            // of the process; null: there is none
  // Asks a feed for the bars it holds; any thread, as FeedThread::with_bars. Null: there are none.
  std::function<void(schemas::InstrumentId, schemas::Interval, feeds::BarsAnswer)> ask_bars{};
  feeds::BarDemand* bar_demand = nullptr;  // where it is counted which are held; with ask_bars
  AddressTable* addresses = nullptr;       // of all shards; null: nobody is counted by address
  ProxyRules proxies{};
  const GuardHolder* guard = nullptr;         // who may have what; null: everybody has everything
  std::shared_ptr<SubjectCounts> subjects{};  // of all shards; null: its own
  Milliseconds auth_time{5'000};              // as ClientRules has it
  AcceptPace* pace = nullptr;                 // of all shards; null: nobody waits to be taken in
  Ledger* ledger = nullptr;                   // where it is written what is used; null: nowhere
  // What of an address it may hold; may be empty.
  std::function<std::string(const PeerAddress&)> ledger_address{};
};

// What a shard measures beside its clients.
struct ShardCounters {
  feeds::Counter ticks;       // drained from the rings
  LatencyHistogram loop_lag;  // how late the sweep came
};

// A worker: one thread, one io_context, and all it owns: an acceptor, its clients, the rings that
// feed it, the fan-out between them. Nothing in it is touched by another thread but the rings, the
// doorbell and the counters.
class Shard final : private HttpSessionHost, private ConnectionHost {
 public:
  // `open_connections` counts the streams of all shards.
  Shard(ShardSettings settings, PublicSite& site, std::atomic<std::uint32_t>& open_connections);
  ~Shard() override;

  // Main thread, before start(). Port 0: the system's choice, see port().
  absl::Status listen(const ListenAddress& address);
  std::uint16_t port() const { return port_; }
  // A ring for one more feed thread. Main thread, before start(); lives as long as the shard.
  feeds::TickRing& add_ring(std::size_t bytes);
  // The beat of the thread behind the ring added last; without one it is never said to stand still.
  // Main thread, before start(); it outlives the shard's thread.
  void watch(const feeds::Beat& beat) { live().watch(beat); }
  // One more lane, of those whose grant says so; `delay_s` is more than that of the lane added
  // last. Main thread, before start(). It takes rings and beats as the shard does.
  Lane& add_lane(std::uint32_t delay_s);
  feeds::Doorbell& doorbell() { return doorbell_; }

  void start();
  // Any thread. From its next turn on, for whoever is there and whoever comes; but a connection
  // keeps what it was made with: its buffers in the kernel and the largest message it may send.
  void take(std::shared_ptr<const ClientRules> rules);
  // Any thread. No new clients.
  void stop_accepting();
  // Any thread. Tells the clients, one after the other over `spread`, that each will be closed
  // after `notice`, and closes it then.
  void drain(std::chrono::milliseconds notice, std::chrono::milliseconds spread);
  // Any thread. The drain has begun: whoever was let in before is counted, and nobody comes after.
  bool draining() const { return draining_.load(std::memory_order_acquire); }  // pairs: drain
  // Any thread. It is known whose numbers they are, so streams are let in.
  bool is_named() const { return named_.load(std::memory_order_relaxed); }
  // Any thread. Whoever asked over plain HTTP does so again elsewhere.
  void stop_keeping_connections() { keeps_connections_.store(false, std::memory_order_relaxed); }
  // Of all shards: see ShardSettings.
  const Visitors& visitors() const { return door_.visitors(); }
  // Any thread. Ends the thread, cutting whoever is still connected; returns when it has ended.
  void stop();

  // Any thread.
  const ClientCounters& client_counters() const { return client_counters_; }
  const FanOutCounters& fan_out_counters() const { return fan_out_counters_; }
  const ShardCounters& counters() const { return counters_; }
  const Waterfall& waterfall() const { return waterfall_; }
  std::int64_t parked() const { return checkpoint_.parked(); }  // until a key is fetched
  const feeds::Counter& auth_count(AuthResult result) const { return checkpoint_.count(result); }
  std::size_t subscriptions(schemas::Channel channel) const {
    return static_cast<std::size_t>(
        subscription_gauges_[static_cast<std::size_t>(channel)].value());
  }
  // Any thread. What operators ask; each calls back once, on the shard's thread, or never, if that
  // stands still, has ended or is out of memory.
  void report_instrument(std::string symbol, std::function<void(InstrumentReport)> done);
  // Looks at its clients in pieces, others having their turns between them.
  void survey_clients(std::size_t most, std::function<void(ClientSurvey::Found)> done);
  // When the loop last turned; for the liveness probe.
  Monotonic last_turn() const { return Monotonic{last_turn_.value()}; }

 private:
  using Executor = boost::asio::io_context::executor_type;
  using Timer = boost::asio::basic_waitable_timer<
      std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

  // HttpSessionHost.
  const HttpRules& rules() const override { return rules_; }
  ClientCounters& counters() override { return client_counters_; }
  Door& door() override { return door_; }
  std::span<char> read_buffer() override { return read_buffer_; }
  void on_request(const std::shared_ptr<HttpSession>& session, const HttpRequest& request) override;
  void uncount_accept() override;
  std::optional<HttpRefusal> refuse_request() override;
  std::optional<HttpRefusal> refuse_upgrade() override;
  bool keeps_connections() const override {
    return keeps_connections_.load(std::memory_order_relaxed);
  }
  void on_upgraded(HttpSession& session, Socket socket, std::unique_ptr<Transport> transport,
                   Admission admission) override;
  // Of both.
  Checkpoint* checkpoint() override { return &checkpoint_; }
  // ConnectionHost.
  FanOut& fan_out(const Grant* grant) override { return lane_of(grant).fan_out(); }
  RequestParser& request_parser() override { return request_parser_; }
  const LimitsConfig& limits() const override { return settings_.limits; }
  Milliseconds auth_time() const override { return settings_.auth_time; }
  std::string& scratch() override { return scratch_; }
  EndLog& end_log() override { return end_log_; }
  void catch_up() override;
  void on_subscribed() override;
  void schedule(Connection& connection, Monotonic due) override;
  void on_regranting(Connection& connection, const Grant* next) override;
  void on_leaving(Connection& connection) override;
  std::chrono::milliseconds turn_of(const Connection& connection) const override;
  void on_closed(Connection& connection) override;

  Lane& live() { return *lanes_.front(); }
  Lane& lane_of(const Grant* grant);
  void ask_bars(Lane& lane, schemas::InstrumentId instrument, schemas::Interval interval);
  void set_rules();
  void note_limits();
  void note_name();
  void run();
  void wait_for_clients();
  void accept_clients();
  void accept_later(Monotonic wait);
  void welcome_alone(Socket socket, const boost::asio::ip::tcp::endpoint& peer);
  void welcome(Socket socket, const boost::asio::ip::tcp::endpoint& peer);
  Arrival arrival_of(const Peer& peer) const;
  std::optional<HttpRefusal> refuse_address(const Peer& from);
  std::size_t places_at_door();
  void turn_away(Socket socket, const Peer& peer, HttpRefusal refusal);
  bool may_enter();
  bool lacks_descriptors();
  bool is_tight() const { return settings_.memory != nullptr && settings_.memory->is_tight(); }
  void note_descriptors();
  void wait_for_bell();
  void work() noexcept;
  bool drain_rings();
  bool idles() const;
  void flush_round();
  bool stands_still() const;
  void load_bars() noexcept;
  void arm_flush_timer() noexcept;
  void notice_pause(Monotonic now);
  void sweep();
  void sweep_some(Monotonic now);
  void watch_usage(Monotonic now);
  std::unique_ptr<UsageCounts> usage_of(const Peer& peer) const;
  void shed_some();
  void shed(std::size_t excess);
  // In shard_clients.cc.
  void end_streams(const Lane& lane);
  void begin_drain(std::chrono::milliseconds notice, std::chrono::milliseconds spread);
  void drain_some(Monotonic now);
  void notice_guard();
  void review_some();
  struct RunningSurvey;
  void go_on(const std::shared_ptr<RunningSurvey>& running);

  ShardSettings settings_;
  PublicSite& site_;
  std::atomic<std::uint32_t>& open_connections_;
  HttpRules rules_;
  boost::asio::io_context io_;
  Acceptor acceptor_;
  Timer accept_pause_, flush_timer_, sweep_timer_;
  feeds::Doorbell doorbell_;
  boost::asio::posix::basic_stream_descriptor<Executor> bell_;
  Waterfall waterfall_;  // of what is live
  FanOutCounters fan_out_counters_;
  std::vector<std::unique_ptr<Lane>> lanes_;  // the live one first, then by their delay
  std::unique_ptr<Lane> nowhere_;             // for whose delay there is no lane: is told so
  RequestParser request_parser_;
  Monotonic flush_at_ = Monotonic::max();  // what flush_timer_ is set to
  bool work_posted_ = false;
  bool round_posted_ = false;
  // Of the feeds, to be loaded one after the other.
  struct LoadedBars {
    Lane* lane = nullptr;
    schemas::InstrumentId instrument;
    schemas::Interval interval{};
    std::uint64_t restarts = 0;  // of the lane, when they were asked for
    feeds::BarsCopy bars;
  };
  std::deque<LoadedBars> loaded_bars_;
  std::vector<Connection*> connections_;
  ClientCounters client_counters_;
  Door door_;
  std::optional<AddressTries> tries_;  // before the checkpoint, which asks it
  Checkpoint checkpoint_;
  std::uint64_t reviewed_ = 0;   // the generation by which its clients were looked at
  std::size_t review_left_ = 0;  // of connections_, those before it: backwards, as sweeps go
  bool review_posted_ = false;
  std::int64_t noted_descriptors_ = 0;  // of ours, in the count of all
  std::vector<char> read_buffer_;
  std::string scratch_;
  EndLog end_log_;
  std::unique_ptr<UsageWatch> usage_;  // null: there is no ledger
  Monotonic next_sweep_{};
  std::size_t swept_ = 0;  // those before it come next
  std::uint16_t port_ = 0;
  std::atomic<bool> draining_{false};  // written by the shard, read by the main thread too
  struct Drain {
    std::chrono::milliseconds notice;
    DrainPace pace;
    std::size_t told = 0;  // as the pace counts
    std::size_t next;      // behind it all are told, before it some
  };
  std::optional<Drain> drain_;
  std::atomic<bool> keeps_connections_{true};
  std::atomic<bool> named_{false};  // written by the shard; nothing is read on the strength of it
  bool stopping_ = false;

  ShardCounters counters_;
  std::array<feeds::Gauge, schemas::kChannelCount> subscription_gauges_;
  feeds::Gauge last_turn_;
  std::thread thread_;
};

}  // namespace tickgate::gateway
