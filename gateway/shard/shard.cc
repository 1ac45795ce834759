// SPDX-License-Identifier: Apache-2.0
#include "gateway/shard/shard.h"

#include <algorithm>
#include <new>
#include <utility>

#include "schemas/check.h"

namespace tickgate::gateway {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kReadBuffer = 65'536;
constexpr milliseconds kSweepInterval{100};
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

std::shared_ptr<SubjectCounts> shared_subjects(const ShardSettings& settings) {
  if (settings.subjects != nullptr) return settings.subjects;
  return std::make_shared<SubjectCounts>();
}

std::optional<AddressTries> tries_at(AddressTable* table) {
  if (table == nullptr) return std::nullopt;
  return std::optional<AddressTries>(std::in_place, *table);
}

}  // namespace

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
      door_("public", io_, client_counters_, shared_visitors(settings_)),
      tries_(tries_at(settings_.addresses)),
      checkpoint_(settings_.guard, tries_ ? &*tries_ : nullptr, shared_subjects(settings_)),
      read_buffer_(kReadBuffer) {
  set_rules();
  add_lane(0);
  if (settings_.ledger != nullptr) {
    usage_ = std::make_unique<UsageWatch>(*settings_.ledger, settings_.index, wall_now(),
                                          client_counters_.out_of_memory);
  }
  nowhere_ = std::make_unique<Lane>(fan_out_limits(settings_.limits), settings_.epoch,
                                    Market::kNever, fan_out_counters_, doorbell_, nullptr);
}

Shard::~Shard() {
  stop();
  bell_.release();  // the doorbell's own
}

feeds::TickRing& Shard::add_ring(std::size_t bytes) { return live().add_ring(bytes); }

Lane& Shard::add_lane(std::uint32_t delay_s) {
  TICKGATE_CHECK(lanes_.empty() || delay_s > lanes_.back()->delay_s());
  Lane& lane = *lanes_.emplace_back(
      std::make_unique<Lane>(fan_out_limits(settings_.limits), settings_.epoch, delay_s,
                             fan_out_counters_, doorbell_, delay_s == 0 ? &waterfall_ : nullptr));
  lane.on_epoch([this, &lane] { end_streams(lane); },
                [this, &lane](std::string_view epoch) {
                  if (&lane == &live()) nowhere_->fan_out().name_epoch(epoch);
                  note_name();
                });
  if (settings_.demand != nullptr) lane.fan_out().report_to(*settings_.demand);
  if (settings_.ask_bars) {
    lane.connect_bars([this](Lane& asks, auto instrument,
                             auto interval) { ask_bars(asks, instrument, interval); },
                      *settings_.bar_demand);
  }
  return lane;
}

// Nobody is told anything sooner than he may: where there is no such delay, by the next longer one,
// and where there is none of these, he is told that.
Lane& Shard::lane_of(const Grant* grant) {
  if (grant == nullptr || grant->delay_s == 0) [[likely]]
    return live();
  for (const auto& lane : lanes_) {
    if (lane->delay_s() >= grant->delay_s) return *lane;
  }
  return *nowhere_;
}

// Each lane has a name, once it has one.
void Shard::note_name() {
  named_.store(std::ranges::none_of(
                   lanes_, [](const auto& lane) { return lane->fan_out().epoch().empty(); }),
               std::memory_order_relaxed);
}

void Shard::start() {
  note_name();
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
    if (usage_ != nullptr) usage_->end();
    for (const auto& lane : lanes_) lane->scheduler().end();
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
  const bool with_bell =
      std::ranges::any_of(lanes_, [](const auto& lane) { return lane->scheduler().needs_bell(); });
  if (!more && with_bell && doorbell_.prepare_to_sleep()) more = drain_rings();
  const auto now = monotonic_now();
  for (const auto& lane : lanes_) {
    with_bell ? lane->scheduler().sleep_with_bell() : lane->scheduler().idle(now);
  }
  arm_flush_timer();  // rounds come though the rings never be empty
  if (!more || std::exchange(work_posted_, true)) return;
  boost::asio::post(io_, [this] {
    work_posted_ = false;
    work();
  });
}

