// SPDX-License-Identifier: Apache-2.0
#include "tests/support/simulated_shard.h"

#include <algorithm>

namespace tickgate::testing {

using std::chrono::milliseconds;

bool SimulatedClient::blocked() const { return blocked_until_ > shard_.now(); }

void SimulatedClient::flush(Monotonic now) {
  if (!open_ || blocked()) return;
  shard_.on_flush(*this, now);
  std::string frame;
  if (shard_.fan_out().compose(*this, now, frame)) {
    shard_.on_frame(*this, now, frame);
    read(frame, now);
  }
  const auto due = outbox.due();
  if (!due.has_value()) return;
  const auto at = std::max(*due, now);
  if (!scheduled_.empty() && scheduled_.back() <= at) return;
  scheduled_.push_back(at);
  shard_.scheduler().schedule(*this, at);
  shard_.arm_timer();
}

void SimulatedClient::read(std::string_view frame, Monotonic now) {
  const auto number_after = [&](std::string_view key, std::size_t from) {
    std::uint64_t number = 0;
    for (auto i = frame.find(key, from) + key.size(); i < frame.size() && frame[i] >= '0'; ++i) {
      if (frame[i] > '9') break;
      number = 10 * number + static_cast<std::uint64_t>(frame[i] - '0');
    }
    return number;
  };
  constexpr std::string_view kObject = "{\"type\":\"";
  for (auto at = frame.find(kObject); at != frame.npos; at = frame.find(kObject, at + 1)) {
    const auto type = frame.substr(at + kObject.size());
    const auto instrument = number_after("\"symbol\":\"SIM:X", at);
    if (type.starts_with("quote")) on_quote(instrument, number_after("\"seq\":", at), now);
    if (type.starts_with("status")) on_status(instrument, number_after("\"seq\":", at));
  }
}

void SimulatedClient::on_quote(std::size_t instrument, std::uint64_t sequence, Monotonic now) {
  ASSERT_TRUE(wanted_.contains(instrument)) << id_ << " never asked for " << instrument;
  auto& wanted = wanted_[instrument];
  auto& pace = paces_[wanted.interval_ms];
  const Monotonic interval = milliseconds{wanted.interval_ms};
  const auto slack = shard_.slack(wanted.interval_ms);
  ASSERT_GT(sequence, wanted.quote) << id_ << " is sent a value twice, or an old one";
  if (!pace.anew && now != pace.last) {
    EXPECT_GE(now - pace.last, interval) << id_ << ": interval undercut";
  }
  EXPECT_LE(shard_.now() - now, slack) << id_ << ": a round so late";

  // It was owed since the first tick that it had not seen. The rings are looked at on the grid of
  // intervals up to 50 ms and of their multiples, so for others a tick may be found a little late.
  const bool on_grid = wanted.interval_ms <= 50 || wanted.interval_ms % 50 == 0;
  auto owed = shard_.quotes(instrument).at(wanted.quote) + milliseconds{on_grid ? 0 : 50};
  const auto pause = std::max({pace.last, pace.asked, blocked_until_}) + interval;
  owed = std::max({owed, wanted.since, pause});
  EXPECT_LE(shard_.now(), owed + interval + slack) << id_ << " starved at " << wanted.interval_ms;
  wanted.quote = sequence;
  pace.last = now;
  pace.anew = false;
}

void SimulatedClient::on_status(std::size_t instrument, std::uint64_t sequence) {
  ASSERT_TRUE(wanted_.contains(instrument)) << id_ << " never asked for " << instrument;
  auto& wanted = wanted_[instrument];
  if (sequence == wanted.status) return;  // with another's subscription
  const auto pushed = shard_.statuses(instrument).at(wanted.status);
  EXPECT_LE(shard_.now(),
            std::max({pushed, wanted.since, blocked_until_}) + shard_.slack(wanted.interval_ms))
      << id_ << ": a status waited";
  wanted.status = sequence;
}

void SimulatedClient::expect_everything() const {
  for (const auto& [instrument, wanted] : wanted_) {
    EXPECT_EQ(wanted.quote, shard_.quotes(instrument).size()) << id_ << ", " << instrument;
    EXPECT_EQ(wanted.status, shard_.statuses(instrument).size()) << id_ << ", " << instrument;
  }
}

void SimulatedClient::subscribe(std::size_t instrument, std::uint32_t interval_ms) {
  open_ = true;
  const auto before = wanted_.find(instrument);
  const auto left = before == wanted_.end() ? interval_ms : before->second.interval_ms;
  wanted_[instrument] = {interval_ms, shard_.now()};
  paces_[interval_ms].asked = shard_.now();
  shard_.fan_out().subscribe(
      *this, "1",
      {schemas::Channel::kQuote, {shard_.instrument(instrument).symbol}, 1, interval_ms});
  forget_pace_if_unused(left);
}

void SimulatedClient::unsubscribe(std::size_t instrument) {
  const auto found = wanted_.find(instrument);
  if (found == wanted_.end()) return;
  const auto interval_ms = found->second.interval_ms;
  wanted_.erase(found);
  shard_.fan_out().unsubscribe(*this, "2",
                               {schemas::Channel::kQuote, {shard_.instrument(instrument).symbol}});
  forget_pace_if_unused(interval_ms);
}

void SimulatedClient::leave() {
  shard_.fan_out().remove(*this);
  outbox.reset();
  replies = {};
  wanted_.clear();
  paces_.clear();
  open_ = false;
}

void SimulatedClient::forget_pace_if_unused(std::uint32_t interval_ms) {
  for (const auto& [instrument, wanted] : wanted_) {
    if (wanted.interval_ms == interval_ms) return;
  }
  paces_[interval_ms].anew = true;
}

SimulatedShard::SimulatedShard(std::uint64_t seed, Profile profile)
    : random_(seed),
      profile_(std::move(profile)),
      quotes_(profile_.instruments),
      statuses_(profile_.instruments) {
  const auto count = static_cast<std::int64_t>(profile_.clients.size());
  const auto quick = std::count_if(profile_.clients.begin(), profile_.clients.end(),
                                   [](const auto& intervals) { return intervals.front() < 500; });
  const auto turns = [&](std::int64_t flushes) {
    return milliseconds{2} + flushes * (profile_.flush_cost + Monotonic{20});
  };
  slack_ = turns(3 * count);
  // What is under way is finished first: a piece. Only a status is everybody's at once.
  quick_slack_ = profile_.statuses ? slack_ : std::min(slack_, turns(128 + 64 + 2 * quick));
  for (std::size_t i = 0; i < profile_.instruments; ++i) {
    instruments_.push_back(&registry_.add("sim", "X" + std::to_string(i) + "-USD"));
    fan_out_.on_instrument(*instruments_.back());
    push_status(i);
  }
  for (std::size_t i = 0; i < profile_.clients.size(); ++i) {
    clients_.push_back(std::make_unique<SimulatedClient>(*this, i));
    later_.emplace(now_ + Monotonic{draw(500'000)}, Ready{Event::kAction, i});
  }
  later_.emplace(now_ + gap(profile_.push_gap), Ready{Event::kPush});
  later_.emplace(now_, Ready{Event::kSweep});
  signal();
}

// What the feeds do meanwhile is done; what the shard is to hear of is ready.
void SimulatedShard::pass(Monotonic time) {
  const auto until = now_ + time;
  while (!later_.empty() && later_.begin()->first <= until) {
    const auto next = later_.extract(later_.begin());
    now_ = std::max(now_, next.key());
    next.mapped().event == Event::kPush ? push() : ready_.push_back(next.mapped());
  }
  now_ = until;
}

void SimulatedShard::push() {
  if (now_ > busy_until_) return;
  const auto any = static_cast<std::size_t>(draw(static_cast<std::int64_t>(instruments_.size())));
  const auto kind = draw(40);
  if (kind == 0 && profile_.statuses) push_status(any);
  if (kind > 1) push_quote(any);
  if (kind > 36) {
    for (std::size_t i = 0; i < instruments_.size(); ++i) push_quote(i);
  }
  const bool quiet = kind == 1 && draw(10) == 0;
  later_.emplace(now_ + (quiet ? milliseconds{1'500} : gap(profile_.push_gap)),
                 Ready{Event::kPush});
}

void SimulatedShard::push_quote(std::size_t instrument) {
  quotes_[instrument].push_back(now_);
  ring_.emplace_back(instrument, quotes_[instrument].size());
  if (std::exchange(bell_, Bell::kRung) == Bell::kAsleep) signal();
}

void SimulatedShard::push_status(std::size_t instrument) {
  statuses_[instrument].push_back(now_);
  ring_.emplace_back(instrument, 0);
  bell_ = Bell::kRung;
  signal();
}

void SimulatedShard::signal() {
  if (!std::exchange(signalled_, true)) ready_.push_back({Event::kBell});
}

void SimulatedShard::act(SimulatedClient& client) {
  const auto& intervals = profile_.clients[client.id()];
  const auto any = static_cast<std::size_t>(draw(static_cast<std::int64_t>(instruments_.size())));
  const auto kind = draw(10);
  if (kind < 6) {
    if (scheduler_.idles()) work();
    client.subscribe(
        any,
        intervals[static_cast<std::size_t>(draw(static_cast<std::int64_t>(intervals.size())))]);
    on_subscribed();
  } else if (kind == 6) {
    client.unsubscribe(any);
  } else if (kind == 7 && draw(4) == 0) {
    client.leave();
  } else if (kind > 7 && !client.blocked()) {
    const auto until = now_ + Monotonic{1 + draw(1'500'000)};
    client.block(until);
    later_.emplace(until, Ready{Event::kWritable, client.id()});
    ++trace_.blocked;
  }
  client.flush(now_);
  const auto again = gap(profile_.action_gap * static_cast<std::int64_t>(clients_.size()));
  if (now_ + again < busy_until_) later_.emplace(now_ + again, Ready{Event::kAction, client.id()});
}

void SimulatedShard::on_flush(const SimulatedClient& client, Monotonic now) {
  ++flushes_;
  // By its own clock, or at the time of the round that it belongs to: whole milliseconds.
  EXPECT_TRUE(now == piece_started_ || now == now_ || now.count() % 1'000 == 0)
      << client.id() << " is flushed at " << now.count();
  pass(Monotonic{1 + draw(profile_.flush_cost.count())});
}

void SimulatedShard::on_frame(const SimulatedClient& client, Monotonic now,
                              std::string_view frame) {
  ++trace_.frames;
  const auto add = [&](std::uint64_t value) {
    trace_.hash = (trace_.hash ^ value) * 1099511628211U;
  };
  add(client.id());
  add(static_cast<std::uint64_t>(now.count()));
  add(static_cast<std::uint64_t>(now_.count()));
  for (const char c : frame) add(static_cast<unsigned char>(c));
}

SimulatedShard::Trace SimulatedShard::run(Monotonic busy, Monotonic calm) {
  busy_until_ = now_ + busy;
  const auto end = busy_until_ + calm;
  for (std::uint64_t turns = 0; now_ < end && !::testing::Test::HasFailure(); ++turns) {
    if (turns > 1'000'000) {
      ADD_FAILURE() << "it spins";
      break;
    }
    if (timer_at_ <= now_) {
      timer_at_ = Monotonic::max();
      ready_.push_back({Event::kTimer});
    }
    if (ready_.empty()) {
      expect_nothing_is_missed_asleep();
      pass(std::max(Monotonic{1}, std::min(timer_at_, later_.begin()->first) - now_));
      continue;
    }
    const auto next = ready_.front();
    ready_.pop_front();
    flushes_ = 0;
    pass(Monotonic{1 + draw(20)});
    handle(next);
    EXPECT_LE(flushes_, 64U + 256U) << "nobody holds up the others for so long";
  }
  for (const auto& client : clients_) client->expect_everything();
  return trace_;
}

void SimulatedShard::handle(Ready ready) {
  piece_started_ = now_;
  switch (ready.event) {
    case Event::kBell:
      ++trace_.bells;
      signalled_ = false;
      bell_ = Bell::kAwake;
      return work();
    case Event::kTimer:
      if (scheduler_.idles()) work();
      scheduler_.begin_rounds(now_);
      pass(Monotonic{1 + draw(50)});
      flush_round();
      return arm_timer();
    case Event::kWork:
      work_posted_ = false;
      return work();
    case Event::kRound:
      round_posted_ = false;
      return flush_round();
    case Event::kSweep:
      scheduler_.flush_immediate(now_, scheduler_.kFlushesPerTurn);
      later_.emplace(now_ + milliseconds{100}, Ready{Event::kSweep});
      return;
    case Event::kAction:
      return act(*clients_[ready.client]);
    case Event::kWritable:
      return clients_[ready.client]->flush(now_);
    case Event::kPush:  // is no business of the shard's
      return;
  }
}

void SimulatedShard::work() {
  bool more = drain_ring();
  const bool with_bell = scheduler_.needs_bell();
  if (!more && with_bell && std::exchange(bell_, Bell::kAsleep) == Bell::kRung) more = drain_ring();
  with_bell ? scheduler_.sleep_with_bell() : scheduler_.idle(now_);
  arm_timer();
  if (more && !std::exchange(work_posted_, true)) ready_.push_back({Event::kWork});
}

bool SimulatedShard::drain_ring() {
  constexpr std::size_t kBudget = 50;
  std::size_t drained = 0;
  for (; drained < kBudget && !ring_.empty(); ++drained) {
    const auto [instrument, sequence] = ring_.front();
    ring_.pop_front();
    if (sequence > 0) {
      fan_out_.on_tick(quote(*instruments_[instrument], sequence));
    } else {
      const auto count = statuses_[instrument].size();
      fan_out_.on_tick(status(*instruments_[instrument], count,
                              count % 2 == 0 ? schemas::State::kStale : schemas::State::kLive));
    }
  }
  piece_started_ = now_;
  scheduler_.mark(now_);
  const auto before = fan_out_.flush_now().popped();
  const bool waiting = scheduler_.flush_immediate(now_);
  EXPECT_LE(fan_out_.flush_now().popped() - before, 32U) << "the others wait for the next tick";
  return drained == kBudget || waiting;
}

void SimulatedShard::flush_round() {
  ++trace_.pieces;
  const auto& immediate = fan_out_.flush_now();
  const auto before = immediate.popped();
  const bool immediate_waits = !immediate.empty();
  const auto slow = fan_out_.flush_in_slow_round().popped();
  const bool quick_waits = !fan_out_.flush_in_quick_round().empty();
  piece_started_ = now_;
  const bool more = scheduler_.flush_piece(now_);
  EXPECT_TRUE(!immediate_waits || immediate.popped() > before) << "a round went first";
  if (quick_waits) {
    EXPECT_EQ(fan_out_.flush_in_slow_round().popped(), slow) << "a slow round went first";
  }
  if (more && !std::exchange(round_posted_, true)) ready_.push_back({Event::kRound});
}

void SimulatedShard::on_subscribed() {
  if (scheduler_.on_subscribed(now_)) return work();
  arm_timer();
}

void SimulatedShard::arm_timer() { timer_at_ = std::min(timer_at_, scheduler_.next()); }

void SimulatedShard::expect_nothing_is_missed_asleep() {
  EXPECT_TRUE(fan_out_.flush_in_quick_round().empty() && fan_out_.flush_in_slow_round().empty())
      << "a round is forgotten";
  EXPECT_TRUE(scheduler_.idles() || ring_.empty()) << "no bell will ring for what is in the ring";
  EXPECT_FALSE(scheduler_.idles() && scheduler_.needs_bell()) << "somebody wants every value";
  EXPECT_LE(timer_at_, fan_out_.next_round().value_or(Monotonic::max()));
  if (!scheduler_.idles()) return;
  ++trace_.idle_sleeps;
  std::uint32_t look = 50;
  for (const auto& [interval_ms, count] : fan_out_.subscriptions().intervals()) {
    if (interval_ms > 0) look = std::min(look, interval_ms);
  }
  EXPECT_LE(timer_at_, now_ + milliseconds{look}) << "the next look is missed";
}

}  // namespace tickgate::testing
