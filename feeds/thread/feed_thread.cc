// SPDX-License-Identifier: Apache-2.0
#include "feeds/thread/feed_thread.h"

#include <pthread.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>
#include <random>
#include <thread>
#include <utility>

#include "feeds/derived/consolidator.h"
#include "feeds/derived/derived.h"
#include "feeds/derived/member_tap.h"
#include "feeds/thread/book_of.h"
#include "feeds/thread/capture_player.h"
#include "feeds/thread/network_io.h"
#include "feeds/thread/source_io.h"
#include "schemas/check.h"

namespace tickgate::feeds {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

constexpr milliseconds kTick{50};
// A source or a capture is asked for more at least this often, and no more often than that.
constexpr Monotonic kLongestPump = kTick;
constexpr Monotonic kShortestPump = milliseconds(1);
// For the goodbyes to venues to leave.
constexpr milliseconds kGoodbyeTime{100};

// A feed with where its bytes come from and where its ticks go.
class Runner {
 public:
  // `first_conn` and then `next_conn` number its connections in the tap's records.
  Runner(FeedSettings settings, schemas::InstrumentRegistry& registry,
         const std::vector<ShardLink>& shards, asio::io_context& io, FeedTap* tap,
         std::uint32_t first_conn, std::uint32_t& next_conn, const FeedSurroundings& surroundings,
         const BarDemand* bar_demand, FeedThread::Consolidated consolidated,
         Consolidator* consolidator)
      : settings_(std::move(settings)),
        surroundings_(surroundings),
        first_conn_(first_conn),
        fan_(shards),
        derived_(fan_, settings_.bars, bar_demand) {
    listen_in(consolidated, consolidator);
    ConnectionMakers make;
    if (!settings_.capture.path.empty()) {
      status_ = CaptureReader::open(settings_.capture.path).status();
      make.io = [this](Connection& connection) { return make_player(connection); };
    } else if (settings_.make_source) {
      make.io = [this](Connection& connection) { return make_source_io(connection); };
    } else {
      has_network_ = true;
      auto trust = TlsTrust::create(settings_.ca_file);
      status_ = trust.status();
      if (!trust.ok()) trust = TlsTrust::create("");
      auto proxies = ProxyRules::create(settings_.proxy, environment_variable);
      if (!proxies.ok()) status_ = proxies.status();
      const NetworkIo::Settings network{*std::move(trust),
                                        proxies.ok() ? *std::move(proxies) : ProxyRules(),
                                        settings_.adapter.credentials, tap};
      make.io = [this, network, &io, &next_conn](Connection& connection) {
        const auto conn = first_conn_ ? *std::exchange(first_conn_, std::nullopt) : next_conn++;
        return std::make_unique<NetworkIo>(io, network, conn, connection, fan_);
      };
    }
    make_feed(registry, make);
  }

  // What is wrong with the CA file, the proxy or the capture.
  const absl::Status& status() const { return status_; }

  void start(Moment now) {
    advance_bars(now);
    feed_->start(now);
    fan_.flush();
  }
  void stop(Moment now) {
    feed_->stop(now);
    fan_.flush();
  }
  void tick(Moment now) {
    feed_->advance(now);
    advance_bars(now);
    fan_.flush();
  }
  bool has_network() const { return has_network_; }
  // For those without a socket: how long until they want it again.
  Monotonic pump(Moment now) {
    auto wait = kShortestPump;
    if (player_ != nullptr) wait = player_->advance(now);
    if (source_io_ != nullptr) source_io_->advance(now);
    fan_.flush();
    return wait;
  }

  void with_book(schemas::InstrumentId id, absl::AnyInvocable<void(const OrderBook*)>& callback) {
    if (const OrderBook* full = feed_->book(id)) return callback(full);
    const auto* top = source_ != nullptr ? feed_->publisher().cache().book(id) : nullptr;
    if (top == nullptr) return callback(nullptr);
    const OrderBook book = book_of(*top);
    callback(&book);
  }

