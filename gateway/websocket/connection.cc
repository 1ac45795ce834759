// SPDX-License-Identifier: Apache-2.0
#include "gateway/websocket/connection.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cstddef>
#include <system_error>
#include <utility>

#include "gateway/net/socket_options.h"
#include "gateway/websocket/frame_composer.h"

namespace tickgate::gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Frames for one client in a row, before others have their turn.
constexpr int kFramesPerTurn = 4;
// For our Close to leave; then the socket is reset.
constexpr seconds kCloseTime{2};
// After our Close has left: for the client's to come, behind whatever it had on its way.
constexpr seconds kAnswerTime{2};
// After our side has ended: for the client to end its own.
constexpr seconds kLingerTime{1};
// What may come meanwhile: bytes on their way to us; whoever goes on sending is reset.
constexpr std::int32_t kMostDiscarded = 4 << 20;
constexpr seconds kHeartbeatInterval{5};
// A client whose socket was full so long is slowed down, and told.
constexpr seconds kDegradeAfter{1};
constexpr std::uint32_t kDegradedIntervalMs = 500;
// Without a full socket for so long it gets its own interval back.
constexpr seconds kRestoreAfter{10};

std::uint32_t tenths(Monotonic time) {
  return static_cast<std::uint32_t>(time / milliseconds(100));
}

}  // namespace

Connection::Connection(ConnectionHost& host, Socket socket, std::unique_ptr<Transport> transport,
                       const Peer& peer, Monotonic now, Admission admission)
    : host_(host),
      transport_(std::move(transport)),
      last_sent_(now),
      peer_port_(peer.port),
      socket_(std::move(socket)),
      reader_(ReaderLimits{host.limits().message_bytes, 1024}),
      last_received_(now),
      last_ping_(now),
      last_progress_(now),
      tokens_at_(now),
      tokens_(static_cast<float>(host.limits().request_burst)),
      reading_left_(reading_budget()),
      opened_(tenths(now)),
      peer_(peer.address) {
  // Holds for a class with bases too, none of them being virtual.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winvalid-offsetof"
  static_assert(kHotBytes == offsetof(Connection, socket_), "what every flush touches comes first");
#pragma GCC diagnostic pop
  if (admission.guarded) {
    standing_ = std::make_unique<ClientStanding>();
    standing_->host = admission.host;
    standing_->generation = admission.generation;
    standing_->place = std::move(admission.place);
    standing_->deadline = now + host_.auth_time();
    grant = std::move(admission.grant);
    if (grant != nullptr) stand(*grant);
  }
  host_.counters().connections.add(1);
  host_.counters().connections_opened.add();
}

void Connection::start() {
  serve_alone([this] { wait_read(); });
}

bool Connection::on_due() {
  scheduled_.pop_back();
  if (phase_ != Phase::kClosed) return true;
  delete_if_done();
  return false;
}

void Connection::flush(Monotonic now) {
  serve_alone([this, now] { flush_owed(now); });
}

void Connection::flush_owed(Monotonic now) {
  if (phase_ != Phase::kOpen || request != nullptr || blocked()) return;
  std::optional<Monotonic> due;
  for (int i = 0; i < kFramesPerTurn; ++i) {
    const bool sent = flush_once(now);
    if (phase_ != Phase::kOpen || blocked()) return;
    due = Subscriber::due();
    if (!sent || !due.has_value() || *due > now) break;
  }
  if (due.has_value()) schedule(std::max(*due, now));
  if (reading_ || !wants_to_read()) return;
  last_received_ = now;  // what it sent while it was not read counts from here
  wait_read();
}

bool Connection::flush_once(Monotonic now) {
  auto& scratch = host_.scratch();
  scratch.clear();
  const auto start = begin_frame(scratch);
  const auto sent = stamped ? wall_now() : schemas::Timestamp{};
  if (!host_.fan_out(grant.get()).compose(*this, now, scratch, sent)) return false;
  last_sent_ = now;
  write(finish_frame(scratch, start));
  return phase_ == Phase::kOpen;
}

void Connection::schedule(Monotonic due) {
  if (!scheduled_.empty() && scheduled_.back() <= due) return;
  scheduled_.reserve(scheduled_.size() + 1);  // there are few: as many as it has intervals
  host_.schedule(*this, due);
  scheduled_.push_back(due);
}

void Connection::drain(Monotonic now, milliseconds delay) {
  if (phase_ != Phase::kOpen || draining_) return;
  serve_alone([this, now, delay] {
    replies.add_drain(delay.count());
    draining_ = true;
    deadline_ = now + delay;
    flush(now);
  });
}

void Connection::end_stream(Monotonic now, milliseconds delay) {
  if (phase_ != Phase::kOpen || ended_) return;
  flush(now);
  if (phase_ != Phase::kOpen) return;
  host_.on_leaving(*this);
  host_.fan_out(grant.get()).remove(*this);
  later_.reset();
  deadline_ = draining_ ? std::min(deadline_, now + delay) : now + delay;
  ended_ = draining_ = true;
}

