// SPDX-License-Identifier: Apache-2.0
#include "gateway/shard/shard.h"

#include <algorithm>
#include <utility>

namespace tickgate::gateway {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kReadBuffer = 65'536;
// Records drained from each ring before the clients have their turn.
constexpr std::size_t kDrainBudget = 8'192;
constexpr milliseconds kSweepInterval{100};
// So the deadlines of a connection are looked at twice a second.
constexpr std::size_t kSweepTurns = 5;

}  // namespace

// What the rings say: to the fan-out, and each tick noted until it is flushed.
struct Shard::RingReader {
  Shard& shard;

  void on_instrument(const schemas::Instrument& instrument) {
    shard.fan_out_.on_instrument(instrument);
  }
  void on_trade_gap(const schemas::TradeGap& gap) { shard.fan_out_.on_trade_gap(gap); }
  template <typename Tick>
  void on_tick(const Tick& tick) {
    shard.drained_.push_back({tick.header.receive_time, 0});
    shard.fan_out_.on_tick(tick);
  }
};

Shard::Shard(ShardSettings settings, PublicSite& site, std::atomic<std::uint32_t>& open_connections)
    : settings_(std::move(settings)),
      site_(site),
      open_connections_(open_connections),
      io_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO),
      acceptor_(io_),
      accept_pause_(io_),
      flush_timer_(io_),
      sweep_timer_(io_),
      bell_(io_, doorbell_.fd()),
      fan_out_({settings_.limits.subscriptions_per_connection,
                static_cast<std::uint32_t>(settings_.limits.min_interval.count()),
                settings_.limits.frame_bytes},
               settings_.epoch),
      read_buffer_(kReadBuffer) {
  rules_.stream_path = "/v1/stream";
  rules_.subprotocol = "tickgate.v1.json";
  rules_.allowed_origins = settings_.origins;
  if (settings_.demand != nullptr) fan_out_.report_to(*settings_.demand);
}

Shard::~Shard() {
  stop();
  bell_.release();  // the doorbell's own
}

feeds::TickRing& Shard::add_ring(std::size_t bytes) {
  rings_.push_back(std::make_unique<feeds::TickRing>(bytes));
  return *rings_.back();
}

void Shard::start() {
  thread_ = std::thread([this] { run(); });
}

void Shard::run() {
  next_sweep_ = monotonic_now();
  wait_for_clients();
  wait_for_bell();
  work();
  sweep();
  io_.run();
}

void Shard::stop_accepting() {
  boost::asio::post(io_, [this] {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
  });
}

void Shard::drain(milliseconds time) {
  boost::asio::post(io_, [this, time] { drain_connections(time); });
}

// Once everything is closed and cancelled nothing is left to wait for, and run() returns.
void Shard::stop() {
  if (!thread_.joinable()) return;
  boost::asio::post(io_, [this] {
    stopping_ = true;
    for (const auto& session : sessions_) session->close();
    while (!connections_.empty()) connections_.back()->abort(CloseReason::kRestart);
    scheduler_.end();
    for (Timer* timer : {&flush_timer_, &sweep_timer_, &accept_pause_}) timer->cancel();
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    bell_.cancel(ignored);
  });
  thread_.join();
}

void Shard::wait_for_bell() {
  bell_.async_wait(bell_.wait_read, [this](boost::system::error_code error) {
    if (error) return;
    doorbell_.clear();
    work();
    wait_for_bell();
  });
}

// Woken by the bell or by the clock: drains, marks, flushes. Idle, it costs the feeds nothing:
// ticks wait in the rings for the next look at them, or for the alarm of a status or of a ring that
// fills up.
void Shard::work() {
  if (stopping_) return;
  bool more = drain_rings();
  const bool with_bell = scheduler_.needs_bell();
  if (!more && with_bell && doorbell_.prepare_to_sleep()) more = drain_rings();
  with_bell ? scheduler_.sleep_with_bell() : scheduler_.idle(monotonic_now());
  arm_flush_timer();  // rounds come though the rings never be empty
  if (!more || std::exchange(work_posted_, true)) return;
  boost::asio::post(io_, [this] {
    work_posted_ = false;
    work();
  });
}

// Idle, it may have to look sooner now, or to sleep no more without the bell.
void Shard::on_subscribed() {
  if (scheduler_.on_subscribed(monotonic_now())) return work();
  arm_flush_timer();
}