  void with_bars(schemas::InstrumentId id, schemas::Interval interval, BarsAnswer& callback,
                 Moment now) {
    derived_.bars().with_bars(id, interval, std::move(callback), now);
    fan_.flush();
  }

  const Feed& feed() const { return *feed_; }
  const BarsCounters& bars() const { return derived_.bars().counters(); }
  const RingFan& fan() const { return fan_; }

 private:
  // Bars of a capture end by its own clock: what was traded then is no late trade of today.
  void advance_bars(Moment now) {
    if (settings_.capture.path.empty()) return derived_.advance(now);
    const auto then = player_ == nullptr ? std::nullopt : player_->time(now);
    if (then) derived_.advance({*then, now.steady});
  }
  void make_feed(schemas::InstrumentRegistry& registry, ConnectionMakers& make) {
    make.adapter = [this, &registry](
                       AdapterEvents& events,
                       const std::vector<std::string>& pairs) -> std::unique_ptr<VenueAdapter> {
      if (!settings_.make_source) {
        auto adapter = settings_.adapter;
        if (!pairs.empty()) adapter.pairs = pairs;
        if (!settings_.capture.path.empty()) {
          return std::make_unique<CaptureAdapter>(settings_.make_adapter, std::move(adapter),
                                                  registry, events);
        }
        return settings_.make_adapter(adapter, registry, events);
      }
      auto adapter = std::make_unique<SourceAdapter>(
          settings_.make_source(settings_.source, registry, events));
      source_ = &adapter->source();
      return adapter;
    };
    make.second_adapter = [this, &registry](AdapterEvents& events, const auto& pairs) {
      return settings_.make_adapter(second_line(settings_, pairs), registry, events);
    };
    auto options = settings_.options;
    options.passive = !has_network_;
    options.credentials = settings_.adapter.credentials;
    if (options.seed == 0) options.seed = std::random_device{}();
    surroundings_.candles = &derived_.bars();
    TickSink& sink = tap_ != nullptr ? *tap_ : derived_;
    feed_.emplace(std::move(options), sink, registry, make, surroundings_);
    derived_.bars().attach(*feed_);
    fan_.attach(feed_->publisher().cache());
    if (member_tap_ != nullptr) member_tap_->attach(feed_->publisher().cache());
  }
  // In front of all else, if some venue's prices are consolidated that this feed may be of.
  void listen_in(FeedThread::Consolidated consolidated, Consolidator* consolidator) {
    if (consolidated.shared == nullptr) return;
    if (!consolidated.shared->rules().has_venue(settings_.options.venue)) return;
    if (consolidator != nullptr) {
      tap_ = consolidator->tap(derived_, fan_);
      return;
    }
    auto tap =
        std::make_unique<MemberTap>(*consolidated.shared, consolidated.index, derived_, fan_);
    member_tap_ = tap.get();
    tap_ = std::move(tap);
  }
  std::unique_ptr<FeedIo> make_player(Connection& connection) {
    auto player = std::make_unique<CapturePlayer>(settings_.capture, settings_.options.venue);
    player->attach(connection, static_cast<CaptureAdapter&>(connection.adapter()));
    player_ = player.get();
    return player;
  }
  std::unique_ptr<FeedIo> make_source_io(Connection& connection) {
    auto source = std::make_unique<SourceIo>();
    source->attach(connection, *source_);
    source_io_ = source.get();
    return source;
  }

  FeedSettings settings_;
  FeedSurroundings surroundings_;
  absl::Status status_;
  bool has_network_ = false;
  std::optional<std::uint32_t> first_conn_;
  RingFan fan_;
  Derived derived_;
  std::unique_ptr<TickSink> tap_;    // null: nobody listens in
  MemberTap* member_tap_ = nullptr;  // if that is what it is
  // The feed's, where it has no network; null before it starts.
  CapturePlayer* player_ = nullptr;
  SourceIo* source_io_ = nullptr;
  TickSource* source_ = nullptr;
  std::optional<Feed> feed_;
};

}  // namespace

