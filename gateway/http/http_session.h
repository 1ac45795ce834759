// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "gateway/http/client_counters.h"
#include "gateway/http/http_request_reader.h"
#include "gateway/net/clock.h"
#include "gateway/net/socket.h"
#include "gateway/net/transport.h"

namespace tickgate::gateway {

class HttpSession;

// Where a session came in: a shard's public port, or the admin port. Outlives its sessions; one
// thread.
class HttpSessionHost {
 public:
  virtual ~HttpSessionHost() = default;
  virtual const HttpRules& rules() const = 0;
  virtual ClientCounters& counters() = 0;
  // Shared by all of this thread, for the length of one call.
  virtual std::span<char> read_buffer() = 0;
  // Answer a plain request, now or later, with session->answer(). The session may be gone by then:
  // hold it as a weak_ptr.
  virtual void on_request(const std::shared_ptr<HttpSession>& session,
                          const HttpRequest& request) = 0;
  // May this upgrade go on? The response to refuse it with; empty: yes.
  virtual std::string refuse_upgrade() = 0;
  // The 101 is sent; the socket is the stream's from now on.
  virtual void on_upgraded(Socket socket, std::unique_ptr<Transport> transport) = 0;
};

// A client that is no stream yet: from accept, through TLS and one HTTP request, to its answer or
// to the upgrade. Everything it holds is freed with it, so that a stream carries none of it. Shared
// ownership: its pending waits keep it alive. Its host's thread only.
class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  HttpSession(HttpSessionHost& host, Socket socket, std::unique_ptr<Transport> transport,
              Monotonic deadline);

  void start();
  // A whole HTTP response; the connection ends behind it.
  void answer(std::string response);
  // Called now and then; ends what has taken too long.
  void sweep(Monotonic now);
  bool done() const { return !socket_.is_open(); }
  // Nothing has been asked yet.
  bool idle() const { return phase_ == Phase::kTls || phase_ == Phase::kRequest; }
  // It is closed for somebody who came after it.
  void yield();
  void close();

 private:
  enum class Phase : std::uint8_t { kTls, kRequest, kWaiting, kAnswering, kUpgrading, kLingering };

  void step();
  bool step_tls();
  bool step_request();
  bool step_write();
  bool step_linger();
  void wait(IoStatus wanted);

  HttpSessionHost& host_;
  Socket socket_;
  std::unique_ptr<Transport> transport_;
  std::unique_ptr<HttpRequestReader> reader_;
  std::string unsent_;
  std::size_t sent_ = 0;  // of it
  Monotonic deadline_;
  Phase phase_ = Phase::kTls;
};

}  // namespace tickgate::gateway
