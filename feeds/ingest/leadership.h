// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "feeds/ingest/ingest_counters.h"
#include "feeds/ingest/stored_words.h"
#include "feeds/ingest/tick_text.h"
#include "feeds/nats/lease.h"

namespace tickgate::feeds {

// What leading takes of NATS. What returns an optional is done beside all else: the first call
// begins it, and the next ones ask for its end; nullopt: not yet.
struct Cluster {
  virtual ~Cluster() = default;
  virtual bool connected() const = 0;
  // How many connections there have been: with another one something may have been missed.
  virtual std::uint64_t connects() const = 0;
  // Makes what is missing; how many streams were.
  virtual std::optional<absl::StatusOr<unsigned>> ensure_streams() = 0;
  // How far the trades' stream is; NotFound: there is none.
  virtual std::optional<absl::StatusOr<std::uint64_t>> trades_end() = 0;
  // The lease: as Lease has it. To take it and to give it up may wait for an answer.
  virtual absl::StatusOr<std::uint64_t> take(std::uint64_t above) = 0;
  virtual std::optional<Lease::Held> renew() = 0;
  virtual void release() = 0;
  // Reads what the streams hold. What is begun later takes the place of what was begun before.
  virtual void begin_to_read() = 0;
  virtual std::optional<absl::StatusOr<ClusterNumbers>> read() = 0;
  // Likewise. The receipt is the sequence that the stream gave it.
  virtual void say_heartbeat(const Stamp& stamp) = 0;
  virtual std::optional<absl::StatusOr<std::uint64_t>> receipt() = 0;
};

// Who publishes is told by these, at once. Called within step().
struct Orders {
  virtual ~Orders() = default;
  virtual void lead(const Stamp& stamp, ClusterNumbers numbers) = 0;
  virtual void resume(ClusterNumbers numbers) = 0;  // we lead still, and all is to be said again
  virtual void pause() = 0;                         // nothing more may go out, for now
  virtual void resign() = 0;                        // nor later
};

// Whether we lead: takes the lease, keeps it by renewing, says heartbeats, makes the streams and
// has all said again where they may have lost something. Without an answer it holds on to the
// lease, and says so; where another has it, or it ran out, it stops at once. While a feed's thread
// stands still it does nothing to keep it, so that another takes over. Pure but for what a Cluster
// does; one thread's.
class Leadership {
 public:
  using Moment = std::chrono::microseconds;  // of the steady clock

  static constexpr Moment kHeartbeat = std::chrono::milliseconds{250};
  static constexpr Moment kLookAtTrades = std::chrono::seconds{2};
  static constexpr Moment kRetry = std::chrono::milliseconds{500};  // of what failed
  static constexpr Moment kNoAnswer = std::chrono::seconds{2};      // of what took its time to fail
  // Behind a new connection who has not led lets who has go first: if all streams are empty, it
  // alone knows how far the numbers were.
  static constexpr Moment kAfterYou = std::chrono::seconds{1};
  // And so long it can be taken to know it.
  static constexpr Moment kKnows = std::chrono::seconds{30};
  // Where only the lease has no answer: so long after a pause, whoever took it meanwhile has said
  // so in the streams.
  static constexpr Moment kHoldOn = 2 * Lease::kTtl;
  using Clock = std::function<Moment()>;

  // `epoch`: the process's own; empty: it does not lead before set_epoch() (a relay).
  Leadership(Cluster& cluster, Orders& orders, IngestCounters& counters, Clock clock,
             std::string epoch, bool relays);

  struct Look {
    bool healthy = true;   // all feeds' threads move
    bool failed = false;   // something could not be published since the last step
    bool said_all = true;  // what was owed by the last order has been said
  };
  // Each 20 ms or so.
  void step(const Look& look);
  // Of a relay: the epoch of what it says. Another one than before begins a leadership of its own.
  void set_epoch(std::string epoch);
  // Gives the lease up.
  void stop();

  bool leading() const { return phase_ == Phase::kLeading; }
  const Stamp& stamp() const { return stamp_; }
  Moment confirmed() const { return confirmed_; }        // when the lease was, last
  const std::string& leader() const { return leader_; }  // another, that has it; empty: not known
  const std::string& trouble() const { return trouble_; }

 private:
  enum class Phase : std::uint8_t { kStandby, kReading, kLeading };

  void prepare();
  void try_to_take();
  void keep_lease(bool healthy);
  void hear_of_lease();
  void finish_taking();
  void say_all_again();
  bool may_go_on(const absl::StatusOr<ClusterNumbers>& numbers) const;
  void say_heartbeat(const Look& look);
  void hear_receipt();
  void look_at_trades();
  void pause();
  void lose(const char* why);
  std::string epoch_for(const ClusterNumbers& numbers);
  void note(const char* what, const absl::Status& status);

  Cluster& cluster_;
  Orders& orders_;
  IngestCounters& counters_;
  Clock clock_;
  std::string own_epoch_;
  bool relays_;

  Phase phase_ = Phase::kStandby;
  bool prepared_ = false;        // the streams are there, as far as we know
  bool led_ = false;             // and nobody else since, as far as we have heard
  bool paused_ = false;          // we lead, and nothing goes out
  bool confirmed_since_ = true;  // the lease, since that pause began
  bool unconfirmed_ = false;     // the last renewal had no answer
  bool again_ = false;           // all is to be said again
  bool reading_ = false;         // for that
  bool unacked_ = false;         // the last heartbeat
  bool saying_ = false;          // a heartbeat whose receipt is not there yet
  bool renewing_ = false;        // and so of a renewal
  bool renews_old_ = false;      // which began before a pause: it confirms nothing behind it
  std::uint64_t connects_ = 0, fence_ = 0;
  unsigned epochs_ = 0;                               // that we made
  std::uint64_t heard_ = 0;                           // the greatest fence that anybody had
  std::uint64_t heartbeat_end_ = 0, trades_end_ = 0;  // sequences of the streams
  Stamp stamp_;
  Moment confirmed_{}, tried_{}, renewed_{}, beat_{}, looked_{}, pause_{};
  Moment prepare_at_{}, read_at_{};  // not before
  std::string leader_, trouble_;
};

}  // namespace tickgate::feeds
