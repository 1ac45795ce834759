// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cerrno>
#include <utility>

#include "gateway/http/http_request_reader.h"
#include "gateway/net/listener.h"
#include "gateway/net/socket_options.h"
#include "gateway/shard/shard.h"

// How clients come to a shard and leave it.
namespace tickgate::gateway {
namespace {

constexpr int kAcceptsPerTurn = 64;
// No descriptors or no memory: trying again at once would burn a core.
constexpr std::chrono::milliseconds kAcceptPause{100};

}  // namespace

absl::Status Shard::listen(const ListenAddress& address) {
  auto status = open_listener(acceptor_, address, /*shared=*/true);
  if (status.ok()) port_ = acceptor_.local_endpoint().port();
  return status;
}

void Shard::wait_for_clients() {
  if (!acceptor_.is_open()) return;
  acceptor_.async_wait(Acceptor::wait_read, [this](boost::system::error_code error) {
    if (!error) accept_clients();
  });
}

void Shard::accept_clients() {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    boost::system::error_code error;
    Socket socket(io_);
    acceptor_.accept(socket, error);
    if (!error) {
      welcome(std::move(socket));
    } else if (error == boost::asio::error::would_block) {
      break;
    } else if (error != boost::asio::error::connection_aborted) {
      client_counters_.accept_failures.add();
      accept_pause_.expires_after(kAcceptPause);
      accept_pause_.async_wait([this](boost::system::error_code cancelled) {
        if (!cancelled) wait_for_clients();
      });
      return;
    }
  }
  wait_for_clients();
}

void Shard::welcome(Socket socket) {
  const auto& limits = settings_.limits;
  boost::system::error_code error;
  socket.native_non_blocking(true, error);
  // At most as many at the door as streams: nobody can fill the memory by not upgrading.
  if (error || !door_.make_room(limits.connections)) {
    client_counters_.over_limit.add();
    return;
  }
  const int descriptor = socket.native_handle();
  set_client_options(descriptor, {limits.send_buffer_bytes, limits.notsent_lowat_bytes});
  const auto tls = settings_.tls == nullptr ? nullptr : settings_.tls->current();
  auto transport =
      tls == nullptr ? make_plain_transport(descriptor) : make_tls_transport(descriptor, *tls);
  if (transport == nullptr) return;
  door_.enter(std::make_shared<HttpSession>(static_cast<HttpSessionHost&>(*this), std::move(socket),
                                            std::move(transport),
                                            monotonic_now() + limits.handshake_time));
}

void Shard::on_request(const std::shared_ptr<HttpSession>& session, const HttpRequest& request) {
  catch_up();  // what is told is the newest
  site_.answer(session, request, fan_out_, io_);
}

std::string Shard::refuse_upgrade() {
  if (draining()) {
    return compose_http_response(503, "text/plain; charset=utf-8", "restarting: try again\n");
  }
  if (open_connections_.load(std::memory_order_relaxed) < settings_.limits.connections) return {};
  client_counters_.over_limit.add();
  const HttpHeader retry{"Retry-After", "5"};
  return compose_http_response(503, "text/plain; charset=utf-8",
                               "too many connections: try again later\n", false, {&retry, 1});
}

void Shard::on_upgraded(Socket socket, std::unique_ptr<Transport> transport) {
  // Relaxed: a count across shards, no more; two at the same moment may pass the limit by one.
  open_connections_.fetch_add(1, std::memory_order_relaxed);
  // Owns itself: its pending waits must come back before it can go.
  auto* connection =
      new Connection(*this, std::move(socket), std::move(transport), monotonic_now());
  connection->index = static_cast<std::uint32_t>(connections_.size());
  connections_.push_back(connection);
  connection->start();
}

void Shard::on_closed(Connection& connection) {
  open_connections_.fetch_sub(1, std::memory_order_relaxed);
  Connection* last = connections_.back();
  connections_[connection.index] = last;
  last->index = connection.index;
  connections_.pop_back();
}

}  // namespace tickgate::gateway