void Connection::close(CloseReason reason, std::string_view why) {
  serve_alone([this, reason, why] {
    std::string frame;
    append_close(frame, reason, why);
    begin_closing({reason, "gateway", close_info(reason).code, why}, frame);
  });
}

void Connection::abort(CloseReason reason) {
  note_end({reason, "gateway", 0, {}});
  finish(true);
}

// Who reads is told. Of one who does not, the Close would stand behind what is to be freed.
void Connection::shed() {
  if (phase_ == Phase::kOpen && !blocked()) return close(CloseReason::kOverloaded);
  abort(CloseReason::kOverloaded);
}

std::size_t Connection::waiting_bytes() const {
  return unsent_.size() + replies.size() + reader_.held_bytes() +
         (later_ == nullptr ? 0 : later_->bytes());
}

std::size_t Connection::held_bytes() const {
  return waiting_bytes() + outbox.size() * (sizeof(Slot) + sizeof(SubscriptionGroup::Member));
}

// Nothing follows this Close, which goes behind what is already on its way.
void Connection::begin_closing(const ConnectionEnd& end, const std::string& frame) {
  if (phase_ != Phase::kOpen) return;
  note_end(end);
  host_.on_leaving(*this);
  host_.fan_out(grant.get()).remove(*this);
  leave_checkpoint();
  pong_.reset();
  later_.reset();
  reader_.stop();
  reading_left_ = kMostDiscarded;
  phase_ = Phase::kClosing;
  deadline_ = monotonic_now() + kCloseTime;
  write(frame);
  if (phase_ == Phase::kClosing && !blocked()) on_close_sent();
  wait_read();
}

// Whoever sees our side end before its own Close has left calls the end unclean.
void Connection::on_close_sent() {
  if (reader_.ended()) return end_sending();
  phase_ = Phase::kAwaiting;
  deadline_ = monotonic_now() + kAnswerTime;
}

void Connection::end_sending() {
  transport_->shutdown();
  boost::system::error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  phase_ = Phase::kLingering;
  deadline_ = monotonic_now() + kLingerTime;
}

// Deleted later: whoever called may still be on the stack.
void Connection::finish(bool reset) {
  if (phase_ == Phase::kClosed) return;
  host_.on_leaving(*this);
  host_.fan_out(grant.get()).remove(*this);
  outbox.reset();  // it may stand in the schedule for a minute more
  leave_checkpoint();
  if (reset) abort_on_close(socket_.native_handle());
  boost::system::error_code ignored;
  socket_.close(ignored);
  phase_ = Phase::kClosed;
  host_.counters().unsent_bytes.add(-static_cast<std::int64_t>(unsent_.size()));
  std::string().swap(unsent_);  // for the same reason
  host_.counters().connections.add(-1);
  host_.on_closed(*this);
  post([] {});
}

// What serving it has begun is its own to lose: what many share is whole at every moment that an
// allocation may fail, or the process ends there. What it held is free again for the one small
// block that is needed to delete it; without that one the process ends.
void Connection::out_of_memory() noexcept {
  host_.counters().out_of_memory.add();
  abort(CloseReason::kOverloaded);
}

void Connection::delete_if_done() {
  if (phase_ == Phase::kClosed && !reading_ && !writing_ && posted_ == 0 && scheduled_.empty()) {
    delete this;
  }
}

// The first that is said of it is why it ends.
void Connection::note_end(const ConnectionEnd& end) {
  if (std::exchange(end_noted_, true)) return;
  host_.counters().closed[static_cast<std::size_t>(end.reason)].add();
  const auto now = monotonic_now();
  const auto lasted = std::int64_t{100} * (tenths(now) - opened_);
  try {
    ConnectionLife life{peer_text(peer_, peer_port_), lasted, outbox.size(), bytes_sent_};
    if (grant != nullptr) {
      life.subject = grant->subject;
      life.credential_kind = credential_kind(*grant);
    }
    host_.end_log().note(end, life, now);
  } catch (const std::bad_alloc&) {  // the line is lost; this may be how memory ends for it
  }
}

// Nothing can be said to it any more.
void Connection::lose(const IoResult& result) {
  const auto why =
      result.error == 0 ? "end of stream" : std::generic_category().message(result.error);
  note_end({CloseReason::kPeerLost, "network", 0, why});
  finish(false);
}

