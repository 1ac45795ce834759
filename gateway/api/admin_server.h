// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gateway/api/admin_token.h"
#include "gateway/config/config.h"
#include "gateway/http/door.h"
#include "gateway/http/http_session.h"
#include "gateway/net/address_table.h"
#include "gateway/net/tls_context.h"

namespace tickgate::gateway {

// What an admin path answers.
struct AdminAnswer {
  unsigned status = 200;
  std::string_view content_type;
  std::string body;
  std::vector<HttpHeader> headers{};
};

// The port for operators: /metrics, /livez, /readyz, /v1/feeds. The same reading of requests as on
// the public port has, without an upgrade. Runs on the io_context given, away from the shards.
class AdminServer final : private HttpSessionHost {
 public:
  using Handler = std::function<AdminAnswer()>;

  explicit AdminServer(boost::asio::io_context& io);

  // Answers what others have to be asked for: on this io_context, once, some time.
  using Reply = std::function<void(AdminAnswer)>;
  using LaterHandler = std::function<void(const HttpRequest&, Reply)>;

  void route(std::string path, Handler handler);
  void route_later(std::string path, LaterHandler handler);
  // Also called by these names; see goes_by().
  void call_by(std::vector<std::string> hosts) { rules_.hosts = std::move(hosts); }
  // At most so many at once, before start(); the oldest idle one yields to a new one.
  void allow(std::size_t most) { most_ = most; }
  // TLS from now on, for connections that come. Null: plain. It outlives this.
  void speak_tls(const TlsContextHolder* tls) { tls_ = tls; }
  // Who may ask anything but /livez and /readyz: whoever shows this token, or a certificate of the
  // authorities that TLS was told of, where one is asked for. Neither: everybody may.
  void ask_for(std::optional<AdminToken> token, bool certificate) {
    token_ = token;
    certificate_ = certificate;
  }
  absl::Status listen(const ListenAddress& address);
  std::uint16_t port() const { return port_; }
  // Requests that showed none of what opens the port, or were not looked at since so many of that
  // address had not. Any thread.
  std::uint64_t refused() const {
    return counters_.refused[static_cast<std::size_t>(HttpRefusal::kUnauthenticated)].value() +
           counters_.refused[static_cast<std::size_t>(HttpRefusal::kAddressFailures)].value();
  }
  void start();
  void stop();

 private:
  const HttpRules& rules() const override { return rules_; }
  ClientCounters& counters() override { return counters_; }
  Door& door() override { return door_; }
  std::span<char> read_buffer() override { return read_buffer_; }
  void on_request(const std::shared_ptr<HttpSession>& session, const HttpRequest& request) override;
  Checkpoint* checkpoint() override { return nullptr; }
  void uncount_accept() override {}  // they are not paced
  std::optional<HttpRefusal> refuse_request() override { return std::nullopt; }
  std::optional<HttpRefusal> refuse_upgrade() override { return std::nullopt; }
  bool keeps_connections() const override { return true; }
  void on_upgraded(HttpSession&, Socket, std::unique_ptr<Transport>, Admission) override {
  }  // no path is upgraded

  std::optional<HttpRefusal> turns_away(const HttpSession& session, const HttpRequest& request);
  void accept();
  void welcome(Socket socket);
  void sweep();

  HttpRules rules_;
  ClientCounters counters_;
  Acceptor acceptor_;
  boost::asio::steady_timer sweep_timer_, accept_pause_;
  std::vector<std::pair<std::string, LaterHandler>> routes_;
  Door door_;
  std::size_t most_ = 128;
  const TlsContextHolder* tls_ = nullptr;
  std::optional<AdminToken> token_;
  bool certificate_ = false;  // opens the port
  AddressTable tries_;        // of tokens, by address
  std::vector<char> read_buffer_;
  boost::asio::ip::tcp::endpoint peer_;  // who comes next
  std::uint16_t port_ = 0;
};

}  // namespace tickgate::gateway
