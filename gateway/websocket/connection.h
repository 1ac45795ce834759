// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/post.hpp>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/access/checkpoint.h"
#include "gateway/config/config.h"
#include "gateway/fanout/fan_out.h"
#include "gateway/fanout/monotonic.h"
#include "gateway/fanout/prefetch.h"
#include "gateway/fanout/subscriber.h"
#include "gateway/http/client_counters.h"
#include "gateway/net/clock.h"
#include "gateway/net/peer.h"
#include "gateway/net/socket.h"
#include "gateway/net/transport.h"
#include "gateway/protocol/client_request.h"
#include "gateway/protocol/close_code.h"
#include "gateway/websocket/client_report.h"
#include "gateway/websocket/client_standing.h"
#include "gateway/websocket/end_log.h"
#include "gateway/websocket/frame_reader.h"
#include "gateway/websocket/waiting_requests.h"

namespace tickgate::gateway {

class Connection;

// What a connection finds at its shard: shared buffers, the fan-out, the schedule. Outlives it; one
// thread.
class ConnectionHost {
 public:
  virtual ~ConnectionHost() = default;
  // The one of those with such a grant (null: who is not asked who he is), live or delayed.
  virtual FanOut& fan_out(const Grant* grant) = 0;
  virtual RequestParser& request_parser() = 0;
  virtual ClientCounters& counters() = 0;
  virtual const LimitsConfig& limits() const = 0;
  virtual Checkpoint* checkpoint() = 0;  // never null
  // From the upgrade to a credential in band.
  virtual Milliseconds auth_time() const = 0;
  // Brings the fan-out up to what the feeds have said by now. May flush, and so close, any
  // connection.
  virtual void catch_up() = 0;
  // There are subscriptions that may want ticks sooner than those before them. May flush, as above.
  virtual void on_subscribed() = 0;
  // Shared by all connections, each for the length of one call.
  virtual std::span<char> read_buffer() = 0;
  virtual std::string& scratch() = 0;
  virtual EndLog& end_log() = 0;
  // Call connection.on_due() at `due`.
  virtual void schedule(Connection& connection, Monotonic due) = 0;
  // It is about to be granted something else, and perhaps moved to another fan-out.
  virtual void on_regranting(Connection& /*connection*/, const Grant* /*next*/) {}
  // Its subscriptions are about to end, and it with them; may be said twice.
  virtual void on_leaving(Connection& connection) { (void)connection; }
  // Of many that have to come back, so much later than the first this one is to be closed.
  virtual std::chrono::milliseconds turn_of(const Connection& connection) const {
    (void)connection;
    return {};
  }
  // The connection is closed and must be referred to no more; it deletes itself when its pending
  // waits have come back.
  virtual void on_closed(Connection& connection) = 0;
};

// One client's stream after the upgrade: frames in, requests out to the fan-out, frames of what it
// is owed back. All writing goes through write(), in whole frames, so that nothing can ever land
// inside another frame. Its shard's thread only.
//
// Made by new, it deletes itself: when it is closed its waits for the socket, its own calls to come
// and moments in the host's schedule still refer to it, and whoever closed it may be one of its own
// calls further up. Only it knows when the last of them has come back.
class Connection final : public Subscriber, private FrameSink {
 public:
  Connection(ConnectionHost& host, Socket socket, std::unique_ptr<Transport> transport,
             const Peer& peer, Monotonic now, Admission admission = {});

  void start();
  // Step 9: one frame of the newest values, if anything is due and the last frame is gone.
  void flush(Monotonic now);
  // Asks the processor for what flush() will touch, in two steps, the second when the first has
  // come. A hint, without effect on anything but time.
  void prefetch() const { gateway::prefetch(this, kHotBytes); }
  void prefetch_owed() const {
    __builtin_prefetch(transport_.get());
    outbox.prefetch_owed();
  }
  // A few times a second: heartbeats, pings, and every deadline.
  void sweep(Monotonic now);
  // This thread stood still from about `since` to `now`: nobody was silent or slow meanwhile.
  void forgive(Monotonic since, Monotonic now);
  // Tells the client to come back after `delay`, and closes with 1012 then.
  void drain(Monotonic now, std::chrono::milliseconds delay);
  bool is_leaving() const { return draining_ || phase_ != Phase::kOpen; }
  // Sends what is due, if the socket takes it, and nothing of the market any more; nothing that it
  // asks for is served either. Closes with 1012 after `delay`.
  void end_stream(Monotonic now, std::chrono::milliseconds delay);
  // Another guard is asked from now on: what it was granted may be less, or nothing, from now on.
  void on_guard_changed();
  void close(CloseReason reason, std::string_view why = {});
  // At once, without a word (the process ends).
  void abort(CloseReason reason);
  // To free what it holds.
  void shed();
  // On the heap: what it does not read, and what it has asked and nobody has answered.
  std::size_t waiting_bytes() const;
  // The same with its subscriptions.
  std::size_t held_bytes() const;

  // What stands between it and us, and all that is known of it. The latter looks at each
  // subscription.
  Slowness slowness() const;
  ClientReport report(const Slowness& slowness, Monotonic now, schemas::Timestamp wall) const;
  std::size_t subscriptions() const { return outbox.size(); }
  const PeerAddress& peer_address() const { return peer_; }

  // The host's: its place in the list of connections.
  std::uint32_t index = 0;
  // The earliest of what schedule() asked for has come. True: it is to be flushed. False: it is
  // closed, and may be deleted by this.
  bool on_due();