class FeedThread::Loop {
 public:
  Loop(std::vector<FeedSettings> settings, schemas::InstrumentRegistry& registry,
       const std::vector<ShardLink>& shards, FeedTap* tap, const Demand* demand,
       const BarDemand* bar_demand, Consolidated consolidated)
      : index_(consolidated.index) {
    if (consolidated.shared != nullptr && index_ == 0) {
      consolidator_.emplace(*consolidated.shared, registry, shards);
    }
    next_conn_ = static_cast<std::uint32_t>(settings.size());
    std::uint32_t conn = 0;
    for (FeedSettings& one : settings) {
      runners_.push_back(
          std::make_unique<Runner>(std::move(one), registry, shards, io_, tap, conn++, next_conn_,
                                   FeedSurroundings{&budgets_, demand}, bar_demand, consolidated,
                                   consolidator_ ? &*consolidator_ : nullptr));
    }
  }
  ~Loop() {
    stop();
    join();
    if (bell_ && bell_->is_open()) bell_->release();
  }

  absl::Status start() {
    for (const auto& runner : runners_) {
      if (!runner->status().ok()) return runner->status();
    }
    TICKGATE_CHECK(!thread_.joinable());
    thread_ = std::thread([this] { run(); });
    return absl::OkStatus();
  }

  void stop() {
    asio::post(io_, [this] { begin_to_stop(); });
  }
  void join() {
    if (thread_.joinable()) thread_.join();
  }

  void post(absl::AnyInvocable<void()> work) {
    // Asio's handlers may be copied by contract, though post() never does it.
    auto shared = std::make_shared<absl::AnyInvocable<void()>>(std::move(work));
    asio::post(io_, [shared] { (*shared)(); });
  }
  void with_book(schemas::InstrumentId id, absl::AnyInvocable<void(const OrderBook*)> callback) {
    post([this, id, callback = std::move(callback)]() mutable {
      const auto owner = std::find_if(runners_.begin(), runners_.end(),
                                      [&](const auto& runner) { return runner->feed().owns(id); });
      if (owner == runners_.end()) return callback(nullptr);
      (*owner)->with_book(id, callback);
    });
  }
  void with_bars(schemas::InstrumentId id, schemas::Interval interval, BarsAnswer callback) {
    post([this, id, interval, callback = std::move(callback)]() mutable {
      const auto owner = std::find_if(runners_.begin(), runners_.end(),
                                      [&](const auto& runner) { return runner->feed().owns(id); });
      if (owner == runners_.end()) return callback(std::make_shared<std::vector<schemas::Bar>>());
      (*owner)->with_bars(id, interval, callback, moment_now());
    });
  }
  void explain(schemas::InstrumentId id,
               absl::AnyInvocable<void(std::optional<Explanation>)> callback) {
    post([this, id, callback = std::move(callback)]() mutable {
      std::optional<Explanation> told;
      for (const auto& runner : runners_) {
        if (!told) told = runner->feed().explain(id, moment_now());
      }
      callback(std::move(told));
    });
  }

  std::size_t size() const { return runners_.size(); }
  const Runner& at(std::size_t index) const { return *runners_.at(index); }
  const Beat& beat() const { return beat_; }

 private:
  void run() {
    const auto name = index_ == 0 ? "feeds" : "feeds-" + std::to_string(index_);
    pthread_setname_np(pthread_self(), name.c_str());
    if (consolidator_ && consolidator_->has_ways()) hear_others();
    const auto now = moment_now();
    for (const auto& runner : runners_) runner->start(now);
    tick();
    if (std::all_of(runners_.begin(), runners_.end(),
                    [](const auto& runner) { return runner->has_network(); })) {
      io_.run();
      return;
    }
    // No timer: to set one of Asio's takes two system calls each time, to wait for so long none.
    while (!io_.stopped()) io_.run_for(pump());
  }

