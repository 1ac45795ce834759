// SPDX-License-Identifier: Apache-2.0
#include "gateway/shard/shard.h"

#include <algorithm>
#include <new>
#include <utility>

namespace tickgate::gateway {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kReadBuffer = 65'536;
// Records drained from each ring before the clients have their turn.
constexpr std::size_t kDrainBudget = 8'192;
constexpr milliseconds kSweepInterval{100};
// So old a tick is not live. At most so many turns are spent on reading on instead, a ring's worth.
constexpr std::int64_t kOld = 1'000'000;  // us
constexpr int kMostOldTurns = 64;
// So the deadlines of a connection are looked at twice a second, and in a drain, which has its
// moments, ten times.
constexpr std::size_t kSweepTurns = 5;
constexpr milliseconds kDrainSweepInterval{20};
// Clients shed for want of memory in one sweep.
constexpr std::size_t kMostShed = 64;

std::shared_ptr<Visitors> shared_visitors(const ShardSettings& settings) {
  if (settings.visitors != nullptr) return settings.visitors;
  return std::make_shared<Visitors>(visitor_limits(settings.limits));
}

bool is_old(schemas::Timestamp received) { return wall_now().value() - received.value() > kOld; }

}  // namespace

// What the rings say: to the fan-out, and each tick noted until it is flushed.
struct Shard::RingReader {
  Shard& shard;
  std::size_t source = 0;
  schemas::Timestamp last{};  // received, of what was drained last

