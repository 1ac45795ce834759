// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>

#include "gateway/access/checkpoint.h"
#include "gateway/http/client_counters.h"
#include "gateway/http/door.h"
#include "gateway/http/http_request_reader.h"
#include "gateway/net/address_table.h"
#include "gateway/net/clock.h"
#include "gateway/net/peer.h"
#include "gateway/net/socket.h"
#include "gateway/net/transport.h"

namespace tickgate::gateway {

class HttpSession;

// How it is known whom a session comes from.
enum class Arrival : std::uint8_t {
  kDirect,     // by its socket; who came is counted by address already, where that is counted
  kProxied,    // a PROXY header comes first; then he is counted
  kForwarded,  // each request says it, of a trusted proxy; a stream is counted, requests are not
};

// Where a session came in: a shard's public port, or the admin port. Outlives its sessions; one
// thread.
class HttpSessionHost {
 public:
  virtual ~HttpSessionHost() = default;
  virtual const HttpRules& rules() const = 0;
  virtual ClientCounters& counters() = 0;
  virtual Door& door() = 0;
  // Shared by all of this thread, for the length of one call.
  virtual std::span<char> read_buffer() = 0;
  // Answer a plain request, now or later, with session->answer(). The session may be gone by then:
  // hold it as a weak_ptr.
  virtual void on_request(const std::shared_ptr<HttpSession>& session,
                          const HttpRequest& request) = 0;
  // Where those who come in are asked who they are; null: nobody is, and who answers a request
  // reads its credential.
  virtual Checkpoint* checkpoint() = 0;
  // He who came in was sent away by his address, before any handshake: he took nobody's turn.
  virtual void uncount_accept() = 0;
  // May this plain request be answered, or this upgrade go on? nullopt: yes.
  virtual std::optional<HttpRefusal> refuse_request() = 0;
  virtual std::optional<HttpRefusal> refuse_upgrade() = 0;
  // False: connections end with their next answer.
  virtual bool keeps_connections() const = 0;
  // The 101 is sent; the socket is the stream's from now on. The session is still what it was: it
  // says whom it is.
  virtual void on_upgraded(HttpSession& session, Socket socket,
                           std::unique_ptr<Transport> transport, Admission admission) = 0;
};

// A client that is no stream: from accept, through TLS and its HTTP requests, to the last answer or
// to the upgrade. Everything it holds is freed with it, so that a stream carries none of it. Shared
// ownership: its pending waits keep it alive. Its host's thread only.
class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  // `peer` as its socket has it.
  HttpSession(HttpSessionHost& host, Socket socket, std::unique_ptr<Transport> transport,
              const Peer& peer, Arrival arrival = Arrival::kDirect, AddressStay stay = {});

  // A whole HTTP response, of compose_http_response(). The request is gone behind it.
  void answer(std::string response);
  bool done() const { return !socket_.is_open(); }
  // Transport::peer_is_certified().
  bool peer_is_certified() const { return transport_->peer_is_certified(); }
  void close();
  // Before it has entered the door, over plain HTTP: he is told this whatever he asks.
  void turn_away(HttpRefusal refusal);

  // False: a proxy is still to say whom it comes from, before all else.
  bool is_named() const { return phase_ != Phase::kProxy; }
  // Whom it comes from: its socket's, or who a trusted proxy says it is.
  const Peer& peer() const { return peer_; }
  // In on_upgraded(): whoever takes the socket calls addresses->leave(peer().address) when it ends.
  void hand_over_stay() { stay_.hand_over(); }

  // The door's.
  Door::Place place;
  // Goes on until a wait is needed or the session is over.
  void step();
  // False: its time is not over.
  bool sweep(Monotonic now);
  // This thread stood still for so long until `now`.
  void forgive(Monotonic paused, Monotonic now);
  // Its key may have come. False: it waits for it still.
  bool ask_again(Monotonic now);
  // Calls work(). When memory ends in it, so does this session, and nobody else.
  template <typename Work>
  void serve_alone(Work work) {
    try {
      work();
    } catch (const std::bad_alloc&) {
      out_of_memory();
    }
  }
  void out_of_memory();
  std::uint64_t host() const { return host_of(peer_.address); }

 private:
  enum class Phase : std::uint8_t {
    kProxy,  // the header of the PROXY protocol
    kTls,
    kRequest,
    kInviting,  // the body: 100 Continue
    kWaiting,   // for its host's answer()
    kParked,    // until the key of its credential has come
    kAnswering,
    kUpgrading,
    kLingering,
  };

  bool step_proxy();
  bool step_tls();
  bool step_request();
  bool take(HttpRequestReader::Outcome outcome);
  bool take_request();
  bool take_upgrade();
  Peer socket_peer() const;
  void note_forwarded();
  std::optional<HttpRefusal> enter();
  bool ask_who();
  std::optional<Checkpoint::Checked> check_certificate();
  bool judge(const Checkpoint::Checked& checked);
  bool park();
  bool hand_over();
  bool upgrade();
  bool step_write();
  bool finish_write();
  bool rest();
  bool step_linger();
  bool send(std::string response, Phase phase);
  bool refuse(HttpRefusal refusal);
  bool keeps_alive() const;
  bool account();
  void wait(IoStatus wanted);

  HttpSessionHost& host_;
  Socket socket_;
  std::unique_ptr<Transport> transport_;
  HttpRequestReader reader_;
  std::string unsent_;       // in kProxy: what has come of the header
  std::size_t sent_ = 0;     // of it
  std::size_t counted_ = 0;  // of what it holds, with the visitors
  Monotonic deadline_;
  AddressStay stay_;
  Peer peer_;
  Arrival arrival_;
  Phase phase_;
  Admission admission_;
  Monotonic parked_until_{};
  std::uint32_t requests_ = 0;
  bool keeps_alive_ = false;  // behind what is being sent
  bool upgrades_ = false;     // what is asked for
};

}  // namespace tickgate::gateway