// On a feed's thread the answer is handed on, and no more.
void Shard::ask_bars(Lane& lane, schemas::InstrumentId instrument, schemas::Interval interval) {
  const auto restarts = lane.restarts();
  settings_.ask_bars(instrument, interval, [=, this, &lane](feeds::BarsCopy bars) {
    boost::asio::post(io_, [=, this, &lane, bars = std::move(bars)]() mutable {
      loaded_bars_.push_back({&lane, instrument, interval, restarts, std::move(bars)});
      if (loaded_bars_.size() == 1) load_bars();
    });
  });
}

// One takes half a millisecond, so others have their turn after each.
void Shard::load_bars() noexcept {
  if (stopping_) return;
  const auto next = std::move(loaded_bars_.front());
  if (next.restarts == next.lane->restarts()) {
    next.lane->on_bars(next.instrument, next.interval, *next.bars);
  } else {
    ask_bars(*next.lane, next.instrument, next.interval);  // those were of another run
  }
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
  return std::ranges::any_of(lanes_, [now](const auto& lane) { return lane->stands_still(now); });
}

// All lanes do, or none.
bool Shard::idles() const { return lanes_.front()->scheduler().idles(); }

void Shard::catch_up() {
  if (idles() || stands_still()) work();
}

// Idle, it may have to look sooner now, or to sleep no more without the bell.
void Shard::on_subscribed() {
  const auto now = monotonic_now();
  for (const auto& lane : lanes_) {
    if (lane->scheduler().on_subscribed(now)) return work();
  }
  arm_flush_timer();
}

// True: a ring had more than its budget, or somebody waits.
bool Shard::drain_rings() {
  bool more = false;
  for (const auto& lane : lanes_) {
    const auto drained = lane->drain();
    if (lane == lanes_.front()) counters_.ticks.add(drained.ticks);
    more = more || drained.more;
  }
  return more;
}

void Shard::schedule(Connection& connection, Monotonic due) {
  lane_of(connection.grant.get()).scheduler().schedule(connection, due);
  arm_flush_timer();
}

void Shard::arm_flush_timer() noexcept {
  auto next = FlushScheduler<Connection>::kNever;
  for (const auto& lane : lanes_) next = std::min(next, lane->scheduler().next());
  if (next >= flush_at_ || stopping_) return;
  flush_at_ = next;
  flush_timer_.expires_at(std::chrono::steady_clock::time_point{next});
  flush_timer_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    flush_at_ = FlushScheduler<Connection>::kNever;
    // So that the round has the newest, and nobody is shown as live what a still thread said.
    catch_up();
    for (const auto& lane : lanes_) lane->scheduler().begin_rounds(monotonic_now());
    flush_round();
    arm_flush_timer();
  });
}

void Shard::flush_round() {
  bool more = false;
  for (const auto& lane : lanes_) more = lane->scheduler().flush_piece(monotonic_now()) || more;
  if (!more || std::exchange(round_posted_, true)) return;
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
  notice_guard();
  sweep_some(now);
  watch_usage(now);
  door_.sweep(now);
  site_.sweep(now);
  note_descriptors();
  for (std::size_t i = 0; i < subscription_gauges_.size(); ++i) {
    std::size_t count = 0;
    for (const auto& lane : lanes_) {
      count += lane->fan_out().subscriptions().count(static_cast<schemas::Channel>(i));
    }
    subscription_gauges_[i].set(static_cast<std::int64_t>(count));
  }
  for (const auto& lane : lanes_) lane->sweep(now);
  if (stands_still()) work();
  for (const auto& lane : lanes_) {
    auto& scheduler = lane->scheduler();
    scheduler.flush_immediate(now, scheduler.kFlushesPerTurn);
  }
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

// The memory budget is nearly spent.
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
    connection->shed();
    settings_.memory->note_shed(bytes);
  }
} catch (const std::bad_alloc&) {
  client_counters_.out_of_memory.add();  // the next sweep tries again
}

}  // namespace tickgate::gateway