// Step 7 of a tick's life, and the start of the two that follow: drains, marks, flushes some. True:
// a ring had more than its budget, or somebody waits.
bool Shard::drain_rings() {
  std::size_t drained = 0;
  bool more = false;
  const std::size_t fresh = drained_.size();
  RingReader reader{*this};
  for (const auto& ring : rings_) {
    const auto read = ring->drain(reader, kDrainBudget);
    more = more || read == kDrainBudget;
    drained += read;
  }
  counters_.ticks.add(drained);
  const auto now = monotonic_now();
  scheduler_.mark(now);
  const auto added = fan_out_.flush_now().added();
  for (auto i = fresh; i < drained_.size(); ++i) drained_[i].until = added;
  const bool waiting = scheduler_.flush_immediate(now);
  note_latency();
  return more || waiting;
}

void Shard::note_latency() {
  if (drained_.empty()) return;
  const auto sent = wall_now();
  const auto popped = fan_out_.flush_now().popped();
  for (; noted_ < drained_.size() && drained_[noted_].until <= popped; ++noted_) {
    const auto received = drained_[noted_].received;
    counters_.fan_out.observe(std::chrono::microseconds{sent.value() - received.value()});
  }
  if (2 * noted_ < drained_.size()) return;
  drained_.erase(drained_.begin(), drained_.begin() + static_cast<std::ptrdiff_t>(noted_));
  noted_ = 0;
}

void Shard::schedule(Connection& connection, Monotonic due) {
  scheduler_.schedule(connection, due);
  arm_flush_timer();
}

void Shard::arm_flush_timer() {
  const auto next = scheduler_.next();
  if (next >= flush_at_ || stopping_) return;
  flush_at_ = next;
  flush_timer_.expires_at(std::chrono::steady_clock::time_point{next});
  flush_timer_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    flush_at_ = scheduler_.kNever;
    if (scheduler_.idles()) work();  // so that the round has the newest
    scheduler_.begin_rounds(monotonic_now());
    flush_round();
    arm_flush_timer();
  });
}

void Shard::flush_round() {
  if (!scheduler_.flush_piece(monotonic_now()) || std::exchange(round_posted_, true)) return;
  boost::asio::post(io_, [this] {
    round_posted_ = false;
    flush_round();
  });
}

// Everything that waits for a deadline is looked at in one round: no timer per connection.
void Shard::sweep() {
  if (stopping_) return;
  const auto now = monotonic_now();
  counters_.loop_lag.observe(now - next_sweep_);
  last_turn_.set(now.count());
  sweep_some(now);
  for (const auto& session : sessions_) session->sweep(now);
  std::erase_if(sessions_, [](const auto& session) { return session->done(); });
  for (std::size_t i = 0; i < subscription_gauges_.size(); ++i) {
    subscription_gauges_[i].set(static_cast<std::int64_t>(
        fan_out_.subscriptions().count(static_cast<schemas::Channel>(i))));
  }
  scheduler_.flush_immediate(now, scheduler_.kFlushesPerTurn);
  next_sweep_ = now + kSweepInterval;
  sweep_timer_.expires_at(std::chrono::steady_clock::time_point{next_sweep_});
  sweep_timer_.async_wait([this](boost::system::error_code error) {
    if (!error) sweep();
  });
}

// Each connection once in kSweepTurns sweeps. Backwards: one that ends leaves its place to the
// last.
void Shard::sweep_some(Monotonic now) {
  const auto all = connections_.size();
  const auto some = draining() ? all : all / kSweepTurns + 1;  // a drain has its moments
  for (std::size_t i = 0; i < some && !connections_.empty(); ++i) {
    if (swept_ == 0) swept_ = connections_.size();
    swept_ = std::min(swept_, connections_.size()) - 1;
    connections_[swept_]->sweep(now);
  }
}

// Each its own moment, evenly over `time`: so the clients' return is spread as well.
void Shard::drain_connections(milliseconds time) {
  draining_.store(true, std::memory_order_release);  // pairs with draining(): the count is visible
  const auto now = monotonic_now();
  const auto count = static_cast<std::int64_t>(connections_.size());
  for (auto i = count; i-- > 0;) {
    connections_[static_cast<std::size_t>(i)]->drain(now,
                                                     milliseconds{time.count() * (i + 1) / count});
  }
}

}  // namespace tickgate::gateway