 private:
  // kClosing: our Close is on its way. kAwaiting: it has left, the client's has not come.
  // kLingering: both have, and our side has ended.
  enum class Phase : std::uint8_t { kOpen, kClosing, kAwaiting, kLingering, kClosed };

  static constexpr std::size_t kHotBytes = 328;  // all before socket_

  // FrameSink.
  void on_text(std::string_view text) override;
  void on_binary(std::string_view bytes) override;
  void on_ping(std::string_view payload) override;
  void on_pong(std::string_view payload) override;
  void on_close(std::optional<std::uint16_t> code, std::string_view reason) override;
  void on_error(CloseReason reason, std::string_view why) override;

  void serve(std::string_view text);
  void handle(const ClientRequest& asked);
  bool is_busy() const {
    return request != nullptr || (standing_ != nullptr && standing_->waiting != nullptr);
  }
  // In connection_access.cc.
  bool is_unknown() const { return standing_ != nullptr && grant == nullptr; }
  void authenticate(std::string_view id, const std::string& token);
  Checkpoint::Checked check(std::string_view token);
  void judge(std::string_view id, const Checkpoint::Checked& checked);
  void take(std::string_view id, std::shared_ptr<const Grant> granted);
  void stand(const Grant& granted);
  void regrant(std::shared_ptr<const Grant> granted, std::chrono::milliseconds turn);
  void review();
  void ask_again(Monotonic now);
  void sweep_access(Monotonic now);
  void sweep_life();
  void leave_checkpoint();
  void turn_away(std::string_view id, ErrorCode code, std::string_view why, CloseReason reason);
  void go_on();
  void refuse(std::string_view id, ErrorCode code, std::string_view message);
  void serve_waiting(Monotonic now);
  bool spend_token(Monotonic now);

  void on_readable();
  void read(Monotonic now);
  void hear(std::span<char> bytes);
  void wait_read();
  void wait_write();

  void flush_owed(Monotonic now);
  bool flush_once(Monotonic now);
  void write(std::span<const char> bytes);
  void write_unsent();
  void keep(std::span<const char> bytes, const IoResult& result);
  void begin_closing(const ConnectionEnd& end, const std::string& frame);
  void on_close_sent();
  void end_sending();
  void lose(const IoResult& result);
  void finish(bool reset);
  void delete_if_done();
  void sweep_phase(Monotonic now);
  void sweep_open(Monotonic now);
  void sweep_slow(Monotonic now);
  void schedule(Monotonic due);
  template <typename Work>
  void post(Work work);
  template <typename Work>
  void serve_alone(Work work);
  void out_of_memory() noexcept;
  bool blocked() const { return !unsent_.empty(); }
  bool wants_to_read() const;
  std::int32_t reading_budget() const;
  void answer_ping();
  void note_end(const ConnectionEnd& end);

  // What every flush touches comes first, right behind the Subscriber: see prefetch().
  ConnectionHost& host_;
  std::unique_ptr<Transport> transport_;
  std::string unsent_;  // the rest of whole frames, bounded by frame and control size
  // Where it stands in the host's schedule, the earliest last: as many as it has intervals, at
  // most.
  std::vector<Monotonic> scheduled_;
  Monotonic last_sent_;
  std::uint64_t bytes_sent_ = 0;
  Phase phase_ = Phase::kOpen;
  bool draining_ : 1 = false;
  bool pong_awaited_ : 1 = false;
  bool ended_ : 1 = false;   // end_stream() was called
  bool reading_ = false;     // a wait for readability is pending
  bool writing_ = false;     // a wait for writability is pending
  std::uint8_t posted_ = 0;  // of our own calls to come
  bool end_noted_ = false;
  std::uint16_t peer_port_;  // cold, in a gap

  Socket socket_;
  FrameReader reader_;
  std::unique_ptr<ClientStanding> standing_;  // null: nobody has to say who he is
  std::unique_ptr<WaitingRequests> later_;    // null, or there is one
  std::unique_ptr<std::string> pong_;         // the newest ping's payload, until it is answered
  Monotonic last_received_;
  Monotonic last_ping_;
  Monotonic last_progress_;   // the socket took a byte, or was found full
  Monotonic last_blocked_{};  // it was full
  Monotonic deadline_{};      // closing: when patience ends; draining: when to close
  Monotonic tokens_at_;       // when tokens_ was right
  float tokens_;              // requests that may come at once
  std::uint32_t bad_requests_ = 0;
  // How much is read of it until the next sweep, see reading_budget(); once we are closing, at all.
  std::int32_t reading_left_;
  std::uint32_t opened_;            // by the steady clock, in tenths of a second
  std::uint32_t round_trip_ = 0;    // of the last ping that was answered, in microseconds; 0: none
  std::uint32_t rate_limited_ = 0;  // requests refused for their rate
  PeerAddress peer_;
};

// Calls work(). When memory ends in it, this client does, and nobody else.
template <typename Work>
void Connection::serve_alone(Work work) {
  try {
    work();
  } catch (const std::bad_alloc&) {
    out_of_memory();
  }
}

// Calls work() in a later turn, if it is not closed by then.
template <typename Work>
void Connection::post(Work work) {
  ++posted_;
  try {
    boost::asio::post(socket_.get_executor(), [this, work] {
      --posted_;
      if (phase_ == Phase::kClosed) return delete_if_done();
      serve_alone(work);
    });
  } catch (const std::bad_alloc&) {
    --posted_;
    throw;
  }
}

}  // namespace tickgate::gateway
