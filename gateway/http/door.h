// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "feeds/log/log.h"
#include "gateway/access/checkpoint.h"
#include "gateway/http/client_counters.h"
#include "gateway/http/visitors.h"
#include "gateway/net/clock.h"
#include "gateway/net/peer.h"

namespace tickgate::gateway {

class HttpSession;

// How far somebody at the door is.
enum class Stay : std::uint8_t {
  kUnnamed,  // a proxy's, whose header says whom it comes from
  kAsking,   // shakes hands, or asks
  kAsked,    // is being answered
  kResting,  // was answered, and may ask again
  kLeaving,  // its last answer is sent
  kGone,
};

// Those who came in at one port and are no stream. Asking, they may be many: when the port is full,
// the oldest of those who leave, rest or ask yields to a new one, so nobody can keep others out by
// being silent. Being answered they are few (Visitors). What they do is done in turns of two
// milliseconds, and whoever else lives on this thread has a turn between: a storm of them costs
// others no more than that. Its listener's thread only.
class Door {
 public:
  using Visits = std::list<std::shared_ptr<HttpSession>>;
  struct Place {
    Stay stay = Stay::kGone;
    Visits::iterator at;
  };

  // `name` is for the log.
  Door(std::string_view name, boost::asio::io_context& io, ClientCounters& counters,
       std::shared_ptr<Visitors> visitors)
      : name_(name), io_(io), counters_(counters), visitors_(std::move(visitors)) {
    parked_.reserve(Checkpoint::kMostParked);
  }

  // False: full of such as are being answered.
  bool make_room(std::size_t most);
  // So many of them are.
  std::size_t answered() const { return lists_[static_cast<std::size_t>(Stay::kAsked)].size(); }
  void enter(const std::shared_ptr<HttpSession>& session);
  // So many wait for their turn that nobody else should be let in now.
  bool is_crowded() const { return ready_.size() >= kMostReady; }
  void sweep(Monotonic now);
  void close();
  std::size_t size() const;

  // For the sessions themselves. It steps in its turn.
  void run_soon(const std::shared_ptr<HttpSession>& session);
  // kAsked only by admit(), kGone for ever.
  void move(HttpSession& session, Stay stay);
  // nullopt: it is kAsked from now on.
  std::optional<HttpRefusal> admit(HttpSession& session);
  // Checkpoint::park() allowed it. It is asked again in each sweep until it waits no more
  // (HttpSession::ask_again()).
  void park(const std::shared_ptr<HttpSession>& session) { parked_.push_back(session); }
  Visitors& visitors() const { return *visitors_; }
  // Counts, and says so, of each reason once a second at most.
  void note(HttpRefusal refusal, const Peer& peer);
  void note(HttpRefusal refusal, const HttpSession& session);

 private:
  static constexpr std::size_t kMostReady = 64;

  Visits& list(Stay stay) { return lists_[static_cast<std::size_t>(stay)]; }
  void run();
  void notice_pause(Monotonic now);

  std::string_view name_;
  boost::asio::io_context& io_;
  ClientCounters& counters_;
  std::shared_ptr<Visitors> visitors_;
  std::array<Visits, static_cast<std::size_t>(Stay::kGone)>
      lists_;  // who came to it first is first
  std::deque<std::shared_ptr<HttpSession>> ready_;
  std::vector<std::shared_ptr<HttpSession>> parked_;
  Monotonic swept_ = Monotonic::max();  // when it last was
  bool run_posted_ = false;
  std::array<feeds::log::Limiter, kHttpRefusals> limiters_;
};

}  // namespace tickgate::gateway
