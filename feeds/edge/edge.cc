// SPDX-License-Identifier: Apache-2.0
#include "feeds/edge/edge.h"

#include <fmt/format.h>
#include <poll.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "feeds/edge/edge_link.h"
#include "feeds/edge/edge_model.h"
#include "feeds/edge/symbol_patterns.h"
#include "feeds/publish/clocks.h"

namespace tickgate::feeds {
namespace {

using std::chrono::microseconds;

constexpr int kLookMs = 10;
constexpr std::size_t kTurn = 512;  // messages between two looks at the clock
constexpr microseconds kDemandEach = std::chrono::milliseconds{50};
// Between two readings of everything because messages were dropped.
constexpr microseconds kLostEach = std::chrono::seconds{1};

// Tells edges apart among those that want bars; no secret.
std::string make_name() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

}  // namespace

// In the order in which they are made and go.
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding)
class Edge::Impl {
 public:
  Impl(const EdgeSettings& settings, schemas::InstrumentRegistry& registry,
       const std::vector<ShardLink>& shards, const Demand* demand, const BarDemand* bar_demand,
       EdgeHooks hooks)
      : registry_(registry),
        links_(shards),
        fan_(shards),
        link_(doorbell_, counters_, settings.subject_prefix),
        model_({without_overlaps(settings.symbols), settings.linger, settings.subject_prefix,
                make_name(), &registry, &fan_, &link_, &counters_, demand, bar_demand,
                std::move(hooks.on_epoch)}) {
    fan_.attach(model_.cache());
  }
  ~Impl() { stop(); }

  absl::Status open(NatsOptions options) { return link_.open(std::move(options)); }
  void start() {
    link_.start();
    thread_ = std::thread([this] { run(); });
  }
  void stop() {
    link_.stop();
    if (!thread_.joinable()) return;
    stopping_.store(true, std::memory_order_relaxed);  // nothing is read on the strength of it
    doorbell_.alarm();
    thread_.join();
    answer_questions();
  }

  void ask_book(const std::string& symbol, std::uint32_t depth,
                std::function<void(std::string json)> answer) {
    link_.ask_book(symbol, depth, std::move(answer));
  }
  void ask_bars(schemas::InstrumentId instrument, schemas::Interval interval, BarsAnswer answer) {
    {
      const std::scoped_lock lock(mutex_);
      questions_.push_back({instrument, interval, std::move(answer)});
    }
    doorbell_.ring();
  }
  std::string venues() const {
    const std::scoped_lock lock(mutex_);
    return venues_;
  }
  EdgeStatus status() const {
    EdgeStatus status;
    {
      const std::scoped_lock lock(mutex_);
      status = status_;
      // The edge's thread may stand still.
      if (status.heartbeat_age) *status.heartbeat_age += steady_now() - status_at_;
    }
    status.connected = link_.connected();
    if (status.state != schemas::State::kLive && !status.connected) {
      status.reason = absl::StrCat(status.reason, ": ", link_.reason());
    }
    return status;
  }

  const Beat& beat() const { return beat_; }
  const RingFan& fan() const { return fan_; }
  const EdgeCounters& counters() const { return counters_; }

 private:
  struct Question {
    schemas::InstrumentId instrument;
    schemas::Interval interval;
    BarsAnswer answer;
  };

  // Of a reading, until what it brought was drained.
  struct ReadEnd {
    std::uint64_t ticket;
    bool good;
    std::uint64_t behind;  // so many messages
  };

  void run();
  bool turn();
  void apply(const EdgeEvent& event);
  void wait_for_shards();
  void answer_questions();
  void publish_status(Beat::Moment now);

  schemas::InstrumentRegistry& registry_;
  std::vector<ShardLink> links_;
  Doorbell doorbell_;
  Beat beat_;
  EdgeCounters counters_;
  RingFan fan_;
  EdgeLink link_;
  EdgeModel model_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
  // The edge's thread.
  std::deque<ReadEnd> read_;
  Beat::Moment struck_{}, demand_at_{}, lost_at_{};
  bool lost_ = false, was_connected_ = false;

  mutable std::mutex mutex_;
  EdgeStatus status_;
  Beat::Moment status_at_{};
  std::string venues_ = "[]";
  std::vector<Question> questions_;
};

void Edge::Impl::run() {
  pthread_setname_np(pthread_self(), "edge");
  while (!stopping_.load(std::memory_order_relaxed)) {
    if (turn()) continue;
    if (doorbell_.prepare_to_sleep() && turn()) continue;
    pollfd bell{doorbell_.fd(), POLLIN, 0};
    ::poll(&bell, 1, kLookMs);
    doorbell_.clear();
  }
}

