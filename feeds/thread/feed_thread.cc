// SPDX-License-Identifier: Apache-2.0
#include "feeds/thread/feed_thread.h"

#include <pthread.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <thread>
#include <utility>

#include "feeds/log/log.h"
#include "feeds/thread/feed_runner.h"
#include "schemas/check.h"
#include "schemas/text.h"

namespace tickgate::feeds {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

constexpr milliseconds kTick{50};
// A source or a capture is asked for more at least this often.
constexpr Monotonic kLongestPump = kTick;
// For the goodbyes to venues to leave.
constexpr milliseconds kGoodbyeTime{100};

}  // namespace

class FeedThread::Loop {
 public:
  Loop(std::vector<FeedSettings> settings, schemas::InstrumentRegistry& registry,
       const std::vector<ShardLink>& shards, FeedTap* tap, const Demand* demand,
       const BarDemand* bar_demand, Consolidated consolidated)
      : room_{registry, shards, io_, tap, demand, bar_demand, consolidated} {
    if (consolidated.shared != nullptr && consolidated.index == 0) {
      consolidator_.emplace(*consolidated.shared, registry, shards);
      room_.consolidator = &*consolidator_;
    }
    room_.next_conn = static_cast<std::uint32_t>(settings.size());
    for (FeedSettings& one : settings) {
      const auto conn = static_cast<std::uint32_t>(runners_.size());
      runners_.push_back(std::make_unique<FeedRunner>(std::move(one), room_, conn));
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
  void apply(FeedChanges changes) {
    post([this, changes = std::move(changes)]() mutable {
      changes_.push_back(std::move(changes));
      take_changes();
    });
  }
  void with_book(schemas::InstrumentId id, absl::AnyInvocable<void(const OrderBook*)> callback) {
    post([this, id, callback = std::move(callback)]() mutable {
      FeedRunner* const owner = owner_of(id);
      owner == nullptr ? callback(nullptr) : owner->with_book(id, callback);
    });
  }
  void with_bars(schemas::InstrumentId id, schemas::Interval interval, BarsAnswer callback) {
    post([this, id, interval, callback = std::move(callback)]() mutable {
      FeedRunner* const owner = owner_of(id);
      if (owner == nullptr) return callback(std::make_shared<std::vector<schemas::Bar>>());
      owner->with_bars(id, interval, callback, moment_now());
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

  std::shared_lock<std::shared_mutex> look(std::vector<FeedView>& all) const {
    std::shared_lock lock(list_mutex_);
    for (const auto& one : runners_) all.push_back({&one->feed(), &one->fan(), &one->bars()});
    return lock;
  }
  const FeedRunner& at(std::size_t index) const { return *runners_.at(index); }
  const Beat& beat() const { return beat_; }

 private:
  void run() {
    const auto index = room_.consolidated.index;
    const auto name = index == 0 ? "feeds" : "feeds-" + std::to_string(index);
    pthread_setname_np(pthread_self(), name.c_str());
    if (consolidator_ && consolidator_->has_ways()) hear_others();
    const auto now = moment_now();
    for (const auto& runner : runners_) runner->start(now);
    tick();
    while (!ended_) {
      // No timer: to set one of Asio's takes two system calls each time, to wait for so long none.
      has_pumped() ? io_.run_for(pump()) : io_.run();
      if (!ended_) io_.restart();  // other feeds than before
    }
  }
  bool has_pumped() const {
    return !std::ranges::all_of(runners_, [](const auto& one) { return one->has_network(); });
  }
  FeedRunner* owner_of(schemas::InstrumentId id) const {
    const auto owner =
        std::ranges::find_if(runners_, [id](const auto& one) { return one->feed().owns(id); });
    return owner == runners_.end() ? nullptr : owner->get();
  }
  std::vector<std::unique_ptr<FeedRunner>>::iterator named(std::string_view name) {
    return std::ranges::find_if(
        runners_, [name](const auto& one) { return one->feed().options().name == name; });
  }

  // One after the other. Of an instrument that changes feeds the new one says nothing before all
  // that the old one said is in the shards' rings.
  void take_changes() {
    while (!changes_.empty() && !stopping_) {
      if (!std::exchange(taken_away_, true)) take_away(changes_.front());
      std::erase_if(leaving_, [](const auto& one) { return one->is_told(); });
      const bool told =
          leaving_.empty() && std::ranges::all_of(changes_.front().symbols, [this](auto& one) {
            const auto runner = named(one.feed);
            return runner == runners_.end() || (*runner)->is_told();
          });
      if (!told) return;  // the next tick tries again
      bring(changes_.front());
      changes_.pop_front();
      taken_away_ = false;
    }
  }
  void take_away(FeedChanges& changes) {
    make_anew_who_cannot_change(changes);
    const auto now = moment_now();
    for (const auto& name : changes.removed) {
      const auto runner = named(name);
      if (runner == runners_.end()) continue;
      (*runner)->end(carried_by(changes, (*runner)->feed().options().venue), now);
      const std::unique_lock lock(list_mutex_);
      leaving_.push_back(std::move(*runner));
      runners_.erase(runner);
    }
    for (const auto& one : changes.symbols) {
      const auto runner = named(one.feed);
      if (runner == runners_.end() || one.removed.empty()) continue;
      (*runner)->remove(one.removed, carried_by(changes, (*runner)->feed().options().venue), now);
    }
  }
  void bring(FeedChanges& changes) {
    const bool pumped = has_pumped();
    for (FeedSettings& settings : changes.added) {
      auto runner = std::make_unique<FeedRunner>(std::move(settings), room_, std::nullopt);
      if (!runner->status().ok()) {
        log::error("feeds.thread", "a feed is not added",
                   {{"feed", runner->feed().options().name},
                    {"error", schemas::to_std(runner->status().message())}});
        continue;
      }
      runner->start(moment_now());
      const std::unique_lock lock(list_mutex_);
      runners_.push_back(std::move(runner));
    }
    for (const auto& one : changes.symbols) {
      const auto runner = named(one.feed);
      if (runner != runners_.end() && !one.added.empty()) (*runner)->add(one.added, moment_now());
    }
    if (has_pumped() != pumped) io_.stop();  // and run() looks again
  }
  // Whose bytes no venue sends: there is no connection to be kept.
  void make_anew_who_cannot_change(FeedChanges& changes) {
    std::erase_if(changes.symbols, [&](const FeedChanges::Symbols& one) {
      const auto runner = named(one.feed);
      if (runner == runners_.end() || (*runner)->has_network()) return false;
      auto& settings = changes.added.emplace_back((*runner)->settings());
      auto& pairs = settings.options.pairs;
      std::erase_if(pairs, [&](const auto& pair) { return std::ranges::count(one.removed, pair); });
      pairs.insert(pairs.end(), one.added.begin(), one.added.end());
      settings.adapter.pairs = pairs;
      changes.removed.push_back(one.feed);
      return true;
    });
  }
  // What feeds that come, or that get more, will carry of this venue.
  std::vector<std::string> carried_by(const FeedChanges& changes, std::string_view venue) {
    std::vector<std::string> carried;
    const auto add = [&](std::string_view of, const std::vector<std::string>& pairs) {
      if (of == venue) carried.insert(carried.end(), pairs.begin(), pairs.end());
    };
    for (const auto& one : changes.added) add(one.options.venue, one.options.pairs);
    for (const auto& one : changes.symbols) {
      const auto runner = named(one.feed);
      if (runner != runners_.end()) add((*runner)->feed().options().venue, one.added);
    }
    return carried;
  }

  void tick() {
    for (const auto& runner : runners_) runner->tick(moment_now());
    take_changes();
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
    return std::max(wait, FeedRunner::kShortestPump);
  }

  void begin_to_stop() {
    if (std::exchange(stopping_, true)) return;
    tick_timer_.cancel();
    if (bell_) bell_->release();  // the consolidation's own
    for (const auto& runner : runners_) runner->stop(moment_now());
    goodbye_timer_.expires_after(kGoodbyeTime);
    goodbye_timer_.async_wait([this](const boost::system::error_code&) {
      ended_ = true;
      io_.stop();
    });
  }

  asio::io_context io_{1};
  asio::steady_timer tick_timer_{io_}, goodbye_timer_{io_};
  Beat beat_;
  bool stopping_ = false, ended_ = false;
  FeedRoom room_;
  std::optional<Consolidator> consolidator_;  // outlives the taps of the runners
  std::optional<asio::posix::stream_descriptor> bell_;
  bool drain_posted_ = false;
  mutable std::shared_mutex list_mutex_;  // of runners_: this thread changes them, others look
  std::vector<std::unique_ptr<FeedRunner>> runners_;
  std::deque<FeedChanges> changes_;                   // to be made; of the first
  bool taken_away_ = false;                           // what leaves has left
  std::vector<std::unique_ptr<FeedRunner>> leaving_;  // with something to tell yet
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
void FeedThread::apply(FeedChanges changes) { loop_->apply(std::move(changes)); }
std::shared_lock<std::shared_mutex> FeedThread::look(std::vector<FeedView>& all) const {
  return loop_->look(all);
}
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
const Feed& FeedThread::feed(std::size_t index) const { return loop_->at(index).feed(); }
const Beat& FeedThread::beat() const { return loop_->beat(); }

}  // namespace tickgate::feeds