  void on_instrument(const schemas::Instrument& instrument) {
    shard.waterfall_.on_instrument(instrument);
    shard.fan_out_.on_instrument(instrument, source);
  }
  void on_removed(const schemas::Instrument& instrument, schemas::Timestamp now) {
    shard.fan_out_.on_removed(instrument, now);
  }
  // When it ended says nothing of how long it took to come here.
  void on_tick(const schemas::Bar& bar) { shard.fan_out_.on_tick(bar); }
  void on_trade_gap(const schemas::TradeGap& gap) { shard.fan_out_.on_trade_gap(gap); }
  template <typename Tick>
  void on_tick(const Tick& tick) {
    last = tick.header.receive_time;
    shard.waterfall_.on_tick(tick.header);
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
      fan_out_(fan_out_limits(settings_.limits), settings_.epoch),
      door_("public", io_, client_counters_, shared_visitors(settings_)),
      read_buffer_(kReadBuffer) {
  set_rules();
  if (settings_.demand != nullptr) fan_out_.report_to(*settings_.demand);
  if (settings_.ask_bars) fan_out_.connect_bars(*this, *settings_.bar_demand);
}

Shard::~Shard() {
  stop();
  bell_.release();  // the doorbell's own
}

feeds::TickRing& Shard::add_ring(std::size_t bytes) {
  sources_.push_back({.ring = std::make_unique<feeds::TickRing>(bytes)});
  return *sources_.back().ring;
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

void Shard::drain(milliseconds notice, milliseconds spread) {
  boost::asio::post(io_, [this, notice, spread] { begin_drain(notice, spread); });
}

// Once everything is closed and cancelled nothing is left to wait for, and run() returns.
void Shard::stop() {
  if (!thread_.joinable()) return;
  boost::asio::post(io_, [this] {
    stopping_ = true;
    door_.close();
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
void Shard::work() noexcept {
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

// On a feed's thread the answer is handed on, and no more.
void Shard::ask(schemas::InstrumentId instrument, schemas::Interval interval) {
  settings_.ask_bars(instrument, interval, [this, instrument, interval](feeds::BarsCopy bars) {
    boost::asio::post(io_, [this, instrument, interval, bars = std::move(bars)]() mutable {
      loaded_bars_.push_back({instrument, interval, std::move(bars)});
      if (loaded_bars_.size() == 1) load_bars();
    });
  });
}

// One takes half a millisecond, so others have their turn after each.
void Shard::load_bars() noexcept {
  if (stopping_) return;
  const auto next = std::move(loaded_bars_.front());
  fan_out_.on_bars(next.instrument, next.interval, *next.bars);
  work();
  boost::asio::post(io_, [this] {
    loaded_bars_.pop_front();
    if (!loaded_bars_.empty()) load_bars();
  });
}

// One at least of the feeds' threads does, or did until now: what it says of that must be read
// first.
bool Shard::stands_still() const {
  const auto now = monotonic_now();
  return std::ranges::any_of(sources_, [now](const Source& source) {
    if (source.beat == nullptr) return false;
    return source.still || source.beat->age(now) > feeds::Beat::kLimit ||
           source.beat->pauses() != source.pauses;
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
  watch_feeds(monotonic_now());
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    RingReader reader{*this, i};
    std::size_t read = 0;
    // What is old is not sent on while something newer may lie behind it.
    for (int turns = 0; turns < kMostOldTurns; ++turns) {
      read = sources_[i].ring->drain(reader, kDrainBudget);
      drained += read;
      if (read < kDrainBudget || !is_old(reader.last)) break;
    }
    sources_[i].drained = read < kDrainBudget;
    more = more || read == kDrainBudget;
  }
  const auto read_at = drained > 0 ? wall_now() : schemas::Timestamp{};
  counters_.ticks.add(drained);
  show_moving_feeds();
  const auto now = monotonic_now();
  scheduler_.mark(now);
  waterfall_.end_batch(read_at, fan_out_.flush_now().added());
  const bool waiting = scheduler_.flush_immediate(now);
  if (waterfall_.waits()) waterfall_.on_flushed(wall_now(), fan_out_.flush_now().popped());
  return more || waiting;
}

// Whoever sends judges: a thread that stands still cannot say that what it said is old.
void Shard::watch_feeds(Monotonic now) {
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    Source& source = sources_[i];
    if (source.beat == nullptr) continue;
    const bool beats = source.beat->age(now) <= feeds::Beat::kLimit;
    const auto pauses = source.beat->pauses();
    const bool paused = std::exchange(source.pauses, pauses) != pauses;  // over before we looked
    if (!source.still && (paused || !beats)) {
      source.still = true;
      fan_out_.stand_still(i, wall_now());
    }
    source.moving = source.still && beats;
  }
}

// Once it beats, what it said of itself before that is in its ring; so that comes first.
void Shard::show_moving_feeds() {
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    Source& source = sources_[i];
    if (!source.moving || !source.drained) continue;
    source.still = source.moving = false;
    fan_out_.move_again(i);
  }
}

void Shard::schedule(Connection& connection, Monotonic due) {
  scheduler_.schedule(connection, due);
  arm_flush_timer();
}

void Shard::arm_flush_timer() noexcept {
  const auto next = scheduler_.next();
  if (next >= flush_at_ || stopping_) return;
  flush_at_ = next;
  flush_timer_.expires_at(std::chrono::steady_clock::time_point{next});
  flush_timer_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    flush_at_ = scheduler_.kNever;
    // So that the round has the newest, and nobody is shown as live what a still thread said.
    if (scheduler_.idles() || stands_still()) work();
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

// Of this thread.
void Shard::notice_pause(Monotonic now) {
  if (now - next_sweep_ < kPause) return;
  for (auto* connection : connections_) connection->forgive(next_sweep_, now);
  if (drain_) drain_->pace.forgive(now - next_sweep_);
  next_sweep_ = now;
}

// Everything that waits for a deadline is looked at in one round: no timer per connection.
void Shard::sweep() {
  if (stopping_) return;
  const auto now = monotonic_now();
  counters_.loop_lag.observe(now - next_sweep_);
  notice_pause(now);
  last_turn_.set(now.count());
  shed_some();
  drain_some(now);
  sweep_some(now);
  door_.sweep(now);
  note_descriptors();
  for (std::size_t i = 0; i < subscription_gauges_.size(); ++i) {
    subscription_gauges_[i].set(static_cast<std::int64_t>(
        fan_out_.subscriptions().count(static_cast<schemas::Channel>(i))));
  }
  fan_out_.sweep(now);
  if (stands_still()) work();
  scheduler_.flush_immediate(now, scheduler_.kFlushesPerTurn);
  next_sweep_ = now + (draining() ? kDrainSweepInterval : kSweepInterval);
  sweep_timer_.expires_at(std::chrono::steady_clock::time_point{next_sweep_});
  sweep_timer_.async_wait([this](boost::system::error_code error) {
    if (!error) sweep();
  });
}

// Each connection once in kSweepTurns sweeps. Backwards: one that ends leaves its place to the
// last.
void Shard::sweep_some(Monotonic now) {
  const auto all = connections_.size();
  const auto some = all / kSweepTurns + 1;
  for (std::size_t i = 0; i < some && !connections_.empty(); ++i) {
    if (swept_ == 0) swept_ = connections_.size();
    swept_ = std::min(swept_, connections_.size()) - 1;
    connections_[swept_]->sweep(now);
  }
}

// The memory budget is nearly spent. Without a word: a Close would stand behind what is not read.
void Shard::shed_some() {
  const auto excess = settings_.memory == nullptr ? 0 : settings_.memory->excess();
  if (excess > 0) shed(excess);
}

void Shard::shed(std::size_t excess) try {
  std::vector<Holding> holdings;
  holdings.reserve(connections_.size());
  for (const auto* connection : connections_) {
    holdings.push_back({connection->waiting_bytes(), connection->held_bytes(), holdings.size()});
  }
  std::vector<std::pair<Connection*, std::size_t>> chosen;
  for (const auto& holding : choose_to_shed(holdings, excess, kMostShed)) {
    chosen.emplace_back(connections_[holding.client], holding.all);
  }
  for (const auto& [connection, bytes] : chosen) {
    connection->abort(CloseReason::kOverloaded);
    settings_.memory->note_shed(bytes);
  }
} catch (const std::bad_alloc&) {
  client_counters_.out_of_memory.add();  // the next sweep tries again
}

}  // namespace tickgate::gateway