// True: there is more of it. The look at the time comes first: behind a pause of ours what has come
// meanwhile is old, and is not to be passed on as live.
bool Edge::Impl::turn() {
  auto now = steady_now();
  auto wall = wall_now();
  model_.look(now, wall);
  for (auto& event : link_.take_events()) apply(event);
  lost_ = link_.inbox().take_lost() || lost_;
  const auto drained = link_.inbox().drain(kTurn, [&](EdgeModel::From from, std::string_view text) {
    model_.on_message(from, text, now, wall);
  });
  const bool more = drained == kTurn;
  now = steady_now();
  wall = wall_now();
  while (!read_.empty() && read_.front().behind <= link_.inbox().drained()) {
    const auto end = read_.front();
    read_.pop_front();
    model_.on_read(end.ticket, end.good && !lost_, now, wall);
  }
  if (lost_ && now - lost_at_ >= kLostEach) {
    lost_ = false;
    lost_at_ = now;
    model_.on_lost(now, wall);
  }
  if (now - demand_at_ >= kDemandEach) {
    demand_at_ = now;
    model_.look_at_demand(now);
    publish_status(now);
  }
  answer_questions();
  model_.look(now, wall);
  fan_.flush();
  if (now - struck_ >= Beat::kEach) {
    struck_ = now;
    beat_.strike(now);
  }
  if (more) wait_for_shards();
  return more;
}

void Edge::Impl::apply(const EdgeEvent& event) {
  const auto now = steady_now();
  const auto wall = wall_now();
  switch (event.what) {
    case EdgeEvent::What::kConnected:
      if (std::exchange(was_connected_, true)) counters_.reconnects.add();
      return model_.on_connected(now, wall);
    case EdgeEvent::What::kDisconnected:
      read_.clear();
      return model_.on_disconnected(now, wall);
    case EdgeEvent::What::kLost:
      lost_ = true;
      return;
    case EdgeEvent::What::kGetFailed:
      return model_.on_get_failed(event.subject, now);
    case EdgeEvent::What::kRead:
      read_.push_back({event.ticket, event.good, link_.inbox().pushed()});
      return;
  }
}

// A history is much at once, and a trade that finds no room in a shard's ring is lost to it: a
// moment for those that drain theirs. Not for one that does not.
void Edge::Impl::wait_for_shards() {
  constexpr int kMostMs = 5;
  for (int i = 0; i < kMostMs; ++i) {
    const bool full = std::ranges::any_of(links_, [](const ShardLink& link) {
      return link.ring->used_bytes() > link.ring->capacity() / 2;
    });
    if (!full) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

// What is asked for is wanted since before: it is subscribed to first, so that nothing is missing
// between the answer and what comes live.
void Edge::Impl::answer_questions() {
  std::vector<Question> questions;
  {
    const std::scoped_lock lock(mutex_);
    questions.swap(questions_);
  }
  if (questions.empty()) return;
  model_.look_at_demand(steady_now());
  for (auto& question : questions) {
    link_.ask_bars(registry_.at(question.instrument), question.interval,
                   std::move(question.answer));
  }
}

void Edge::Impl::publish_status(Beat::Moment now) {
  auto status = model_.status(now);
  link_.set_fence(status.fence);
  const std::scoped_lock lock(mutex_);
  status_ = std::move(status);
  status_at_ = now;
  if (venues_ != model_.venues()) venues_ = model_.venues();
}

absl::StatusOr<std::unique_ptr<Edge>> Edge::make(EdgeSettings settings,
                                                 schemas::InstrumentRegistry& registry,
                                                 const std::vector<ShardLink>& shards,
                                                 const Demand* demand, const BarDemand* bar_demand,
                                                 EdgeHooks hooks) {
  if (const auto good = Subjects::check_prefix(settings.subject_prefix); !good.ok()) return good;
  if (settings.symbols.empty()) settings.symbols = {"*"};
  auto impl =
      std::make_unique<Impl>(settings, registry, shards, demand, bar_demand, std::move(hooks));
  if (const auto opened = impl->open(settings.nats); !opened.ok()) return opened;
  return std::unique_ptr<Edge>(new Edge(std::move(impl)));
}

Edge::Edge(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Edge::~Edge() = default;

void Edge::start() { impl_->start(); }
void Edge::stop() { impl_->stop(); }
const Beat& Edge::beat() const { return impl_->beat(); }
const RingFan& Edge::fan() const { return impl_->fan(); }
// NOLINTNEXTLINE(performance-unnecessary-value-param): callers give it away
void Edge::ask_book(std::string symbol, std::uint32_t depth,
                    std::function<void(std::string json)> answer) {
  impl_->ask_book(symbol, depth, std::move(answer));
}
void Edge::ask_bars(schemas::InstrumentId instrument, schemas::Interval interval,
                    BarsAnswer answer) {
  impl_->ask_bars(instrument, interval, std::move(answer));
}
std::string Edge::venues() const { return impl_->venues(); }
EdgeStatus Edge::status() const { return impl_->status(); }
const EdgeCounters& Edge::counters() const { return impl_->counters(); }

}  // namespace tickgate::feeds