  void tick() {
    for (const auto& runner : runners_) runner->tick(moment_now());
    if (consolidator_) drain_others();
    beat_.strike(moment_now().steady);
    tick_timer_.expires_after(kTick);
    tick_timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error && !stopping_) tick();
    });
  }

  // What other threads say of members wakes this one.
  void hear_others() {
    bell_.emplace(io_, consolidator_->bell().fd());
    wait_for_bell();
  }
  void wait_for_bell() {
    if (consolidator_->bell().prepare_to_sleep()) drain_others();
    bell_->async_wait(bell_->wait_read, [this](const boost::system::error_code& error) {
      if (error || stopping_) return;
      consolidator_->bell().clear();
      drain_others();
      wait_for_bell();
    });
  }
  // What is more than a turn's worth is taken in the next, which the bell may not bring.
  void drain_others() {
    const auto now = moment_now();
    const bool more = consolidator_->drain(now.steady, now.wall);
    consolidator_->flush();
    if (!more || std::exchange(drain_posted_, true)) return;
    asio::post(io_, [this] {
      drain_posted_ = false;
      if (!stopping_) drain_others();
    });
  }

  // How long until the next one.
  Monotonic pump() {
    auto wait = kLongestPump;
    if (stopping_) return wait;
    for (const auto& runner : runners_) {
      if (!runner->has_network()) wait = std::min(wait, runner->pump(moment_now()));
    }
    return std::max(wait, kShortestPump);
  }

  void begin_to_stop() {
    if (std::exchange(stopping_, true)) return;
    tick_timer_.cancel();
    if (bell_) bell_->release();  // the consolidation's own
    for (const auto& runner : runners_) runner->stop(moment_now());
    goodbye_timer_.expires_after(kGoodbyeTime);
    goodbye_timer_.async_wait([this](const boost::system::error_code&) { io_.stop(); });
  }

  asio::io_context io_{1};
  asio::steady_timer tick_timer_{io_}, goodbye_timer_{io_};
  Beat beat_;
  bool stopping_ = false;
  std::uint32_t next_conn_ = 0;
  HostBudgets budgets_;
  std::size_t index_;
  std::optional<Consolidator> consolidator_;  // outlives the taps of the runners
  std::optional<asio::posix::stream_descriptor> bell_;
  bool drain_posted_ = false;
  std::vector<std::unique_ptr<Runner>> runners_;
  std::thread thread_;
};

FeedThread::FeedThread(std::vector<FeedSettings> settings, schemas::InstrumentRegistry& registry,
                       const std::vector<ShardLink>& shards, FeedTap* tap, const Demand* demand,
                       const BarDemand* bar_demand, Consolidated consolidated)
    : loop_(std::make_unique<Loop>(std::move(settings), registry, shards, tap, demand, bar_demand,
                                   consolidated)) {}

FeedThread::~FeedThread() = default;

absl::Status FeedThread::start() { return loop_->start(); }
void FeedThread::stop() { loop_->stop(); }
void FeedThread::join() { loop_->join(); }
void FeedThread::post(absl::AnyInvocable<void()> work) { loop_->post(std::move(work)); }
void FeedThread::with_book(schemas::InstrumentId instrument,
                           absl::AnyInvocable<void(const OrderBook*)> callback) {
  loop_->with_book(instrument, std::move(callback));
}
void FeedThread::with_bars(schemas::InstrumentId instrument, schemas::Interval interval,
                           BarsAnswer callback) {
  loop_->with_bars(instrument, interval, std::move(callback));
}
void FeedThread::explain(schemas::InstrumentId instrument,
                         absl::AnyInvocable<void(std::optional<Explanation>)> callback) {
  loop_->explain(instrument, std::move(callback));
}
std::size_t FeedThread::size() const { return loop_->size(); }
const Feed& FeedThread::feed(std::size_t index) const { return loop_->at(index).feed(); }
const Beat& FeedThread::beat() const { return loop_->beat(); }
const BarsCounters& FeedThread::bars(std::size_t index) const { return loop_->at(index).bars(); }
const RingFan& FeedThread::fan(std::size_t index) const { return loop_->at(index).fan(); }

}  // namespace tickgate::feeds