// Step 10 of a tick's life, at once.
// Sends whole frames. What the socket does not take is kept; only control frames and our Close may
// be written while something is kept, and go behind it.
void Connection::write(std::span<const char> bytes) {
  host_.counters().frames_sent.add();
  if (blocked()) {
    unsent_.append(bytes.data(), bytes.size());
    host_.counters().unsent_bytes.add(static_cast<std::int64_t>(bytes.size()));
    return;
  }
  while (!bytes.empty()) {
    const auto result = transport_->write_some(bytes);
    if (result.status != IoStatus::kOk) return keep(bytes, result);
    host_.counters().bytes_sent.add(result.size);
    bytes_sent_ += result.size;
    bytes = bytes.subspan(result.size);
  }
}

void Connection::keep(std::span<const char> bytes, const IoResult& result) {
  const auto wanted = result.status;
  if (wanted == IoStatus::kWantRead || wanted == IoStatus::kWantWrite) {
    last_progress_ = last_blocked_ = monotonic_now();
    unsent_.assign(bytes.data(), bytes.size());
    host_.counters().unsent_bytes.add(static_cast<std::int64_t>(bytes.size()));
    return wanted == IoStatus::kWantWrite ? wait_write() : wait_read();
  }
  lose(result);
}

void Connection::write_unsent() {
  std::size_t sent = 0;
  IoResult result;
  while (sent < unsent_.size()) {
    result = transport_->write_some(std::span<const char>(unsent_).subspan(sent));
    if (result.status != IoStatus::kOk) break;
    sent += result.size;
  }
  if (sent > 0) {
    last_progress_ = monotonic_now();
    host_.counters().bytes_sent.add(sent);
    bytes_sent_ += sent;
    host_.counters().unsent_bytes.add(-static_cast<std::int64_t>(sent));
    unsent_.erase(0, sent);
  }
  if (!unsent_.empty()) {
    last_blocked_ = monotonic_now();
    if (result.status == IoStatus::kWantWrite) return wait_write();
    if (result.status == IoStatus::kWantRead) return wait_read();
    return lose(result);
  }
  std::string().swap(unsent_);  // an idle client holds no memory for it
  if (phase_ == Phase::kClosing) return on_close_sent();
  answer_ping();
  flush(monotonic_now());
}

// What happened after `since` happened behind the pause. A deadline of closing may too, but that is
// short: it is not moved beyond what it can be.
void Connection::forgive(Monotonic since, Monotonic now) {
  const auto paused = now - since;
  for (auto* moment : {&last_received_, &last_ping_, &last_progress_, &last_blocked_}) {
    if (*moment < since) *moment += paused;
  }
  deadline_ += paused;
  if (phase_ != Phase::kOpen) deadline_ = std::min(deadline_, now + kCloseTime);
}

void Connection::sweep(Monotonic now) {
  serve_alone([this, now] { sweep_phase(now); });
}

void Connection::sweep_phase(Monotonic now) {
  switch (phase_) {
    case Phase::kOpen:
      return sweep_open(now);
    case Phase::kClosing:
      if (now >= deadline_) finish(true);
      return;
    case Phase::kAwaiting:
      if (now < deadline_) return;
      end_sending();
      return finish(false);
    case Phase::kLingering:
      if (now >= deadline_) finish(false);
      return;
    case Phase::kClosed:
      return;
  }
}

void Connection::sweep_open(Monotonic now) {
  const auto& limits = host_.limits();
  if (draining_ && now >= deadline_) return close(CloseReason::kRestart);
  if (standing_ != nullptr) sweep_access(now);
  if (phase_ != Phase::kOpen) return;
  if (wants_to_read() && now - last_received_ > limits.idle_time) {
    return close(CloseReason::kNoPong);
  }
  reading_left_ = std::min(reading_budget(), reading_left_ + reading_budget());
  if (wants_to_read()) wait_read();
  if (blocked()) return sweep_slow(now);
  if (later_ != nullptr) {
    serve_waiting(now);
    flush(now);
    if (phase_ != Phase::kOpen || blocked()) return;
  }
  if (outbox.floor_ms() > 0 && now - last_blocked_ >= kRestoreAfter) {
    outbox.set_floor(0);
    replies.add_restored();
    flush(now);
  } else if (now - last_sent_ >= kHeartbeatInterval) {
    replies.add_heartbeat(wall_now());
    flush(now);
  }
  if (phase_ == Phase::kOpen && !blocked() && now - last_ping_ >= limits.ping_interval()) {
    last_ping_ = now;
    pong_awaited_ = true;
    std::string frame;
    append_ping(frame, {});
    write(frame);
  }
}

void Connection::sweep_slow(Monotonic now) {
  const auto stalled = now - last_progress_;
  if (stalled > host_.limits().write_deadline) return close(CloseReason::kSlowConsumer);
  if (stalled < kDegradeAfter || outbox.floor_ms() > 0) return;
  host_.counters().degraded.add();
  outbox.set_floor(kDegradedIntervalMs);
  replies.add_degraded(kDegradedIntervalMs);
}

}  // namespace tickgate::gateway
